"""Import, fit and recommend for a large shop: times and memory.

    python benchmarks/taste_scale.py [--users 100000] [--items 20000] [--events 5000000]

The shop is made up: items as popular as in real shops (Zipf), users with two kinds of taste; the
first ``--pictures`` items have one. Everything goes to a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from looksmith.look import Look
from looksmith.taste.actions import ACTIONS
from looksmith.taste.api import Taste
from looksmith.taste.importing import import_events, import_items

_START = 1_700_000_000


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print what it took, and the most memory the process has had so far."""
    began = time.monotonic()
    yield
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"| {what} | {time.monotonic() - began:.1f} s | {most:.1f} GB |", flush=True)


def write_events(path: Path, users: int, items: int, count: int, dice: np.random.Generator) -> None:
    """Events as Parquet; users of even number prefer items of even number."""
    rank = np.arange(1, items // 2 + 1)
    chosen = dice.choice(items // 2, count, p=(1 / rank**0.8) / (1 / rank**0.8).sum())
    user = dice.integers(0, users, count)
    side = np.where(dice.random(count) < 0.85, user % 2, 1 - user % 2)
    names = np.array(list(ACTIONS))[:7]
    liked = dice.choice(5, count, p=(0.6, 0.2, 0.1, 0.05, 0.05))
    action = np.where(side == user % 2, liked, dice.choice((0, 5, 6), count))
    pl.DataFrame(
        {
            "user": pl.Series(user).cast(pl.String),
            "item": pl.Series(2 * chosen + side).cast(pl.String),
            "action": names[action],
            "time": _START + dice.integers(0, 90 * 86_400, count),
        }
    ).write_parquet(path)


def write_items(folder: Path, items: int, pictures: int, dice: np.random.Generator) -> Path:
    """Items, the first of them with pictures: warm ones of even number, cool ones of odd."""
    images = []
    for number in range(pictures):
        pixels = dice.integers(0, 256, (6, 8, 3)) * ((1, 0.8, 0.6), (0.6, 0.8, 1))[number % 2]
        tile = Image.fromarray(pixels.astype(np.uint8)).resize((160, 120), Image.Resampling.BICUBIC)
        tile.save(folder / f"{number}.jpg")
        images.append(f"{number}.jpg")
    names = [str(number) for number in range(items)]
    frame = pl.DataFrame({"id": names, "image": images + [None] * (items - pictures)})
    frame.write_parquet(folder / "items.parquet")
    return folder / "items.parquet"


def mean_seconds(call: Callable[[str], object], users: list[str]) -> float:
    began = time.monotonic()
    for user in users:
        call(user)
    return (time.monotonic() - began) / len(users)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=0.5, help="of training the user branch")
    parser.add_argument("--look", type=Path, help="a look whose audience is asked for")
    given = parser.parse_args()
    dice = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LOOKSMITH_HOME"] = str(folder / "home")
        print("| what | time | most memory so far |\n| --- | --- | --- |", flush=True)
        with timed("make the files up"):
            write_events(folder / "e.parquet", given.users, given.items, given.events, dice)
            items = write_items(folder, given.items, given.pictures, dice)
        taste = Taste.open()
        with timed("import items"):
            import_items(taste.database, items)
        with timed("import events"):
            import_events(taste.database, folder / "e.parquet")
        with timed("the same file again"):
            import_events(taste.database, folder / "e.parquet")
        with timed("fit"):
            print(f"<!-- {taste.fit(minutes=given.minutes)} -->")
        people = [str(number) for number in range(20)]
        with timed("recommend for 20 users"):
            print(f"<!-- {mean_seconds(taste.recommend_items, people):.2f} s each -->")
        if given.look is not None:
            with timed("audience"):
                print(f"<!-- {taste.audience(Look.load(given.look), 3)} -->")
        with timed("forget"):
            taste.forget("7")


if __name__ == "__main__":
    main()
