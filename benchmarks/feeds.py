"""Real feeds: half of each is learned, half judges; nobody knows the true answer.

python benchmarks/feeds.py --feeds ../shared/data/photos/lifestyle --photos DIR [--photos DIR …]

How much of the distance (sliced Wasserstein, Oklab, 64 directions) between 16 ordinary photos and
the judging half the results close, as a distance and squared (as transport costs); how many single
results a nearest-feed judge names rightly; and guards: near-whites, skin, clipping, edges. The
feed's other half says what can be had: photos of one feed differ. ``--training`` measures the
feeds that settings may be chosen on instead of those held out.
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
    Vectors,
    closed,
    guards,
    has_whites,
    mean_guards,
    name_feed,
    signature,
    sliced_wasserstein,
)
from looksmith.evaluation.images import Image, load
from looksmith.evaluation.look_recovery import learn_from_arrays
from looksmith.evaluation.peers import PEERS, Trial, package_peers
from looksmith.feeds import photo_paths
from looksmith.transfer import apply

HELD_OUT = (
    "cd_MakeWayGridEffect",
    "cd_GridRevealEffects",
    "cd_MultiLayoutSlideshow",
    "cd_ImageStackGrid",
    "cd_ParanoiaSlideshow",
    "cd_PixelTransition",
    "cd_GridMenu",
    "cd_GridLayoutScrollableContent",
    "cd_GridLayoutSlideshow",
    "cd_ImageTrailEffects",
    "cd_ScrollPanels",
    "cd_LiquidDistortion",
    "cd_AnimatedFrameSlideshow-night",
    "cd_GlitchSlideshow",
    "fd_robin-dela_hover-effect",
)
NO_FEEDS = (  # several looks in one set, or duotones
    "cd_MotionRevealSlideshow",
    "cd_Exhibition-sepia",
    "cd_HoverPreviewMiniMap",
    "cd_ImageTiltEffect",
    "cd_InlineMenuLayout",
    "cd_LayerMotionSlideshow",
    "cd_MotionTransitionEffect",
    "cd_TiltHoverEffects",
    "fd_Cecilapp_photo-stream",
    "fd_akveo_kittenTricks",
)
LEAST_PHOTOS, CONTENTS, ORDINARY = 8, 16, 120

Method = Callable[[Trial], Callable[[Image], Image]]


@dataclass
class Tally:
    """What one method did over all feeds."""

    after: list[float] = field(default_factory=list)
    guards: list[Guards] = field(default_factory=list)
    named: list[bool] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Split:
    """A feed cut in two."""

    name: str
    learned: list[Image]
    judge: list[Image]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=Path, required=True, help="folder of FEED__N.jpg")
    parser.add_argument("--photos", type=Path, action="append", required=True, help="ordinary ones")
    parser.add_argument("--training", action="store_true", help="feeds for choosing settings")
    parser.add_argument("--adapt", action="store_true", help="Looksmith adapted, too")
    parser.add_argument("--certain", action="store_true", help="and certain of the look, too")
    parser.add_argument("--ours", action="store_true", help="no peers")
    parser.add_argument("--each", action="store_true", help="a row for each feed")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    feeds = [split_feed(n, p, args.seed) for n, p in find_feeds(args.feeds, args.training).items()]
    contents, ordinary = ordinary_photos(args.photos, args.seed)
    methods = all_methods(args.adapt, args.certain, args.ours, args.seed)
    run(feeds, contents, ordinary, methods, args.each)


def find_feeds(folder: Path, training: bool = False) -> dict[str, list[Path]]:
    """The held-out feeds, or those for choosing settings, by name."""
    found: dict[str, list[Path]] = {}
    for path in photo_paths(folder):
        found.setdefault(path.name.split("__")[0], []).append(path)
    if not training:
        return {name: found[name] for name in HELD_OUT if name in found}
    left = sorted(found.keys() - set(HELD_OUT) - set(NO_FEEDS))
    return {name: found[name] for name in left if len(found[name]) >= LEAST_PHOTOS}


def split_feed(name: str, paths: Sequence[Path], seed: int) -> Split:
    shuffled = list(paths)
    random.Random(f"{seed}/{name}").shuffle(shuffled)
    half = len(shuffled) // 2
    return Split(name, [load(p) for p in shuffled[half:]], [load(p) for p in shuffled[:half]])


def ordinary_photos(folders: Sequence[Path], seed: int) -> tuple[list[Image], np.ndarray]:
    """16 contents, as many from each folder, and pixels of other photos for the peers."""
    rng = random.Random(seed)
    shuffled = [rng.sample(paths := photo_paths(folder), len(paths)) for folder in folders]
    turns = [path for turn in zip(*shuffled, strict=False) for path in turn]
    contents, rest = turns[:CONTENTS], turns[CONTENTS : CONTENTS + ORDINARY]
    pixels = np.concatenate([load(p).reshape(-1, 3)[::29] for p in rest])
    return [load(p) for p in contents], pixels


def all_methods(adapt: bool, certain: bool, ours: bool, seed: int) -> dict[str, Method]:
    def looksmith(adapted: bool = False, certain: bool = False) -> Method:
        def method(trial: Trial) -> Callable[[Image], Image]:
            look = learn_from_arrays(trial.references, adapted, seed, certain)
            return lambda content: np.asarray(apply(look, content), np.float32)

        return method

    found: dict[str, Method] = {"Looksmith, zero-shot": looksmith()}
    if adapt:
        found["Looksmith, adapted"] = looksmith(adapted=True)
    if certain:
        found["Looksmith, certain"] = looksmith(certain=True)
    if ours:
        return found
    peers = PEERS | package_peers()
    return {
        name: (lambda trial, peer=peer: lambda content: peer(content, trial))
        for name, peer in peers.items()
        if name != "color-matcher mvgd"  # the same map as its mkl
    } | found


def run(
    feeds: Sequence[Split],
    contents: Sequence[Image],
    ordinary: np.ndarray,
    methods: dict[str, Method],
    each: bool,
) -> None:
    targets = [signature(feed.judge) for feed in feeds]
    choices = [*targets, signature(contents)]
    before = [sliced_wasserstein(choices[-1], target) for target in targets]
    other_half = [
        sliced_wasserstein(signature(f.learned), t) for f, t in zip(feeds, targets, strict=True)
    ]
    tallies = {name: Tally() for name in methods}
    for index, feed in enumerate(feeds):
        trial = Trial(feed.learned, [], ordinary)
        whites = has_whites(feed.judge)
        for name, method in methods.items():
            _measure(tallies[name], method, trial, contents, choices, index, whites)
        if each:
            shares = (f"{1 - t.after[-1] / before[index]:.2f}" for t in tallies.values())
            near = 1 - other_half[index] / before[index]
            print(f"| {feed.name} | {before[index]:.3f} | {near:.2f} |", " | ".join(shares), "|")
    print_table(tallies, before, other_half)


def _measure(
    tally: Tally,
    method: Method,
    trial: Trial,
    contents: Sequence[Image],
    choices: Sequence[Vectors],
    index: int,
    whites: bool,
) -> None:
    start = time.perf_counter()
    transfer = method(trial)
    results = [transfer(content) for content in contents]
    tally.seconds += time.perf_counter() - start
    tally.after.append(sliced_wasserstein(signature(results), choices[index]))
    found = [guards(c, r, whites) for c, r in zip(contents, results, strict=True)]
    tally.guards.append(mean_guards(found))
    tally.named += [name_feed(result, choices) == index for result in results]


def print_table(
    tallies: dict[str, Tally], before: Sequence[float], other_half: Sequence[float]
) -> None:
    print(
        "\n| method | closed | 95 % | squared | least feed | named | whites ΔE "
        "| skin turn, mean (most) | clipped | edges | s a feed |\n" + "| --- " * 11 + "|"
    )
    near, squared = closed(before, other_half), closed(before, other_half, 2)
    print(f"| the feed's other half | {near:.2f} | | {squared:.2f} |" + " |" * 7)
    for name, tally in tallies.items():
        low, high = interval(before, tally.after)
        least = min(1 - a / b for a, b in zip(tally.after, before, strict=True))
        mean = mean_guards(tally.guards)
        most = max(g.skin for g in tally.guards)
        print(
            f"| {name} | {closed(before, tally.after):.2f} | {low:.2f} to {high:.2f} "
            f"| {closed(before, tally.after, 2):.2f} | {least:.2f} "
            f"| {np.mean(tally.named):.2f} | {mean.whites:.1f} | {mean.skin:.1f}° ({most:.1f}°) "
            f"| {100 * mean.clipped:+.1f} % | {mean.structure:.3f} "
            f"| {tally.seconds / len(before):.1f} |"
        )


def interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """95 % of the share closed over feeds drawn anew (bootstrap of 1,000)."""
    pick = np.random.default_rng(0).integers(len(before), size=(1000, len(before)))
    shares = 1 - np.asarray(after)[pick].sum(1) / np.asarray(before)[pick].sum(1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(low), float(high)


if __name__ == "__main__":
    main()
