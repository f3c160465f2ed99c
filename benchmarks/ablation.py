"""GAN ablation: the adversarial stage with and without its parts, on the same data and steps.

    python benchmarks/ablation.py --run runs/base --photos DIR [--photos DIR …] \\
        --exam-photos DIR --looks DIR --steps 400 --seeds 3

Every variant starts from the first stage of ``--run`` (its ``pretraining.pt``) and trains the
second stage for ``--steps``, once for each seed; then the validation third of the looks is
recovered from 8 references, zero-shot and adapted.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from looksmith.base import VARIABLE
from looksmith.cli.training import training_photos
from looksmith.evaluation.intervals import with_interval
from looksmith.evaluation.look_recovery import ADAPTED, ZERO_SHOT, Exam, Result, results
from looksmith.training.settings import BaseSettings, LossWeights, PretrainingSettings
from looksmith.training.train import train_base

WHOLE = "whole"
VARIANTS = {
    WHOLE: LossWeights(),
    "without discriminator": LossWeights(adversarial=0.0),
    "without style loss": LossWeights(beta=0.0),
}
Figures = dict[tuple[str, str, str], float]  # by collection, look and method


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--photos", action="append", required=True)
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--exam-photos", type=Path, action="append", required=True)
    parser.add_argument("--looks", type=Path, required=True)
    parser.add_argument("--every", type=int, default=3, help="take every n-th look")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--content-size", type=int, default=BaseSettings().content_size)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    paths = training_photos(args.photos, args.exclude)
    figures = {name: measure(name, paths, args) for name in VARIANTS}
    for method in (ZERO_SHOT, ADAPTED):
        print(f"\n| {method} | ΔE2000 (95 % over looks) | behind the whole |\n| --- | --- | --- |")
        whole = {key: value for key, value in figures[WHOLE].items() if key[2] == method}
        for name, found in figures.items():
            values, behind = [found[k] for k in whole], [found[k] - whole[k] for k in whole]
            print(f"| {name} | {with_interval(values)} | {with_interval(behind, '+')} |")


def measure(name: str, paths: Sequence[Path], args: argparse.Namespace) -> Figures:
    """Train a variant with each seed; ΔE2000 of each look and method, mean over the seeds."""
    found: list[Result] = []
    for seed in range(args.seeds):
        folder = args.run / f"ablation {name} {seed}"
        folder.mkdir(exist_ok=True)
        if not (folder / "pretraining.pt").exists():
            shutil.copy(args.run / "pretraining.pt", folder)
        first = torch.load(folder / "pretraining.pt", weights_only=True)["key"]["settings"]
        settings = BaseSettings(
            steps=args.steps,
            seed=seed,
            content_size=args.content_size,
            losses=VARIANTS[name],
            pretraining=PretrainingSettings(**first),
        )
        os.environ[VARIABLE] = str(train_base(paths, folder, settings))
        exam = Exam(args.exam_photos, args.looks, [8], True, args.every, [seed], args.every, False)
        found += results(exam)
    values: dict[tuple[str, str, str], list[float]] = {}
    for r in found:
        key = (r.look.collection, r.look.name, r.method)
        values.setdefault(key, []).append(r.figures.delta_e)
    return {key: float(np.mean(of_seeds)) for key, of_seeds in values.items()}


if __name__ == "__main__":
    main()
