"""One picture as reference: pairs of unlike photos, each photo made like the other's picture.

python benchmarks/one_reference.py --photos DIR [--photos DIR …] --pictures DIR [--pairs 40]

How far the results' colours lie from the picture's (sliced Wasserstein in Oklab, as a share of the
distance before), and guards: near-whites, skin, clipping, edges (gradient SSIM). Intervals over
pairs. ``--out`` writes a sheet of the first pairs, to look at.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from looksmith.evaluation.feeds import (
    Guards,
    guards,
    has_whites,
    mean_guards,
    signature,
    sliced_wasserstein,
)
from looksmith.evaluation.images import Image, load, to_pillow
from looksmith.evaluation.intervals import with_interval
from looksmith.evaluation.peers import PEERS, Trial, package_peers
from looksmith.feeds import photo_paths
from looksmith.matching import match

ORDINARY = 120
SHOWN = ("nothing", "Reinhard", "Looksmith")

Method = Callable[[Image, Trial], Image]


@dataclass
class Tally:
    """What one method did over all pairs."""

    left: list[float] = field(default_factory=list)
    guards: list[Guards] = field(default_factory=list)
    seconds: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, action="append", required=True, help="ordinary ones")
    parser.add_argument("--pictures", type=Path, required=True, help="folder of references")
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ours", action="store_true", help="no peers")
    parser.add_argument("--out", type=Path, help="JPEG sheet of the first pairs")
    args = parser.parse_args()
    pairs, ordinary = draw_pairs(args.photos, args.pictures, args.pairs, args.seed)
    compared = methods(args.ours)
    tallies = {name: Tally() for name in compared}
    rows = [measure(content, picture, ordinary, compared, tallies) for content, picture in pairs]
    print_table(tallies)
    if args.out:
        write_sheet(rows[:8], args.out)


def ours(content: Image, trial: Trial) -> Image:
    picture = to_pillow(trial.references[0])
    return np.asarray(match(content, picture), np.float32)


def methods(only_ours: bool) -> dict[str, Method]:
    """All methods by name, "nothing" first, ours last."""
    if only_ours:
        return {"nothing": PEERS["nothing"], "Looksmith": ours}
    return PEERS | package_peers() | {"Looksmith": ours}


def draw_pairs(
    folders: Sequence[Path], pictures: Path, count: int, seed: int
) -> tuple[list[tuple[Image, Image]], np.ndarray]:
    """Photos with the picture each is to be like, and pixels of other photos for the peers."""
    rng = random.Random(seed)
    shuffled = [rng.sample(paths := photo_paths(folder), len(paths)) for folder in folders]
    turns = [path for turn in zip(*shuffled, strict=False) for path in turn]
    references = rng.sample(photo_paths(pictures), count)
    pixels = [load(p).reshape(-1, 3)[::29] for p in turns[count : count + ORDINARY]]
    pairs = [(load(c), load(r)) for c, r in zip(turns[:count], references, strict=True)]
    return pairs, np.concatenate(pixels)


def measure(
    content: Image,
    picture: Image,
    ordinary: np.ndarray,
    compared: dict[str, Method],
    tallies: dict[str, Tally],
) -> list[Image]:
    """One pair by every method; what ``SHOWN`` made comes back, the picture last."""
    trial, goal, whites = (
        Trial([picture], [], ordinary),
        signature([picture]),
        has_whites([picture]),
    )
    before = sliced_wasserstein(signature([content]), goal)
    row = []
    for name, tally in tallies.items():
        start = time.perf_counter()
        result = compared[name](content, trial)
        tally.seconds += time.perf_counter() - start
        tally.left.append(sliced_wasserstein(signature([result]), goal) / before)
        tally.guards.append(guards(content, result, whites))
        if name in SHOWN:
            row.append(result)
    return [*row, picture]


def print_table(tallies: dict[str, Tally]) -> None:
    print(
        "| method | distance that remains | edges | whites ΔE | skin turn, mean (most) | clipped "
        "| s a photo |\n" + "| --- " * 7 + "|"
    )
    for name, tally in tallies.items():
        mean = mean_guards(tally.guards)
        most = max(found.skin for found in tally.guards)
        print(
            f"| {name} | {with_interval(tally.left)} | {mean.structure:.3f} | {mean.whites:.1f} "
            f"| {mean.skin:.1f}° ({most:.1f}°) | {100 * mean.clipped:+.1f} % "
            f"| {tally.seconds / len(tally.left):.2f} |"
        )


def write_sheet(rows: Sequence[Sequence[Image]], path: Path, side: int = 256) -> None:
    """A row a pair: what each of ``SHOWN`` made, then the picture."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    sheet = Pillow.new("RGB", (side * max(map(len, rows)), side * len(rows)), "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            sheet.paste(ImageOps.fit(to_pillow(image), (side, side)), (x * side, y * side))
    sheet.save(path, quality=88)


if __name__ == "__main__":
    main()
