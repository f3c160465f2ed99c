"""Second stage of training: many photos × random looks, adversarial and with known truth.

    looksmith train --photos DIR [--photos DIR …] --run runs/base   # resumes where it was stopped

It starts from networks that can read a look (``reading.py``). One step alternates: the
discriminator learns (photo, look) pairs from generated and mismatched ones; then style encoder and
generator learn to transfer the look, whose true result is known.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from lightning_fabric import Fabric
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from looksmith import losses
from looksmith.base import save_base
from looksmith.grading import apply_lut, identity_lut
from looksmith.networks.discriminator import Discriminator
from looksmith.networks.model import (
    CONDITION_SIZE,
    LookNetworks,
    condition_of,
)
from looksmith.networks.perceptual import VGG
from looksmith.networks.style_encoder import Style
from looksmith.rendering import LUT_SIZE, Rendering, render
from looksmith.training.augment import augment
from looksmith.training.checkpoint import load_state, save_state
from looksmith.training.data import Batch, PhotoBank, draw_batch
from looksmith.training.random_looks import draw_looks
from looksmith.training.reading import ReadingTraining
from looksmith.training.schedule import average_into, rate_scale
from looksmith.training.settings import BaseSettings

CROP = 96  # the discriminator sees random crops of this size
_AT_ONCE = 50  # looks


class BaseTraining:
    """The networks, their optimisers and the step; ``run`` goes on from the last checkpoint."""

    def __init__(
        self,
        networks: LookNetworks,
        bank: PhotoBank,
        settings: BaseSettings,
        folder: Path,
        fabric: Fabric,
    ) -> None:
        self.bank, self.settings, self.folder, self.fabric = bank, settings, folder, fabric
        discriminator = Discriminator(CONDITION_SIZE)
        encoder = networks.style_encoder
        judge = discriminator.statistics
        judge.mean.copy_(encoder.ordinary_mean[: len(judge.mean)])
        judge.std.copy_(encoder.ordinary_std[: len(judge.std)])
        self.averaged = deepcopy(networks).eval().requires_grad_(False).to(fabric.device)
        self.vgg = VGG(("relu1_2", "relu2_2")).to(fabric.device)
        generator_optimizer = torch.optim.AdamW(
            _groups(networks, settings), betas=(0.9, 0.99), weight_decay=1e-3
        )
        discriminator_optimizer = torch.optim.Adam(
            discriminator.parameters(), settings.discriminator_rate, betas=(0.0, 0.99)
        )
        self.networks, self.generator_optimizer = fabric.setup(networks, generator_optimizer)
        self.discriminator, self.discriminator_optimizer = fabric.setup(
            discriminator, discriminator_optimizer
        )
        self.step, self.seconds = 0, 0.0

    # One step -----------------------------------------------------------------------------

    def train_step(self, batch: Batch) -> dict[str, float]:
        """One alternation; returns the named losses."""
        self._set_rates()
        rng = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        style, generated, samples = self._forward(batch)
        record: dict[str, Tensor] = {}
        if self.settings.losses.adversarial > 0:
            record |= self._discriminator_phase(batch, style, generated.detach(), rng)
        record |= self._generator_phase(batch, style, generated, samples, rng)
        average_into(self.averaged, self.networks.module, self.step, self.settings.ema)
        self.step += 1
        return {name: float(value) for name, value in record.items()}

    def _forward(self, batch: Batch) -> tuple[Style, Tensor, Tensor]:
        networks = self.networks.module
        style = networks.style_encoder(batch.references)
        grade = networks.generator.predict(batch.content, style)
        assert grade.lut is not None
        samples = apply_lut(batch.samples, grade.lut)
        return style, render(batch.content, Rendering((grade,))), samples

    def _condition(self, style: Style) -> Tensor:
        user = self.networks.module.generator.user(len(style.code))
        return condition_of(style, user).detach()

    def _crop(self, *photos: Tensor, rng: torch.Generator) -> list[Tensor]:
        top, left = torch.randint(0, photos[0].shape[-1] - CROP + 1, (2,), generator=rng).tolist()
        return [photo[..., top : top + CROP, left : left + CROP] for photo in photos]

    def _discriminator_phase(
        self, batch: Batch, style: Style, generated: Tensor, rng: torch.Generator
    ) -> dict[str, Tensor]:
        weights, condition = self.settings.losses, self._condition(style)
        real, fake = self._crop(batch.real, generated.clamp(0, 1), rng=rng)
        real, fake = augment(real, rng), augment(fake, rng)
        on_real = self.discriminator(real, condition)
        on_fake = self.discriminator(fake, condition)
        # A real photo with another feed's code is wrong, too (Reed et al. 2016).
        on_other = self.discriminator(real, condition.roll(1, 0))
        loss = 0.5 * losses.discriminator_loss(on_real, on_fake)
        loss = loss + 0.5 * losses.discriminator_loss(on_real, on_other)
        record = {"discriminator": loss.detach()}
        if self.step % self.settings.r1_every == 0:
            penalty = self._r1(real, condition)
            loss = loss + weights.r1 * 0.5 * self.settings.r1_every * penalty
            record["r1"] = penalty.detach()
        self.discriminator_optimizer.zero_grad()
        self.fabric.backward(loss)
        self.discriminator_optimizer.step()
        return record

    def _r1(self, real: Tensor, condition: Tensor) -> Tensor:
        """On pixels for the patches; on statistics for their judge, whose steep way from pixels
        to statistics would otherwise drown everything."""
        discriminator = self.discriminator.module
        judge = discriminator.statistics
        measured = judge.measure(real[..., ::2, ::2])
        return losses.r1_penalty(
            lambda x: discriminator.patches(x, condition), real
        ) + losses.r1_penalty(lambda x: [judge.judge(x, condition)], measured)

    def _generator_phase(
        self, batch: Batch, style: Style, generated: Tensor, samples: Tensor, rng: torch.Generator
    ) -> dict[str, Tensor]:
        weights = self.settings.losses
        record = {
            "reconstruction": losses.reconstruction_loss(generated, batch.truth),
            "global look": _samples_loss(samples, batch),
        }
        total = weights.reconstruction * (record["reconstruction"] + record["global look"])
        if weights.adversarial > 0:
            (fake,) = self._crop(generated.clamp(0, 1), rng=rng)
            self.discriminator.requires_grad_(False)
            record["adversarial"] = losses.generator_loss(
                self.discriminator(augment(fake, rng), self._condition(style))
            )
            self.discriminator.requires_grad_(True)
            total = total + weights.adversarial * record["adversarial"]
        if self.step % self.settings.perceptual_every == 0:
            record |= self._perceptual_losses(batch, style, generated)
            scale = self.settings.perceptual_every
            total = total + scale * weights.alpha * record["content"]
            total = total + scale * weights.beta * (record["style"] + record["style code"])
        self.generator_optimizer.zero_grad()
        self.fabric.backward(total)
        self.fabric.clip_gradients(self.networks, self.generator_optimizer, max_norm=20.0)
        self.generator_optimizer.step()
        return {name: value.detach() for name, value in record.items()}

    def _perceptual_losses(
        self, batch: Batch, style: Style, generated: Tensor
    ) -> dict[str, Tensor]:
        if self.settings.losses.alpha == 0 and self.settings.losses.beta == 0:
            zero = torch.zeros((), device=generated.device)
            return {"content": zero, "style": zero, "style code": zero}
        few = slice(0, self.settings.perceptual_looks)
        made = generated[few].clamp(0, 1)
        half = [F.avg_pool2d(x, 2) for x in (made, batch.truth[few], batch.content[few])]
        features = [self.vgg(x) for x in half]
        again = self.networks.module.style_encoder(half[0].unsqueeze(1)).code
        alone = self.networks.module.style_encoder(half[1].unsqueeze(1)).code
        return {
            "content": losses.content_loss(features[0], features[2]),
            "style": losses.style_loss(features[0], features[1]),
            "style code": losses.code_distance(again, alone),
        }

    def _set_rates(self) -> None:
        scale = rate_scale(self.step, self.settings.steps, self.settings.warmup)
        for group in self.generator_optimizer.param_groups:
            group["lr"] = group["full_rate"] * scale
        for group in self.discriminator_optimizer.param_groups:
            group["lr"] = self.settings.discriminator_rate * scale

    # The run ------------------------------------------------------------------------------

    def run(self, progress: Callable[[int, dict[str, float]], None] = lambda *_: None) -> Path:
        """Train to the last step, with checkpoints; returns the weights file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.load_checkpoint()
        writer = SummaryWriter(str(self.folder)) if self.fabric.is_global_zero else None
        started = saved = time.monotonic()
        before = self.seconds
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self._draw, self.step)
            while self.step < self.settings.steps:
                batch = coming.result()
                coming = ahead.submit(self._draw, self.step + 1)
                record = self.train_step(batch)
                self.seconds = before + time.monotonic() - started
                if writer and self.step % 20 == 0:
                    for name, value in record.items():
                        writer.add_scalar(name, value, self.step)
                if writer and self.step % 500 == 0:
                    writer.add_image("content, result, truth", self._sheet(batch), self.step)
                if time.monotonic() - saved > 60 * self.settings.checkpoint_minutes:
                    self.save_checkpoint()
                    saved = time.monotonic()
                progress(self.step, record)
        self.save_checkpoint()
        if writer:
            writer.close()
        return self.save_weights()

    def _draw(self, step: int) -> Batch:
        s = self.settings
        world = self.fabric.world_size
        seed = s.seed * 1_000_003 + step * world + self.fabric.global_rank
        batch = draw_batch(self.bank, s.looks // world, s.max_references, s.pixel_samples, seed)
        moved: Batch = self.fabric.to_device(batch)
        return moved

    @torch.no_grad()
    def _sheet(self, batch: Batch) -> Tensor:
        result = self.averaged(batch.content[:6], batch.references[:6]).clamp(0, 1)
        rows = [torch.cat(tuple(x[:6]), dim=-1) for x in (batch.content, result, batch.truth)]
        return torch.cat(rows, dim=-2)

    def save_weights(self) -> Path:
        path = self.folder / "base.safetensors"
        save_base(self.averaged, self.discriminator.module.statistics, path, self.card())
        return path

    def card(self) -> dict[str, object]:
        """What these weights are: data, steps, time, seed, settings."""
        digest = hashlib.sha256(self.bank.references.numpy().tobytes()).hexdigest()
        return {
            "photos": len(self.bank),
            "photos_sha256": digest,
            "steps": self.step,
            "minutes": round(self.seconds / 60, 1),
            "settings": self.settings.model_dump(),
        }

    def _state(self) -> dict[str, Any]:
        return {
            "networks": self.networks.module.state_dict(),
            "averaged": self.averaged.state_dict(),
            "discriminator": self.discriminator.module.state_dict(),
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "discriminator_optimizer": self.discriminator_optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
        }

    def save_checkpoint(self) -> None:
        """Write the whole state, renamed into place when whole."""
        if self.fabric.is_global_zero:
            save_state(self._state(), self.folder / "checkpoint.pt")
            self.save_weights()

    def load_checkpoint(self) -> None:
        """Go on from the last checkpoint, if there is one."""
        state = load_state(self.folder / "checkpoint.pt", self.fabric.device)
        if state is None:
            return
        self.networks.module.load_state_dict(state["networks"])
        self.averaged.load_state_dict(state["averaged"])
        self.discriminator.module.load_state_dict(state["discriminator"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]


def _groups(networks: LookNetworks, settings: BaseSettings) -> list[dict[str, Any]]:
    """What the first stage taught learns slowly on, so that small batches don't spoil it."""
    taught = ("per_photo", "together", "pool_score", "to_code", "to_lut")
    slow: list[Tensor] = []
    fast: list[Tensor] = []
    for name, parameter in networks.named_parameters():
        (slow if any(part in name.split(".") for part in taught) else fast).append(parameter)
    return [
        {"params": group, "lr": rate, "full_rate": rate}
        for group, rate in ((slow, settings.reading_rate), (fast, settings.generator_rate))
    ]


def _samples_loss(samples: Tensor, batch: Batch) -> Tensor:
    """Reconstruction of the pixel samples, over looks that a LUT can hold."""
    if not batch.pointwise.any():
        return samples.new_zeros(())
    return losses.reconstruction_loss(
        samples[batch.pointwise], batch.samples_truth[batch.pointwise]
    )


def _prepare(networks: LookNetworks, bank: PhotoBank, seed: int) -> None:
    """Set what is measured rather than trained: ordinary statistics and the basis of looks."""
    generator = torch.Generator().manual_seed(seed)
    photos = bank.draw_references(1, min(1024, len(bank)), generator)[0]
    networks.style_encoder.learn_ordinary(photos)
    basis = networks.generator.tone.lut_basis
    basis.copy_(principal_looks(len(basis), seed))


def principal_looks(count: int, seed: int, draws: int = 3000) -> Tensor:
    """Principal components of random looks as LUT displacements, ``(count, 3, 17, 17, 17)``,
    scaled by the square root of their standard deviations."""
    generator = torch.Generator().manual_seed(seed)
    lattice = identity_lut(LUT_SIZE)
    flat = lattice.view(1, 3, 1, -1).expand(_AT_ONCE, -1, -1, -1)
    shifts = torch.cat(
        [
            (draw_looks(_AT_ONCE, generator).pointwise(flat) - flat).flatten(1)
            for _ in range(draws // _AT_ONCE)
        ]
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _, values, components = torch.pca_lowrank(shifts, q=count, center=False, niter=4)
    deviation = values / draws**0.5
    return (components * deviation.clamp(max=4.0).sqrt()).T.reshape(count, *lattice.shape)


def train_base(
    paths: Sequence[Path],
    folder: Path,
    settings: BaseSettings,
    devices: int = 1,
    progress: Callable[[int, int, dict[str, float]], None] = lambda *_: None,
) -> Path:
    """Train the base on photos, both stages; returns the weights file. Resumes from ``folder``.

    ``progress`` is told the step, the number of steps and the losses.
    """
    fabric = Fabric(devices=devices)
    fabric.launch()
    folder.mkdir(parents=True, exist_ok=True)
    bank = PhotoBank.load(paths, settings.seed)
    torch.manual_seed(settings.seed)
    networks = LookNetworks()
    _prepare(networks, bank, settings.seed)
    reading = settings.reading
    networks = ReadingTraining(networks, bank, reading, folder, fabric).run(
        lambda done, losses: progress(done, reading.rounds + settings.steps, losses)
    )
    training = BaseTraining(networks, bank, settings, folder, fabric)
    return training.run(
        lambda step, losses: progress(
            reading.rounds + step, reading.rounds + settings.steps, losses
        )
    )
