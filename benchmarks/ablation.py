"""GAN ablation: the adversarial stage with and without its parts, on the same data and steps.

    python benchmarks/ablation.py --run runs/base --photos DIR [--photos DIR …] \
        --exam-photos DIR --looks DIR --steps 400

Every variant starts from the first stage of ``--run`` (its ``pretraining.pt``) and trains the
second stage for ``--steps``; then the validation third of the looks is recovered from 8
references, as ``looksmith benchmark look-recovery`` does, zero-shot and adapted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from looksmith.cli.training import training_photos
from looksmith.training.settings import BaseSettings, LossWeights
from looksmith.training.train import train_base

VARIANTS = {
    "whole": LossWeights(),
    "without discriminator": LossWeights(adversarial=0.0),
    "without style loss": LossWeights(beta=0.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--photos", action="append", required=True)
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--exam-photos", action="append", required=True)
    parser.add_argument("--looks", required=True)
    parser.add_argument("--steps", type=int, default=400)
    args = parser.parse_args()
    paths = training_photos(args.photos, args.exclude)
    for name, weights in VARIANTS.items():
        folder = args.run / f"ablation {name}"
        folder.mkdir(exist_ok=True)
        if not (folder / "pretraining.pt").exists():
            shutil.copy(args.run / "pretraining.pt", folder / "pretraining.pt")
        settings = BaseSettings(steps=args.steps, losses=weights)
        base = train_base(paths, folder, settings)
        print(f"\n## {name}\n", flush=True)
        exam = [f"--photos={photos}" for photos in args.exam_photos]
        subprocess.run(
            [
                sys.executable,
                "-m",
                "looksmith.cli",
                "benchmark",
                "look-recovery",
                *exam,
                "--looks",
                args.looks,
                "--references",
                "8",
                "--validation",
                "--every",
                "3",
                "--adapted",
                "3",
            ],
            check=True,
            env=os.environ | {"LOOKSMITH_BASE": str(base)},
        )


if __name__ == "__main__":
    main()
