"""A user's profile: the posterior of their taste, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, func, select

from looksmith.store.tables import facts, profiles, users
from looksmith.taste.directions import DIRECTIONS, NAMES, Vector
from looksmith.taste.evidence import evidence_of, pack, unpack, unpack_rows
from looksmith.taste.features import FEATURES, first_prior
from looksmith.taste.posterior import Posterior, averaged_sigmoid

POPULATION = "population"
COLD, WARMING, READY = "cold", "warming", "ready"
_WARM, _READY = 3.0, 0.35
_AT_ONCE = 10_000  # profiles in memory together


@dataclass(frozen=True)
class Profile:
    """What is known of one user's taste."""

    posterior: Posterior
    evidence: float
    """How much it rests on, in clear preferences."""

    @property
    def certainty(self) -> float:
        """How much narrower the posterior is than before anything was known, 0 … 1, over the
        named directions."""
        before = np.trace(first_prior().covariance[:DIRECTIONS, :DIRECTIONS])
        now = np.trace(self.posterior.covariance[:DIRECTIONS, :DIRECTIONS])
        return float(np.clip(1 - now / before, 0, 1))

    @property
    def state(self) -> str:
        """``cold``, ``warming`` or ``ready``."""
        if self.evidence < _WARM:
            return COLD
        return READY if self.certainty >= _READY else WARMING

    def likes(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation of the weight of each named direction."""
        deviations = np.sqrt(np.diag(self.posterior.covariance))
        return {
            name: (float(self.posterior.mean[i]), float(deviations[i]))
            for i, name in enumerate(NAMES)
        }


def population(connection: Connection) -> Posterior:
    """The prior of a new user: what ``taste fit`` found in the others, or the first prior."""
    stored = connection.execute(select(facts.c.value).where(facts.c.name == POPULATION)).scalar()
    if stored is None:
        return first_prior()
    return Posterior.of_numbers(unpack(bytes.fromhex(stored)))


def profile_of(connection: Connection, user: int) -> Profile:
    """The profile of a user, by number: as stored, or worked out from the evidence."""
    row = connection.execute(select(profiles).where(profiles.c.user_id == user)).first()
    if row is not None and len(row.mean) == 4 * FEATURES:
        covariance = unpack(row.covariance).reshape(FEATURES, FEATURES)
        return Profile(Posterior(unpack(row.mean), covariance), row.evidence)
    return computed(connection, user)


def computed(
    connection: Connection,
    user: int,
    prior: Posterior | None = None,
    average: Vector | None = None,
) -> Profile:
    """The profile as the evidence gives it; ``prior`` is the population and ``average`` the
    features of the mean item, where they are known already."""
    evidence = evidence_of(connection, user, average)
    posterior = (prior or population(connection)).fitted(evidence.x, evidence.weights)
    return Profile(posterior, evidence.amount)


def most_likely_to_prefer(connection: Connection, x: Vector, count: int) -> list[tuple[str, float]]:
    """The users by name whose stored profiles say most surely that they prefer what differs by
    features ``x`` ``(19,)``, with that probability, best first."""
    query = (
        select(users.c.name, profiles.c.mean, profiles.c.covariance)
        .join(users, users.c.id == profiles.c.user_id)
        .where(func.length(profiles.c.mean) == 4 * FEATURES)
        .order_by(profiles.c.user_id)
    )
    names: list[str] = []
    chances = [np.zeros(0)]
    streamed = connection.execution_options(yield_per=_AT_ONCE).execute(query)
    for some in streamed.partitions():
        names += [row.name for row in some]
        means = unpack_rows([row.mean for row in some])
        spreads = unpack_rows([row.covariance for row in some])
        variances = spreads @ np.outer(x, x).ravel()
        chances.append(averaged_sigmoid(means @ x, variances))
    liked = np.concatenate(chances)
    best = np.argsort(-liked, kind="stable")[:count]
    return [(names[index], float(liked[index])) for index in best]


def store_profiles(connection: Connection, found: Mapping[int, Profile]) -> None:
    """Write the profiles of users, by number."""
    drop_profiles(connection, list(found))
    rows = [
        {
            "user_id": user,
            "mean": pack(profile.posterior.mean),
            "covariance": pack(profile.posterior.covariance.ravel()),
            "evidence": profile.evidence,
        }
        for user, profile in found.items()
    ]
    if rows:
        connection.execute(profiles.insert(), rows)


def drop_profiles(connection: Connection, users: list[int]) -> None:
    """Let profiles be worked out anew, since there is new evidence."""
    for start in range(0, len(users), 10_000):
        some = users[start : start + 10_000]
        connection.execute(profiles.delete().where(profiles.c.user_id.in_(some)))
