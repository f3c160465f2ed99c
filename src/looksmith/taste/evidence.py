"""What the database holds of one user's taste, as weighted differences of features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, bindparam, select

from looksmith.store.tables import events, facts, items, reactions
from looksmith.taste.actions import recency, weight_of
from looksmith.taste.directions import CONTENTS, DIRECTIONS, Vector
from looksmith.taste.features import FEATURES, features
from looksmith.taste.posterior import Matrix

MOST_EVENTS = 2000
"""The newest events of a user that are read; older ones count little anyway."""
MOST_WEIGHT = 200.0
"""What all events of a user may weigh together."""
AVERAGE = "average features"


# Statements are built once: building one takes longer than running it.
_NEWEST_REACTIONS = (
    select(reactions.c.difference, reactions.c.weight)
    .where(reactions.c.user_id == bindparam("user"))
    .order_by(reactions.c.id.desc())
    .limit(MOST_EVENTS)
)
_newest = (
    select(events)
    .where(events.c.user_id == bindparam("user"))
    .order_by(events.c.time.desc(), events.c.item_id, events.c.action)
    .limit(MOST_EVENTS)
    .subquery()
)
_NEWEST_EVENTS = (
    select(*_newest.c["action", "time", "value"], items.c.traits)
    .join(items, items.c.id == _newest.c.item_id)
    .where(items.c.traits.is_not(None))
    .order_by(*_newest.c["time", "item_id", "action"])
)


@dataclass(frozen=True)
class Evidence:
    """``N`` preferences: the user took what differs by ``x`` from what was passed over."""

    x: Matrix
    """``(N, 19)``."""
    weights: Vector
    """``(N,)``, above 0."""

    @property
    def amount(self) -> float:
        """How much there is, in clear preferences; a picture beside its like tells nothing."""
        return float(self.weights[np.any(self.x != 0, axis=1)].sum())


def pack(vector: Vector) -> bytes:
    """Little-endian float32, as the database has vectors."""
    return np.asarray(vector, "<f4").tobytes()


def unpack(stored: bytes) -> Vector:
    """The vector of such bytes, in double precision."""
    return np.frombuffer(stored, "<f4").astype(np.float64)


def unpack_rows(stored: Sequence[bytes]) -> Matrix:
    """``(N, D)`` of N such vectors, N > 0, of one length."""
    return unpack(b"".join(stored)).reshape(len(stored), -1)


def evidence_of(connection: Connection, user: int, average: Vector | None = None) -> Evidence:
    """All evidence of a user, by number: reactions, then events with items that have pictures.
    ``average`` is ``average_features``, where it is known already."""
    answered = _reactions(connection, user)
    happened = _events(connection, user, average)
    return Evidence(
        np.concatenate((answered.x, happened.x)),
        np.concatenate((answered.weights, happened.weights)),
    )


def item_features(stored: list[bytes]) -> Matrix:
    """Features ``(N, 19)`` of items from their stored traits and content."""
    if not stored:
        return np.zeros((0, FEATURES))
    measured = unpack_rows(stored)
    traits, content = measured[:, :DIRECTIONS], measured[:, DIRECTIONS : DIRECTIONS + CONTENTS]
    return features(traits, content, versions=False)


def average_features(connection: Connection) -> Vector:
    """Mean features of the items, that an item is compared with; noted by ``taste fit``."""
    stored = connection.execute(select(facts.c.value).where(facts.c.name == AVERAGE)).scalar()
    return np.zeros(FEATURES) if stored is None else unpack(bytes.fromhex(stored))


def _reactions(connection: Connection, user: int) -> Evidence:
    rows = [
        (unpack(difference), weight)
        for difference, weight in connection.execute(_NEWEST_REACTIONS, {"user": user})
        if len(difference) == 4 * FEATURES
    ]
    x = np.stack([difference for difference, _ in rows]) if rows else np.zeros((0, FEATURES))
    return Evidence(x, np.array([weight for _, weight in rows]))


def _events(connection: Connection, user: int, average: Vector | None) -> Evidence:
    rows = connection.execute(_NEWEST_EVENTS, {"user": user}).all()
    if not rows:
        return Evidence(np.zeros((0, FEATURES)), np.zeros(0))
    newest = rows[-1].time
    signed = np.array([weight_of(r.action, r.value) * recency(newest - r.time) for r in rows])
    usual = average_features(connection) if average is None else average
    x = item_features([row.traits for row in rows]) - usual
    weights = np.abs(signed)
    weights = weights * min(1.0, MOST_WEIGHT / max(weights.sum(), 1e-9))
    return Evidence(x * np.sign(signed)[:, None], weights)
