"""Who sees a campaign: audiences as groups of users with one taste, from the taste store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sqlalchemy import select

from looksmith.campaigns.plan import EVERYONE, Audience, Experiment, Plan
from looksmith.errors import LooksmithError
from looksmith.look import Look
from looksmith.store.tables import users as users_table
from looksmith.taste.api import Taste
from looksmith.taste.directions import CONTENTS
from looksmith.taste.features import features
from looksmith.taste.personal import look_traits
from looksmith.taste.posterior import Posterior
from looksmith.texts import text

CONTROL, PERSONAL = "control", "personal"
_DIGITS = 3  # tastes that agree to so many digits get the same pictures


@dataclass(frozen=True)
class Group:
    """People who get the same pictures."""

    audience: str
    looks: tuple[str, ...]
    """Names of the looks they get every product in."""
    user: str | None = None
    """The one user it is, if it is one."""
    members: tuple[str, ...] = ()
    taste: tuple[float, ...] | None = None
    """Numbers of a posterior of taste; None for the plain look."""
    vector: tuple[float, ...] | None = None
    """User vector ``(32,)``; None for the default user's."""


def groups(plan: Plan, looks: Mapping[str, Look], taste: Taste | None) -> list[Group]:
    """The audiences of a plan.

    Raises:
        LooksmithError: a segment is empty, or a user is not known.
    """
    found: list[Group] = []
    for audience in plan.audiences:
        if audience.name == EVERYONE:
            found.append(Group(EVERYONE, tuple(looks)))
            continue
        assert taste is not None
        if audience.users is not None:
            for user in audience.users:
                taste.require(user)
            found += [_single(audience, user, tuple(looks), taste) for user in audience.users]
        elif audience.each is not None:
            best = _BestLook(looks, taste)
            for user in _members(audience, taste):
                found.append(_single(audience, user, (best.of(user),), taste))
        else:
            found.append(_segment(audience, tuple(looks), taste))
    return found


def _members(audience: Audience, taste: Taste) -> list[str]:
    """The users whose attributes are as ``where`` says, by name."""
    with taste.database.reading() as connection:
        rows = connection.execute(select(users_table.c.name, users_table.c.attributes)).all()
    wanted = {
        key: {str(v) for v in (value if isinstance(value, list) else [value])}
        for key, value in (audience.where or {}).items()
    }
    found = sorted(
        name
        for name, attributes in rows
        if all(str(attributes.get(key)) in values for key, values in wanted.items())
    )
    if not found:
        raise LooksmithError(text("campaign.empty_segment", name=audience.name))
    return found


def _single(audience: Audience, user: str, looks: tuple[str, ...], taste: Taste) -> Group:
    profile = taste.profile(user)
    if profile.evidence == 0:
        return Group(audience.name, looks, user, (user,))
    numbers, vector = _rounded(profile.posterior.numbers), _vector([user], [1.0], taste)
    return Group(audience.name, looks, user, (user,), numbers, vector)


def _segment(audience: Audience, looks: tuple[str, ...], taste: Taste) -> Group:
    """Its taste is that of any of its users, its vector their mean, each counting as much as is
    known of them."""
    members = tuple(_members(audience, taste))
    known = {user: p for user in members if (p := taste.profile(user)).evidence > 0}
    if not known:
        return Group(audience.name, looks, members=members)
    shares = [profile.evidence for profile in known.values()]
    any_of_them = Posterior.of_group([profile.posterior for profile in known.values()], shares)
    numbers, vector = _rounded(any_of_them.numbers), _vector(list(known), shares, taste)
    return Group(audience.name, looks, members=members, taste=numbers, vector=vector)


def _vector(
    users: Sequence[str], shares: Sequence[float], taste: Taste
) -> tuple[float, ...] | None:
    """The mean of user vectors; who has none counts as the default user."""
    if taste.branch is None:
        return None
    found = [taste.vector(user) for user in users]
    if all(vector is None for vector in found):
        return None
    default = taste.branch.default.flatten()
    vectors = [default if vector is None else vector.flatten() for vector in found]
    return _rounded(np.average(torch.stack(vectors).numpy(), axis=0, weights=shares))


def _rounded(values: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), _DIGITS) for value in values)


class _BestLook:
    """Which look a user's taste values most, by what looks do to ordinary colours."""

    def __init__(self, looks: Mapping[str, Look], taste: Taste) -> None:
        self.names, self.taste = list(looks), taste
        traits = np.stack([look_traits(look, taste.scale, taste.base) for look in looks.values()])
        self.features = features(traits, np.zeros((len(traits), CONTENTS)))

    def of(self, user: str) -> str:
        worth = self.features @ self.taste.profile(user).posterior.mean
        return self.names[int(np.argmax(worth))]


# The experiment ---------------------------------------------------------------------------------


def assigned(
    found: Sequence[Group], experiment: Experiment, campaign: str
) -> list[tuple[str, str, str]]:
    """``(user, audience, variant)`` of every user: the control, or one of the group's looks.

    By a hash of the user's name, so that a user stays in their variant however often it is asked.
    A user in several audiences counts in the first.
    """
    rows, seen = [], set()
    for group in found:
        for user in group.members:
            if user not in seen:
                seen.add(user)
                rows.append((user, group.audience, _variant(user, group, experiment, campaign)))
    return rows


def _variant(user: str, group: Group, experiment: Experiment, campaign: str) -> str:
    salt = f"{campaign}\n{experiment.seed}\n{user}".encode()
    digest = hashlib.sha256(salt).digest()
    if int.from_bytes(digest[:8], "big") / 2**64 < experiment.control:
        return CONTROL
    if group.user is not None:
        return PERSONAL
    return group.looks[int.from_bytes(digest[8:16], "big") % len(group.looks)]
