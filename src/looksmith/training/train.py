"""Train the base on photos, both stages, or train a base on.

    looksmith train --photos DIR [--photos DIR …] --run runs/base   # resumes where it was stopped
    looksmith train --photos DIR --plain DIR --from base.safetensors --run runs/further

One loop runs on two cores or on GPUs (``--devices``); ``trainer.py`` has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor

from looksmith.base import Base, save_base
from looksmith.grading import identity_lut
from looksmith.networks.model import LookNetworks
from looksmith.rendering import LUT_SIZE
from looksmith.training.adversarial import AdversarialTraining
from looksmith.training.data import PhotoBank
from looksmith.training.expectation import learn_expectation
from looksmith.training.pretraining import Pretraining
from looksmith.training.random_looks import draw_looks
from looksmith.training.settings import BaseSettings, PretrainingSettings
from looksmith.training.trainer import make_fabric

Progress = Callable[[int, int, dict[str, float]], None]
Reading = Callable[[float], None]
_AT_ONCE = 50  # looks


def train_base(
    paths: Sequence[Path],
    folder: Path,
    settings: BaseSettings,
    devices: int = 1,
    progress: Progress = lambda *_: None,
    plain: Sequence[Path] = (),
    reading: Reading = lambda _: None,
) -> Path:
    """Train the base on photos, both stages; returns the weights file. Resumes from ``folder``.

    ``reading`` is told the share of photos that is read, ``progress`` the step, the number of steps
    and the losses.

    Raises:
        LooksmithError: ``folder`` holds a run of other photos or settings; training diverged.
        PhotoError: a photo can't be read.
    """
    fabric = make_fabric(devices)
    fabric.launch()
    bank = PhotoBank.load(paths, settings.seed, settings.content_size, reading, plain)
    bank = bank.to(fabric.device)
    return train_on(bank, folder, settings, fabric, progress)


def train_on(
    bank: PhotoBank,
    folder: Path,
    settings: BaseSettings,
    fabric: Fabric,
    progress: Progress = lambda *_: None,
) -> Path:
    """``train_base`` for photos that are read."""
    networks = new_networks(bank, settings)
    bank = learn_expectation(networks.style_encoder, bank)
    first = Pretraining(networks, bank, settings.pretraining, folder, fabric)
    total = first.plan.steps + settings.steps
    first.run(lambda step, losses: progress(step, total, losses))
    second = AdversarialTraining(first.result(), bank, settings, folder, fabric)
    second.run(lambda step, losses: progress(first.plan.steps + step, total, losses))
    return folder / "base.safetensors"


def train_further(
    base: Base,
    paths: Sequence[Path],
    plain: Sequence[Path],
    folder: Path,
    settings: PretrainingSettings,
    devices: int = 1,
    progress: Progress = lambda *_: None,
    reading: Reading = lambda _: None,
) -> Path:
    """Train a base's first stage on; returns the weights file. Resumes from ``folder``.

    Half of the feeds are of ``plain`` photos alone. What the base takes for ordinary stays: looks
    are differences to that, and the second stage's work rests on it. What is expected of subjects
    is fitted again, on these photos.

    Raises:
        LooksmithError: ``folder`` holds a run of other photos or settings; training diverged.
        PhotoError: a photo can't be read.
    """
    fabric = make_fabric(devices)
    fabric.launch()
    bank = PhotoBank.load(paths, settings.seed, progress=reading, plain=plain).to(fabric.device)
    networks = deepcopy(base.networks).train().requires_grad_(True)
    bank = learn_expectation(networks.style_encoder, bank)
    stage = Pretraining(networks, bank, settings, folder, fabric)
    stage.run(lambda step, losses: progress(step, stage.plan.steps, losses))
    path = folder / "base.safetensors"
    card = {
        "from": base.identity,
        "photos": len(bank),
        "plain": len(plain),
        "photos_sha256": bank.digest,
        "steps": stage.step,
        "minutes": round(stage.seconds / 60, 1),
        "settings": settings.model_dump(),
        "before": base.card,
    }
    save_base(stage.result().eval(), base.discriminator, path, card)
    return path


def new_networks(bank: PhotoBank, settings: BaseSettings) -> LookNetworks:
    """Random weights, and what is measured rather than trained: ordinary statistics and the basis
    of looks."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        networks = LookNetworks()
    generator = torch.Generator().manual_seed(settings.seed)
    photos = bank.draw_references(1, min(1024, len(bank)), generator)[0]
    networks.style_encoder.learn_ordinary(photos.cpu())
    basis = networks.generator.tone.lut_basis
    basis.copy_(principal_looks(len(basis), settings.seed, settings.basis_looks))
    return networks


def principal_looks(count: int, seed: int, draws: int) -> Tensor:
    """Principal components of random looks as LUT displacements, ``(count, 3, 17, 17, 17)``,
    scaled by the square root of their standard deviations."""
    generator = torch.Generator().manual_seed(seed)
    lattice = identity_lut(LUT_SIZE)
    flat = lattice.view(1, 3, 1, -1)
    blocks = []
    for start in range(0, draws, _AT_ONCE):
        looks = draw_looks(min(_AT_ONCE, draws - start), generator)
        blocks.append((looks.pointwise(flat.expand(len(looks), -1, -1, -1)) - flat).flatten(1))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _, values, components = torch.pca_lowrank(torch.cat(blocks), q=count, center=False, niter=4)
    deviation = values / draws**0.5
    return (components * deviation.clamp(max=4.0).sqrt()).T.reshape(count, *lattice.shape)
