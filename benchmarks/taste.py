"""Figures of taste.

    python benchmarks/taste.py recommendation ../shared/data/interactions [--seeds 1]
    python benchmarks/taste.py users ../shared/data/photos [--seeds 5] [--users 8] [--minutes 60]

Recommendation: each method is tuned on the item before the last, then measured once on the last.
Users: simulated ones with hidden tastes of three kinds; the learner sees their choices alone.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import sparse

from looksmith.base import default_base
from looksmith.photos import SUFFIXES, read_square
from looksmith.rendering import WORKING_SIZE
from looksmith.taste import simulation
from looksmith.taste.figures import Case, measure_users, summary
from looksmith.taste.interactions import NAMES, Blocks, measure, read_histories, sample
from looksmith.taste.recommend import Histories, Recommender, Settings
from looksmith.training.learn import learn

ROWS = 1000
Method = Callable[[Histories, int, Mapping[str, Any]], Callable[[Histories], Blocks]]


def ours(train: Histories, seed: int, options: Mapping[str, Any]) -> Callable[[Histories], Blocks]:
    return Recommender.fit(train, Settings(**options), seed).scores


def popularity(
    train: Histories, seed: int, options: Mapping[str, Any]
) -> Callable[[Histories], Blocks]:
    count = np.bincount(train.items, minlength=train.count).astype(np.float32)
    return blocks(lambda history: np.tile(count, (history.shape[0], 1)))


def neighbours(
    train: Histories, seed: int, options: Mapping[str, Any]
) -> Callable[[Histories], Blocks]:
    from implicit import nearest_neighbours

    model = getattr(nearest_neighbours, options["kind"])(K=options["K"], num_threads=1)
    model.fit(train.matrix(), show_progress=False)
    return blocks(lambda history: (history @ model.similarity.tocsr()).toarray())


def als(train: Histories, seed: int, options: Mapping[str, Any]) -> Callable[[Histories], Blocks]:
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(random_state=seed, num_threads=1, iterations=15, **options)
    model.fit(train.matrix(), show_progress=False)

    def score(history: sparse.csr_matrix) -> np.ndarray:
        users = model.recalculate_user(np.arange(history.shape[0]), history)
        return users @ model.item_factors.T

    return blocks(score)


def bpr(train: Histories, seed: int, options: Mapping[str, Any]) -> Callable[[Histories], Blocks]:
    """BPR has no step for users alone: it is measured on the users that it was trained on."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(random_state=seed, num_threads=1, **options)
    model.fit(train.matrix(), show_progress=False)
    rows = {tuple(history_of(train, row)): row for row in range(len(train))}

    def scores(given: Histories) -> Blocks:
        known = np.array([rows.get(tuple(history_of(given, r)), 0) for r in range(len(given))])
        for start in range(0, len(given), ROWS):
            at = slice(start, min(start + ROWS, len(given)))
            yield at, model.user_factors[known[at]] @ model.item_factors.T

    return scores


def history_of(histories: Histories, row: int) -> np.ndarray:
    return histories.items[histories.starts[row] : histories.starts[row + 1]]


def blocks(score: Callable[[sparse.csr_matrix], np.ndarray]) -> Callable[[Histories], Blocks]:
    def scores(given: Histories) -> Blocks:
        matrix = given.matrix()
        for start in range(0, len(given), ROWS):
            at = slice(start, min(start + ROWS, len(given)))
            yield at, np.asarray(score(matrix[at]), np.float32)

    return scores


def grid(**choices: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]


METHODS: dict[str, tuple[Method, list[dict[str, Any]]]] = {
    "popularity": (popularity, [{}]),
    "item neighbours": (
        neighbours,
        grid(kind=("CosineRecommender", "TFIDFRecommender", "BM25Recommender"), K=(50, 200)),
    ),
    "implicit ALS": (
        als,
        grid(factors=(32, 96), regularization=(0.01, 0.1), alpha=(1.0, 10.0)),
    ),
    "implicit BPR": (
        bpr,
        grid(factors=(63,), learning_rate=(0.01, 0.05), iterations=(100,), regularization=(0.01,)),
    ),
    "Looksmith": (ours, grid(popularity=(0.3, 0.5), factors=(0.0, 0.5))),
}


def recommendation(
    folder: Path, sets: list[str], methods: list[str], seeds: int, users: int
) -> Iterator[str]:
    yield "| set | method | NDCG@10 | standard error | hit rate@10 | seconds | settings |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name in sets:
        train, last = read_histories(folder, name).without_last()
        before, validation = train.without_last()
        for label in methods:
            method, choices = METHODS[label]
            started = time.monotonic()
            part = sample(before, validation, users, 1)
            tried = [
                measure(method(before, 0, options), *part).ndcg if len(choices) > 1 else 0.0
                for options in choices
            ]
            best = choices[int(np.argmax(tried))]
            found = [
                measure(method(train, seed, best), *sample(train, last, users, 0))
                for seed in range(seeds)
            ]
            yield (
                f"| {name} | {label} | {np.mean([f.ndcg for f in found]):.4f} "
                f"| {np.mean([f.error for f in found]):.4f} "
                f"| {np.mean([f.hits for f in found]):.4f} "
                f"| {time.monotonic() - started:.0f} | {best} |"
            )


def photos_of(folder: Path, count: int) -> torch.Tensor:
    paths = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    order = np.random.default_rng(0).permutation(len(paths))[:count]
    squares = np.stack([read_square(paths[index], WORKING_SIZE) for index in order])
    return torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255


def scenes_of(folder: Path) -> simulation.Scenes:
    """Sixteen photos of people and sixteen scenes under the look of a feed."""
    photos = torch.cat([photos_of(folder / name, 16) for name in ("portraits", "travel_scenes")])
    feed = sorted((folder / "lifestyle").glob("cd_MultiLayoutSlideshow__*"))
    look = learn(feed, "film")
    return simulation.Scenes.of(photos, np.repeat([1.0, -1.0], 16), look, default_base())


LEARN = np.r_[0:8, 16:24]
JUDGE = np.r_[8:11, 24:27]


def users(folder: Path, seeds: int, count: int, minutes: float) -> Iterator[str]:
    """The figures of ``looksmith/taste/figures.py``."""
    scenes = scenes_of(folder)
    cases: list[Case] = []
    for seed in range(seeds):
        cases += measure_users(scenes, LEARN, JUDGE, count, seed, minutes / seeds)
    yield f"{len(cases)} users of three kinds"
    yield "| kind | figure | mean | 95 % interval |"
    yield "| --- | --- | --- | --- |"
    for row in summary(cases):
        low, high = f"{row.low:.2f}", f"{row.high:.2f}"
        yield f"| {row.kind} | {row.figure} | {row.mean:.2f} | {low} … {high} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("recommendation")
    one.add_argument("folder", type=Path)
    one.add_argument("--sets", nargs="+", default=list(NAMES))
    one.add_argument("--methods", nargs="+", default=list(METHODS))
    one.add_argument("--seeds", type=int, default=1)
    one.add_argument("--users", type=int, default=5000, help="users measured, at most")
    two = commands.add_parser("users")
    two.add_argument("folder", type=Path)
    two.add_argument("--seeds", type=int, default=5)
    two.add_argument("--users", type=int, default=8, help="users of each kind and seed")
    two.add_argument("--minutes", type=float, default=60, help="at most, about")
    given = parser.parse_args()
    logging.getLogger("implicit").setLevel(logging.ERROR)
    if given.command == "users":
        lines = users(given.folder, given.seeds, given.users, given.minutes)
    else:
        lines = recommendation(given.folder, given.sets, given.methods, given.seeds, given.users)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
