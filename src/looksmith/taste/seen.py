"""What the user encoder sees of a user: their newest pictures with what they did, their profile and
their attributes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from sqlalchemy import Connection, select

from looksmith.networks.model import CODE_SIZE
from looksmith.networks.user_encoder import ATTRIBUTES, Seen
from looksmith.store.tables import events, items, users
from looksmith.taste.actions import recency, weight_of
from looksmith.taste.directions import DIRECTIONS
from looksmith.taste.evidence import unpack_rows
from looksmith.taste.profiles import profile_of
from looksmith.taste.user_training import CONTEXT


def seen_of(connection: Connection, user: int) -> Seen | None:
    """All of it; None where the user reacted to no picture."""
    shown = seen_rows(connection, user)
    if not shown:
        return None
    mine = items.c.id.in_([item for item, _ in shown])
    found = connection.execute(select(items.c.id, items.c.code).where(mine)).all()
    codes = torch.from_numpy(unpack_rows([row.code for row in found])).float()
    place = {row.id: index for index, row in enumerate(found)}
    return seen_by(connection, user, shown, codes, place)


def seen_rows(connection: Connection, user: int) -> list[tuple[int, float]]:
    """A user's newest pictures with the signed weight of all that was done with each."""
    query = (
        select(events.c.item_id, events.c.action, events.c.time, events.c.value)
        .join(items, items.c.id == events.c.item_id)
        .where(events.c.user_id == user, items.c.code.is_not(None))
        .order_by(events.c.time.desc(), events.c.item_id, events.c.action)
        .limit(4 * CONTEXT)
    )
    total: dict[int, float] = {}
    newest = None
    for item, action, moment, value in connection.execute(query):
        newest = moment if newest is None else newest
        weight = weight_of(action, value) * recency(newest - moment)
        total[item] = total.get(item, 0.0) + weight
    return [(item, weight) for item, weight in total.items() if weight != 0][:CONTEXT]


def seen_by(
    connection: Connection,
    user: int,
    shown: list[tuple[int, float]],
    codes: torch.Tensor,
    place: Mapping[int, int],
) -> Seen:
    """As the encoder takes it, of pictures ``shown`` whose codes ``(N, K)`` are at hand; ``place``
    says at which row an item's code is."""
    picked = torch.zeros(1, CONTEXT, CODE_SIZE)
    signs = torch.zeros(1, CONTEXT)
    for index, (item, weight) in enumerate(shown):
        picked[0, index], signs[0, index] = codes[place[item]], weight
    posterior = profile_of(connection, user).posterior
    deviations = np.sqrt(np.diag(posterior.covariance))
    known = np.concatenate((posterior.mean[:DIRECTIONS], deviations[:DIRECTIONS]))
    attributes = connection.execute(select(users.c.attributes).where(users.c.id == user)).scalar()
    return Seen(
        picked,
        signs.clamp(-3, 3),
        torch.from_numpy(known).float().view(1, -1),
        torch.from_numpy(hashed(attributes or {})).view(1, -1),
    )


def hashed(attributes: Mapping[str, Any]) -> np.ndarray:
    """Attributes as ``(16,)`` numbers (Weinberger et al., "Feature Hashing for Large Scale
    Multitask Learning", 2009): numbers as they are, squashed; words by being there."""
    out = np.zeros(ATTRIBUTES, np.float32)
    for name, value in sorted(attributes.items()):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        word = name if number else f"{name}={json.dumps(value, ensure_ascii=False)}"
        digest = hashlib.sha256(word.encode()).digest()
        amount = np.tanh(float(value) / 50) if number else 1.0
        out[digest[0] % ATTRIBUTES] += amount * (1 if digest[1] % 2 else -1)
    return out
