"""Identity: a look learned from ordinary, ungraded photos should change nothing.

python benchmarks/identity.py --photos DIR [--photos DIR …] [--trials 20]
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from looksmith.evaluation.images import load
from looksmith.evaluation.intervals import with_interval
from looksmith.evaluation.look_recovery import learn_from_arrays
from looksmith.evaluation.metrics import delta_e
from looksmith.feeds import photo_paths
from looksmith.transfer import apply

CONTENTS = 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, action="append", required=True)
    parser.add_argument("--references", type=int, action="append")
    parser.add_argument("--trials", type=int, default=20)
    args = parser.parse_args()
    paths = [path for folder in args.photos for path in photo_paths(folder)]
    print("| references | learned | mean ΔE2000 (95 %) | worst trial |\n| --- | --- | --- | --- |")
    for references in args.references or (4, 8, 32, 100):
        for adapt in (False, True):
            changes = [change(paths, references, trial, adapt) for trial in range(args.trials)]
            how = "adapted" if adapt else "zero-shot"
            worst = np.max(changes)
            print(f"| {references} | {how} | {with_interval(changes)} | {worst:.2f} |", flush=True)


def change(paths: list[Path], references: int, trial: int, adapt: bool) -> float:
    """Mean ΔE2000 that a look of some photos makes of others."""
    chosen = random.Random(trial).sample(paths, references + CONTENTS)
    photos = [load(path) for path in chosen]
    look = learn_from_arrays(photos[CONTENTS:], adapt, seed=trial)
    contents = photos[:CONTENTS]
    made = [np.asarray(apply(look, photo)) for photo in contents]
    return float(np.mean([delta_e(m, p) for m, p in zip(made, contents, strict=True)]))


if __name__ == "__main__":
    main()
