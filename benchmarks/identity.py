"""Identity: a look learned from ordinary, ungraded photos should change nothing.

python benchmarks/identity.py --photos DIR [--photos DIR …] [--trials 20]
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from looksmith.evaluation.images import load
from looksmith.evaluation.look_recovery import learn_from_arrays
from looksmith.evaluation.metrics import delta_e
from looksmith.feeds import photo_paths
from looksmith.transfer import apply


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, action="append", required=True)
    parser.add_argument("--trials", type=int, default=20)
    args = parser.parse_args()
    paths = [path for folder in args.photos for path in photo_paths(folder)]
    print("| references | mean ΔE2000 | worst trial |\n| --- | --- | --- |")
    for references in (4, 8, 32, 100):
        changes = []
        for trial in range(args.trials):
            chosen = random.Random(trial).sample(paths, references + 6)
            photos = [load(path) for path in chosen]
            look = learn_from_arrays(photos[6:], adapt=False)
            made = [np.asarray(apply(look, photo)) for photo in photos[:6]]
            changes.append(np.mean([delta_e(m, p) for m, p in zip(made, photos, strict=False)]))
        print(f"| {references} | {np.mean(changes):.2f} | {np.max(changes):.2f} |")


if __name__ == "__main__":
    main()
