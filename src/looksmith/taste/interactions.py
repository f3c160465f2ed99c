"""Recommendation measured on public interactions: leave the last item out, in time order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from looksmith.taste.recommend import Floats, Histories, Numbers, top

Blocks = Iterator[tuple[slice, Floats]]
NAMES = ("ml_latest_small", "amazon_beauty", "s3rec_beauty")


def read_histories(folder: Path, name: str) -> Histories:
    """One of the sets in ``NAMES`` as histories, oldest item first."""
    if name == "ml_latest_small":
        path = folder / name / "ratings.csv"
        rows = np.loadtxt(path, delimiter=",", skiprows=1)
        order = np.lexsort((rows[:, 3], rows[:, 0]))
        users, items = rows[order, 0].astype(int), rows[order, 1].astype(int)
    elif name == "amazon_beauty":
        rows = np.loadtxt(folder / name / "beauty.txt", dtype=int)
        order = np.argsort(rows[:, 0], kind="stable")
        users, items = rows[order, 0], rows[order, 1]
    else:
        lines = (folder / name / "Beauty.txt").read_text().splitlines()
        split = [[int(word) for word in line.split()] for line in lines]
        users = np.concatenate([[line[0]] * (len(line) - 1) for line in split])
        items = np.concatenate([line[1:] for line in split])
    return histories(users, items)


def histories(users: Numbers, items: Numbers) -> Histories:
    """Histories of events that are ordered by user and time; users and items in any numbers."""
    row = np.unique(users, return_inverse=True)[1]
    column = np.unique(items, return_inverse=True)[1]
    starts = np.concatenate(([0], np.cumsum(np.bincount(row))))
    return Histories(starts, column.astype(np.int64), int(column.max()) + 1)


def sample(given: Histories, last: Numbers, count: int, seed: int) -> tuple[Histories, Numbers]:
    """At most ``count`` of the users, for measuring."""
    if len(given) <= count:
        return given, last
    rows = np.sort(np.random.default_rng(seed).choice(len(given), count, replace=False))
    kept = [given.items[given.starts[row] : given.starts[row + 1]] for row in rows]
    starts = np.concatenate(([0], np.cumsum([len(items) for items in kept])))
    return Histories(starts, np.concatenate(kept), given.count), last[rows]


@dataclass(frozen=True)
class Figures:
    """Per user, whether and how high the item that was left out is ranked among all."""

    gains: Floats
    """``1 / log2(rank + 1)`` for ranks up to 10, else 0: its mean is NDCG@10."""

    @property
    def ndcg(self) -> float:
        """NDCG@10."""
        return float(self.gains.mean())

    @property
    def hits(self) -> float:
        """Share of users whose item is among the ten."""
        return float((self.gains > 0).mean())

    @property
    def error(self) -> float:
        """Standard error of NDCG@10 over users."""
        return float(self.gains.std() / np.sqrt(len(self.gains)))


def measure(scores: Callable[[Histories], Blocks], given: Histories, last: Numbers) -> Figures:
    """Rank all items that the user has not taken up."""
    seen, gains = given.matrix(), []
    for rows, block in scores(given):
        hit = top(block, seen[rows], 10) == last[rows][:, None]
        gains.append(np.where(hit.any(1), 1 / np.log2(hit.argmax(1) + 2), 0))
    return Figures(np.concatenate(gains).astype(np.float32))
