"""The recommender over the database: fitted from its events, kept as one file of item weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy import sparse
from sqlalchemy import Connection, select

from looksmith.errors import TasteError
from looksmith.files import whole_file
from looksmith.store import Database
from looksmith.store.tables import events, items, looks
from looksmith.taste.actions import ACTIONS, BY_CODE
from looksmith.taste.directions import CONTENTS, DIRECTIONS
from looksmith.taste.evidence import item_features, unpack_rows
from looksmith.taste.features import features
from looksmith.taste.interactions import Figures, measure, sample
from looksmith.taste.posterior import Matrix, Posterior
from looksmith.taste.recommend import (
    Floats,
    Histories,
    Numbers,
    Recommender,
    Settings,
    picture_scores,
)
from looksmith.texts import text

FILE = "recommender.safetensors"
MOST_OF_A_USER = 500
"""The newest events of one user that count."""
_LIKED = [a.code for a in ACTIONS.values() if a.weight > 0]
_LARGE = 20_000  # from so many items on, factors stay out: they cost more than they bring
_TASTE = 0.5  # what the taste of pictures weighs beside what others did
_MOST_MEASURED = 5000  # users that ``evaluated`` takes


def fit_recommender(database: Database, seed: int = 0) -> int:
    """Fit on all events that show liking, and store; returns how many items took part."""
    with database.reading() as connection:
        numbers, histories = all_histories(connection)
    path = database.folder / FILE
    if len(histories) < 2:
        path.unlink(missing_ok=True)
        return 0
    save_recommender(Recommender.fit(histories, settings_for(histories), seed), numbers, path)
    return histories.count


def settings_for(histories: Histories) -> Settings:
    """What did best on the public sets; see docs/benchmarks.md."""
    return Settings(popularity=0.3, factors=0.5 if histories.count < _LARGE else 0.0)


def recommend_items(
    connection: Connection, folder: Path, user: int, posterior: Posterior, count: int
) -> list[tuple[str, float]]:
    """The best items for a user that they have not taken up, with scores; by what others did, and
    by pictures for items that nobody took up yet."""
    rows = connection.execute(
        select(items.c.id, items.c.name, items.c.traits, items.c.code).order_by(items.c.id)
    ).all()
    if not rows:
        return []
    place = {row.id: index for index, row in enumerate(rows)}
    scores = np.zeros(len(rows), np.float32)
    known = np.zeros(len(rows), bool)
    history = [item for item in _history(connection, user) if item in place]
    loaded = load_recommender(folder / FILE)
    if loaded is not None:
        recommender, numbers = loaded
        column = {int(number): index for index, number in enumerate(numbers)}
        own = np.array([column[item] for item in history if item in column], np.int64)
        one = Histories(np.array([0, len(own)]), own, len(numbers))
        learned = next(recommender.scores(one))[1][0]
        for number, score in zip(numbers, learned, strict=True):
            if int(number) in place:
                scores[place[int(number)]] = score
                known[place[int(number)]] = True
    scores = _with_pictures(scores, known, rows, posterior)  # type: ignore[arg-type]
    scores[[place[item] for item in history]] = -np.inf
    best = np.argsort(-scores, kind="stable")[:count]
    return [(rows[i].name, float(scores[i])) for i in best if np.isfinite(scores[i])]


def recommend_looks(
    connection: Connection, posterior: Posterior, count: int
) -> list[tuple[str, float]]:
    """The looks that were applied for someone, by how likely they are preferred to a photo
    without."""
    rows = connection.execute(select(looks.c.name, looks.c.traits).order_by(looks.c.id)).all()
    if not rows:
        return []
    traits = unpack_rows([row.traits for row in rows])
    liked = posterior.probability(features(traits, np.zeros((len(rows), CONTENTS))))
    best = np.argsort(-liked, kind="stable")[:count]
    return [(rows[i].name, float(liked[i])) for i in best]


def _with_pictures(
    scores: Floats,
    known: np.ndarray,
    rows: list[tuple[int, str, bytes | None, bytes | None]],
    posterior: Posterior,
) -> Floats:
    """Add the taste of pictures, and give items without events their neighbours' scores."""
    seen = np.array([row[2] is not None for row in rows])
    if not seen.any():
        return scores
    traits = [row[2] for row in rows if row[2] is not None]
    vectors = picture_vectors(traits, [row[3] for row in rows if row[3] is not None])
    out = scores.copy()
    out[seen] = with_taste(scores[seen], known[seen], vectors, item_features(traits), posterior)
    return out


def with_taste(
    scores: Floats, known: np.ndarray, vectors: Floats, x: Matrix, posterior: Posterior
) -> Floats:
    """One user's scores ``(N,)`` of items with pictures: those that are not ``known`` by events
    take their neighbours' in ``vectors`` ``(N, D)``, and the taste of their features ``x``
    ``(N, 19)`` is added to all."""
    near = picture_scores(scores[None], vectors, known)[0]
    liked = posterior.probability(x - x.mean(0))
    return near + np.float32(_TASTE) * (liked - 0.5).astype(np.float32)


def picture_vectors(traits: list[bytes], codes: list[bytes]) -> Floats:
    """Unit vectors ``(N, D)`` of pictures: half style code, half traits."""
    code = unpack_rows(codes)
    code = code - code.mean(0)
    code /= np.linalg.norm(code, axis=1, keepdims=True) + 1e-9
    trait = unpack_rows(traits)[:, :DIRECTIONS]
    trait = trait / (np.linalg.norm(trait, axis=1, keepdims=True) + 1e-9)
    return np.asarray(np.concatenate((code, trait), axis=1) / np.sqrt(2), np.float32)


def all_histories(connection: Connection) -> tuple[Numbers, Histories]:
    """Items by number, and the users' histories of liking, oldest first, capped."""
    query = (
        select(events.c.user_id, events.c.item_id, events.c.action)
        .where(events.c.action.in_(_LIKED))
        .order_by(events.c.user_id, events.c.time, events.c.item_id)
    )
    parts = []
    streamed = connection.execution_options(yield_per=100_000).execute(query)
    for some in streamed.partitions():
        parts.append(np.array([tuple(row) for row in some], np.int64))
    if not parts:
        return np.zeros(0, np.int64), Histories(np.zeros(1, np.int64), np.zeros(0, np.int64), 0)
    rows = np.concatenate(parts)
    user = rows[:, 0]
    last_of_user = np.searchsorted(user, user, side="right")
    rows = rows[last_of_user - np.arange(len(rows)) <= MOST_OF_A_USER]
    numbers, column = np.unique(rows[:, 1], return_inverse=True)
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1))
    weight = np.array([BY_CODE[code].weight if code in BY_CODE else 0 for code in range(16)])
    return numbers, Histories(
        np.append(starts, len(rows)),
        column.astype(np.int64),
        len(numbers),
        weight[rows[:, 2]].astype(np.float32),
    )


def _history(connection: Connection, user: int) -> list[int]:
    query = (
        select(events.c.item_id)
        .where(events.c.user_id == user, events.c.action.in_(_LIKED))
        .order_by(events.c.time.desc(), events.c.item_id)
        .limit(MOST_OF_A_USER)
    )
    return [int(row.item_id) for row in connection.execute(query)][::-1]


def save_recommender(fitted: Recommender, numbers: Numbers, path: Path) -> None:
    """Write what was learned and the items' numbers, whole or not at all."""
    tensors = {"numbers": numbers, "popularity": fitted.popularity}
    for name in ("transitions", "neighbours"):
        matrix = getattr(fitted, name)
        tensors |= {
            f"{name}.data": matrix.data.astype(np.float32),
            f"{name}.indices": matrix.indices.astype(np.int64),
            f"{name}.indptr": matrix.indptr.astype(np.int64),
        }
    if fitted.factors is not None:
        tensors["factors"] = fitted.factors
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part:
        whole = {name: np.ascontiguousarray(values) for name, values in tensors.items()}
        save_file(whole, part, {"settings": json.dumps(asdict(fitted.settings))})


def load_recommender(path: Path) -> tuple[Recommender, Numbers] | None:
    """The stored recommender, or None.

    Raises:
        TasteError: the file is damaged or foreign.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="numpy") as opened:
            stored = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            settings = TypeAdapter(Settings).validate_json((opened.metadata() or {})["settings"])
        numbers, factors = stored["numbers"], stored.get("factors")
        fitted = Recommender(
            settings,
            _matrix(stored, "transitions", len(numbers)),
            _matrix(stored, "neighbours", len(numbers)),
            factors,
            stored["popularity"],
        )
        if fitted.popularity.shape != numbers.shape:
            raise ValueError("not one popularity for each item")
        if factors is not None and factors.shape != (len(numbers), settings.size):
            raise ValueError("not one row of factors for each item")
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise TasteError(text("taste.weights", path=path)) from error
    return fitted, numbers


def _matrix(stored: Mapping[str, np.ndarray], name: str, size: int) -> sparse.csr_matrix:
    """A stored sparse matrix; ValueError where its parts don't fit."""
    parts = tuple(stored[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    made = sparse.csr_matrix(parts, shape=(size, size))
    made.check_format()
    return made


def evaluated(
    histories: Histories, seed: int = 0, progress: Callable[[float], None] = lambda _: None
) -> dict[str, Figures]:
    """How well the last item that each user liked is found among all, by the recommender and by
    popularity, fitted without it.

    Raises:
        TasteError: too few users liked two items.
    """
    given, last = histories.without_last()
    if len(given) < 2:
        raise TasteError(text("taste.few"))
    given, last = sample(given, last, _MOST_MEASURED, seed)
    fitted = Recommender.fit(given, settings_for(given), seed)
    progress(0.6)
    ours = measure(fitted.scores, given, last)
    progress(0.9)
    return {"looksmith": ours, "popularity": measure(fitted.most_popular, given, last)}
