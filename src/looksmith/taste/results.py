"""What was generated for whom, and how they reacted."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, select

from looksmith.errors import TasteError
from looksmith.look import Look
from looksmith.store.tables import looks, reactions, results
from looksmith.taste.directions import Vector
from looksmith.taste.evidence import Evidence, pack, unpack
from looksmith.taste.personal import Personal
from looksmith.taste.profiles import Profile, computed, profile_of, store_profiles
from looksmith.texts import text

REACTIONS = {"like": 1.0, "choose": 1.0, "skip": -0.5, "dislike": -1.5}
"""Signed weight of each reaction to a result."""


def new_id() -> str:
    """An identity that says nothing of user, look or time."""
    return secrets.token_hex(6)


def look_number(connection: Connection, look: Look, traits: Vector) -> int:
    """The number of a look; one that was not known is added."""
    whole = np.concatenate([t.numpy().ravel() for t in (look.code, look.correction, look.weights)])
    digest = hashlib.sha256(np.ascontiguousarray(whole).tobytes()).hexdigest()
    known = connection.execute(select(looks.c.id).where(looks.c.digest == digest)).scalar()
    if known is not None:
        return int(known)
    share = (look.weights / look.weights.sum()).view(-1, 1)
    values = {
        "name": look.name,
        "digest": digest,
        "code": pack((share * look.code).sum(0).numpy()),
        "traits": pack(traits),
        "transport": pack((share.view(-1, 1, 1) * look.transport).sum(0).numpy().ravel()),
    }
    inserted = connection.execute(looks.insert().values(values))
    assert inserted.inserted_primary_key is not None
    return int(inserted.inserted_primary_key[0])


def note_result(
    connection: Connection,
    *,
    user: int,
    look: int,
    made: Personal,
    path: Path,
    identity: str,
    batch: str,
) -> None:
    """Remember a generated file."""
    difference = np.zeros(0) if made.difference is None else made.difference
    connection.execute(
        results.insert().values(
            id=identity,
            user_id=user,
            look_id=look,
            batch=batch,
            settings=made.settings,
            traits=pack(difference),
            path=str(path.resolve()),
            digest=hashlib.sha256(path.read_bytes()).hexdigest(),
            time=int(time.time()),
        )
    )


def react(connection: Connection, user: int, result: str, reaction: str) -> Profile:
    """Take in a reaction to a result; the profile follows at once.

    ``choose`` prefers the result to each that was shown with it; the others compare it with the
    plain look.

    Raises:
        TasteError: no such reaction, or no such result of this user.
    """
    if reaction not in REACTIONS:
        known = ", ".join(REACTIONS)
        raise TasteError(text("taste.no_reaction", reaction=reaction, known=known))
    shown = _result(connection, user, result)
    weight = abs(REACTIONS[reaction])
    sign = 1.0 if REACTIONS[reaction] > 0 else -1.0
    difference = unpack(shown.traits)
    if reaction == "choose":
        query = select(results.c.traits).where(
            results.c.batch == shown.batch, results.c.id != shown.id
        )
        others = [unpack(row.traits) for row in connection.execute(query)] or [0 * difference]
        evidence = [difference - other for other in others]
        weight = weight * 2 / (1 + len(evidence))  # one choice among many is not many choices
    else:
        evidence = [sign * difference]
    return add_evidence(connection, user, evidence, weight, reaction, shown.id)


def add_evidence(
    connection: Connection,
    user: int,
    differences: Sequence[Vector],
    weight: float,
    kind: str,
    result: str | None = None,
    act: str | None = None,
) -> Profile:
    """Store preferences that one act of the user showed, and update the profile by them. ``act``
    is its id, where it has one."""
    profile = profile_of(connection, user)
    act, moment = act or new_id(), int(time.time())
    posterior = profile.posterior
    for x in differences:
        connection.execute(
            reactions.insert().values(
                user_id=user,
                result_id=result,
                kind=kind,
                difference=pack(x),
                weight=weight,
                time=moment,
                act=act,
            )
        )
        posterior = posterior.updated(x, weight)
    told = Evidence(np.stack(differences), np.full(len(differences), weight)).amount
    updated = replace(profile, posterior=posterior, evidence=profile.evidence + told)
    store_profiles(connection, {user: updated})
    return updated


def put_answers(connection: Connection, user: int, answers: Mapping[str, Vector | None]) -> int:
    """Store quiz answers by the ids of their questions, in place of older answers to the same;
    returns how many differ from what was stored."""
    mine = reactions.c.user_id == user
    query = select(reactions.c.act, reactions.c.difference).where(mine, reactions.c.kind == "quiz")
    stored = {row.act: row.difference for row in connection.execute(query)}
    said = {act: None if x is None else pack(x) for act, x in answers.items()}
    changed = [act for act, packed in said.items() if stored.get(act) != packed]
    if not changed:
        return 0
    connection.execute(reactions.delete().where(mine, reactions.c.act.in_(changed)))
    for act in changed:
        if (x := answers[act]) is not None:
            add_evidence(connection, user, [x], 1.0, "quiz", act=act)
    if stored.keys() & changed:
        store_profiles(connection, {user: computed(connection, user)})
    return len(changed)


def undo(connection: Connection, user: int) -> str:
    """Take back the user's last act: a reaction to a result or a quiz answer. Returns its kind.

    Raises:
        TasteError: there is none.
    """
    query = select(reactions).where(reactions.c.user_id == user).order_by(reactions.c.id.desc())
    last = connection.execute(query.limit(1)).first()
    if last is None:
        raise TasteError(text("taste.nothing_to_undo"))
    connection.execute(
        reactions.delete().where(reactions.c.user_id == user, reactions.c.act == last.act)
    )
    store_profiles(connection, {user: computed(connection, user)})
    return str(last.kind)


def _result(connection: Connection, user: int, result: str) -> Row[Any]:
    found = connection.execute(select(results).where(results.c.id == result)).first()
    if found is None or found.user_id != user:
        raise TasteError(text("taste.no_result", result=result))
    return found
