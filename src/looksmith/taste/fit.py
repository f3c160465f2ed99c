"""``taste fit``: read the pictures, learn the population, the recommender and the user branch.

Each part is written whole when it is done. Users enter in the order they came, each with bounded
weight, and no weight is a single user's own: what was fitted without a user is the same to the bit
as if they had never been there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sqlalchemy import Connection, select

from looksmith.base import Base
from looksmith.networks.model import CODE_SIZE
from looksmith.networks.style_encoder import PALETTE_SIZE, Style
from looksmith.networks.user_encoder import Seen
from looksmith.store import Database
from looksmith.store.tables import events, facts, items, looks, profiles, reactions, users
from looksmith.taste.directions import Scale
from looksmith.taste.evidence import average_features, evidence_of, pack, unpack_rows
from looksmith.taste.features import first_prior
from looksmith.taste.pictures import read_pictures
from looksmith.taste.posterior import Posterior
from looksmith.taste.profiles import POPULATION, computed, population, store_profiles
from looksmith.taste.seen import seen_by, seen_rows
from looksmith.taste.stored_recommender import fit_recommender
from looksmith.taste.user_training import CONTEXT, Examples, UserTraining, train_users

WEIGHTS = "users.safetensors"
_PRIOR_USERS = 10.0  # the first prior counts as so many sure users
_MOST_USERS = 2000  # users that the population and the user branch are learned from
_LEAST_USERS = 4
_AT_ONCE = 200  # profiles worked out in one transaction
_GROUP = 16  # pictures whose style makes a look to train with, where no looks are known

Progress = Callable[[float], None]


def fit(
    database: Database,
    base: Base,
    minutes: float = 4.0,
    settings: UserTraining | None = None,
    seed: int = 0,
    progress: Progress = lambda _: None,
) -> dict[str, int]:
    """Fit everything; returns counts of what there was: pictures missing, users, items."""
    missing = read_pictures(database, base, Scale.of(base), lambda done: progress(0.4 * done))
    met = _fit_population(database)
    _store_profiles(database, lambda done: progress(0.4 + 0.1 * done))
    known = fit_recommender(database, seed)
    progress(0.6)
    with database.reading() as connection:
        examples = gather(connection, base)
    trained = 0
    path = database.folder / WEIGHTS
    if examples is None:
        path.unlink(missing_ok=True)
    else:
        trained = len(examples.pictures)
        branch = train_users(
            base, examples, settings, minutes, seed, lambda done: progress(0.6 + 0.4 * done)
        )
        branch.save(path)
    progress(1.0)
    return {"missing": missing, "population": met, "items": known, "trained": trained}


def _fit_population(database: Database) -> int:
    """Mean and spread of the users' tastes as the prior of new ones (empirical Bayes): each user
    counts by how sure their posterior is, at most once. Profiles made with another prior go."""
    prior = first_prior()
    weights, means, covariances = [], [], []
    with database.reading() as connection:
        average = average_features(connection)
        for number in _with_pictures(connection, _MOST_USERS):
            evidence = evidence_of(connection, number, average)
            if evidence.amount < 1:
                continue
            found = prior.fitted(evidence.x, evidence.weights)
            shrunk = np.trace(found.covariance) / np.trace(prior.covariance)
            weights.append(1 - shrunk)
            means.append(found.mean)
            covariances.append(found.covariance)
    with database.writing() as connection:
        connection.execute(facts.delete().where(facts.c.name == POPULATION))
        connection.execute(profiles.delete())
        if means:
            together = _pooled(prior, np.array(weights), np.array(means), np.array(covariances))
            packed = pack(together.numbers)
            connection.execute(facts.insert().values(name=POPULATION, value=packed.hex()))
    return len(means)


def _store_profiles(database: Database, progress: Progress) -> None:
    """Work out the profiles of all who gave evidence, in short transactions, so that other writers
    go on; a profile that is missing meanwhile is worked out when it is asked for."""
    with database.reading() as connection:
        reacted = connection.execute(select(reactions.c.user_id).distinct()).scalars()
        numbers = sorted({*map(int, reacted), *_with_pictures(connection)})
        prior, average = population(connection), average_features(connection)
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        with database.writing() as connection:
            query = select(users.c.id).where(users.c.id.in_(some)).order_by(users.c.id)
            known = connection.execute(query).scalars().all()  # some were forgotten meanwhile
            store_profiles(
                connection, {user: computed(connection, user, prior, average) for user in known}
            )
        progress(min(1.0, (start + _AT_ONCE) / len(numbers)))


def _pooled(
    prior: Posterior, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> Posterior:
    total = _PRIOR_USERS + weights.sum()
    mean = (_PRIOR_USERS * prior.mean + weights @ means) / total
    apart = means - mean
    spread = np.einsum("u,ud,ue->de", weights, apart, apart)
    spread += np.einsum("u,ude->de", weights, covariances)
    return Posterior(mean, (_PRIOR_USERS * prior.covariance + spread) / total)


def _with_pictures(connection: Connection, most: int | None = None) -> list[int]:
    """Users who have events with pictures; the first ``most``."""
    query = (
        select(events.c.user_id)
        .join(items, items.c.id == events.c.item_id)
        .where(items.c.traits.is_not(None))
        .distinct()
        .order_by(events.c.user_id)
        .limit(most)
    )
    return [int(row.user_id) for row in connection.execute(query)]


def gather(connection: Connection, base: Base) -> Examples | None:
    """What the user branch is trained on; None where too few users liked pictures."""
    known = connection.execute(
        select(items.c.id, items.c.code, items.c.palette)
        .where(items.c.code.is_not(None))
        .order_by(items.c.id)
    ).all()
    place = {row.id: index for index, row in enumerate(known)}
    rows = [
        (seen_rows(connection, number), number)
        for number in _with_pictures(connection, _MOST_USERS)
    ]
    usable = [
        (shown, number)
        for shown, number in rows
        if len(shown) >= 2 and any(weight > 0 for _, weight in shown)
    ]
    if len(usable) < _LEAST_USERS:
        return None
    codes = torch.from_numpy(unpack_rows([row.code for row in known])).float()
    seen = [seen_by(connection, number, shown, codes, place) for shown, number in usable]
    pictures = torch.zeros(len(usable), CONTEXT, dtype=torch.long)
    for index, (shown, _) in enumerate(usable):
        pictures[index, : len(shown)] = torch.tensor([place[item] for item, _ in shown])
    palettes = np.stack([np.frombuffer(row.palette, np.uint8) for row in known])
    return Examples(
        Seen(*(torch.cat([getattr(one, name) for one in seen]) for name in Seen.__annotations__)),
        pictures,
        torch.from_numpy(palettes.reshape(-1, 3, PALETTE_SIZE).copy()),
        _looks(connection, base, codes),
    )


def _looks(connection: Connection, base: Base, codes: torch.Tensor) -> Style:
    """Styles to render fakes with: looks that are known, else groups of the items' pictures."""
    known = connection.execute(select(looks.c.code, looks.c.transport).order_by(looks.c.id)).all()
    if known:
        code = torch.from_numpy(unpack_rows([row.code for row in known])).float()
        transport = unpack_rows([row.transport for row in known]).reshape(-1, 3, 4)
        return Style(code, torch.from_numpy(transport).float())
    groups = codes[: len(codes) // _GROUP * _GROUP] if len(codes) >= _GROUP else codes
    code = groups.view(-1, min(_GROUP, len(codes)), CODE_SIZE).mean(1)
    return Style(code, torch.eye(3, 4).expand(len(code), -1, -1))


def weights_path(database: Database) -> Path:
    """Where the user branch's weights are."""
    return database.folder / WEIGHTS
