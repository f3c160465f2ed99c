"""GAN ablation: the adversarial stage with and without its parts, on the same data and steps.

    python benchmarks/ablation.py --run runs/base --photos DIR [--photos DIR …] \\
        --exam-photos DIR --looks DIR --steps 400 --seeds 3

Every variant starts from the first stage of ``--run`` (its ``pretraining.pt``; the photos must be
those it was trained on) and trains the second stage for ``--steps``, once for each seed; then every
n-th look of the validation third is recovered from 8 references, zero-shot, and every n-th of those
adapted, too.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch

from looksmith.base import VARIABLE
from looksmith.cli.training import training_photos
from looksmith.evaluation.intervals import with_interval
from looksmith.evaluation.look_recovery import ADAPTED, ZERO_SHOT, Exam, Result, results
from looksmith.networks.model import LookNetworks
from looksmith.training.adversarial import AdversarialTraining
from looksmith.training.data import PhotoBank
from looksmith.training.expectation import learn_expectation
from looksmith.training.pretraining import Pretraining
from looksmith.training.settings import BaseSettings, LossWeights, PretrainingSettings
from looksmith.training.trainer import make_fabric

WHOLE = "whole"
VARIANTS = {
    WHOLE: LossWeights(),
    "without discriminator": LossWeights(adversarial=0.0),
    "without style loss": LossWeights(beta=0.0),
}
Figures = dict[tuple[str, str, str], float]  # by collection, look and method


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--photos", action="append", required=True)
    parser.add_argument("--plain", action="append", help="as in training")
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--exam-photos", type=Path, action="append", required=True)
    parser.add_argument("--looks", type=Path, required=True)
    parser.add_argument("--every", type=int, default=3, help="take every n-th look")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--content-size", type=int, default=BaseSettings().content_size)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    paths = training_photos(args.photos, args.exclude)
    plain = training_photos(args.plain, args.exclude) if args.plain else []
    networks, bank = first_stage(args.run, paths, plain, args.content_size)
    figures = {}
    for name, losses in VARIANTS.items():
        found: list[Result] = []
        for seed in range(args.seeds):
            settings = BaseSettings(
                steps=args.steps, seed=seed, content_size=args.content_size, losses=losses
            )
            folder = args.run / f"ablation {name} {seed}"
            os.environ[VARIABLE] = str(second_stage(networks, bank, settings, folder))
            found += results(exam(args, seed))
        figures[name] = mean_of_seeds(found)
    print_tables(figures)


def first_stage(
    run: Path, paths: Sequence[Path], plain: Sequence[Path], content_size: int
) -> tuple[LookNetworks, PhotoBank]:
    """What a run's first stage made of its networks, and the photos it was trained on, read as it
    read them.

    Raises:
        LooksmithError: the run was of other photos.
    """
    key = torch.load(run / "pretraining.pt", map_location="cpu", weights_only=True)["key"]
    settings, fabric = PretrainingSettings(**key["settings"]), make_fabric()
    bank = PhotoBank.load(paths, settings.seed, content_size, plain=plain).to(fabric.device)
    stage = Pretraining(LookNetworks(), bank, settings, run, fabric)
    stage.load_checkpoint()
    networks = stage.result()
    return networks, learn_expectation(networks.style_encoder, bank)


def second_stage(
    networks: LookNetworks, bank: PhotoBank, settings: BaseSettings, folder: Path
) -> Path:
    """Train a variant; returns the weights file."""
    stage = AdversarialTraining(deepcopy(networks), bank, settings, folder, make_fabric())
    stage.run()
    return stage.save_weights()


def exam(args: argparse.Namespace, seed: int) -> Exam:
    return Exam(
        args.exam_photos,
        args.looks,
        references=[8],
        validation=True,
        adapted=args.every,
        seeds=[seed],
        every=args.every,
        peers=False,
    )


def mean_of_seeds(found: Iterable[Result]) -> Figures:
    """ΔE2000 of each look and method, mean over the seeds."""
    values: dict[tuple[str, str, str], list[float]] = {}
    for r in found:
        key = (r.look.collection, r.look.name, r.method)
        values.setdefault(key, []).append(r.figures.delta_e)
    return {key: float(np.mean(of_seeds)) for key, of_seeds in values.items()}


def print_tables(figures: dict[str, Figures]) -> None:
    for method in (ZERO_SHOT, ADAPTED):
        print(f"\n| {method} | ΔE2000 (95 % over looks) | behind the whole |\n| --- | --- | --- |")
        whole = {key: value for key, value in figures[WHOLE].items() if key[2] == method}
        for name, found in figures.items():
            values, behind = [found[k] for k in whole], [found[k] - whole[k] for k in whole]
            print(f"| {name} | {with_interval(values)} | {with_interval(behind, '+')} |")


if __name__ == "__main__":
    main()
