"""Second stage of training: many photos × random looks, adversarial and with known truth.

It starts from networks that can read a look (``pretraining.py``). One step alternates: style
encoder and generator learn to transfer the look, whose true result is known, and to pass the
discriminator; then the discriminator learns (photo, look) pairs from generated and mismatched ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from looksmith import losses
from looksmith.base import save_base
from looksmith.grading import apply_lut
from looksmith.networks.discriminator import Discriminator
from looksmith.networks.model import CONDITION_SIZE, LookNetworks, condition_of
from looksmith.networks.perceptual import VGG
from looksmith.networks.style_encoder import REFERENCE_SIZE, Style
from looksmith.rendering import WORKING_SIZE, Rendering, render
from looksmith.training.augment import augment, crop
from looksmith.training.data import Batch, PhotoBank, draw_batch
from looksmith.training.pretraining import is_pretrained
from looksmith.training.settings import BaseSettings
from looksmith.training.trainer import Losses, Plan, Trainer


class GeneratorLosses(nn.Module):
    """What style encoder and generator are taught: ``forward`` gives the loss, its parts by name,
    and what the discriminator is to see."""

    def __init__(
        self, networks: LookNetworks, discriminator: Discriminator, settings: BaseSettings
    ) -> None:
        super().__init__()
        self.networks, self.settings = networks, settings
        self.vgg = VGG(("relu1_2", "relu2_2"))
        self._discriminator = (discriminator,)  # in a tuple: no part of this module

    def forward(
        self, batch: Batch, seed: int, perceptual: bool
    ) -> tuple[Tensor, Losses, Tensor, Tensor]:
        weights, networks = self.settings.losses, self.networks
        style = networks.style_encoder(batch.references, batch.expected)
        working = F.interpolate(batch.content, (WORKING_SIZE, WORKING_SIZE), mode="area")
        grade = networks.generator.predict(working, style)
        assert grade.lut is not None
        generated = render(batch.content, Rendering((grade,)))
        parts = {
            "reconstruction": losses.reconstruction_loss(generated, batch.truth),
            "global look": losses.reconstruction_loss(
                apply_lut(batch.samples, grade.lut), batch.samples_truth, batch.pointwise
            ),
        }
        total = weights.reconstruction * (parts["reconstruction"] + parts["global look"])
        condition = self._condition(style)
        fake = generated.clamp(0, 1)
        if weights.adversarial > 0:
            with frozen(self._discriminator[0]) as discriminator:
                shown = augment(crop(fake, self.settings.crop, seed), seed)
                parts["adversarial"] = losses.generator_loss(discriminator(shown, condition))
            total = total + weights.adversarial * parts["adversarial"]
        if perceptual:
            parts |= self._perceptual(batch, fake)
            scale = self.settings.perceptual_every
            total = total + scale * weights.alpha * parts["content"]
            total = total + scale * weights.beta * (parts["style"] + parts["style code"])
        detached = {name: value.detach() for name, value in parts.items()}
        return total, detached, fake.detach(), condition

    def _condition(self, style: Style) -> Tensor:
        user = self.networks.generator.user(len(style.code))
        return condition_of(style, user).detach()

    def _perceptual(self, batch: Batch, fake: Tensor) -> Losses:
        few = slice(0, self.settings.perceptual_looks)
        photos = (fake[few], batch.truth[few], batch.content[few])
        small = [F.interpolate(x, (REFERENCE_SIZE, REFERENCE_SIZE), mode="area") for x in photos]
        features = [self.vgg(x) for x in small]
        again, alone = (self.networks.style_encoder(x.unsqueeze(1)).code for x in small[:2])
        return {
            "content": losses.content_loss(features[0], features[2]),
            "style": losses.style_loss(features[0], features[1]),
            "style code": losses.code_distance(again, alone),
        }


class DiscriminatorLosses(nn.Module):
    """What the discriminator is taught: which pairs of photo and look are real."""

    def __init__(self, discriminator: Discriminator, settings: BaseSettings) -> None:
        super().__init__()
        self.discriminator, self.settings = discriminator, settings

    def forward(
        self, real: Tensor, fake: Tensor, condition: Tensor, seed: int, penalise: bool
    ) -> tuple[Tensor, Losses]:
        size = self.settings.crop
        real, fake = (augment(crop(x, size, seed), seed) for x in (real, fake))
        on_real = self.discriminator(real, condition)
        on_fake = self.discriminator(fake, condition)
        # A real photo with another feed's code is wrong, too (Reed et al. 2016).
        on_other = self.discriminator(real, condition.roll(1, 0))
        loss = 0.5 * losses.discriminator_loss(on_real, on_fake)
        loss = loss + 0.5 * losses.discriminator_loss(on_real, on_other)
        parts = {"discriminator": loss.detach()}
        if penalise:
            weights, every = self.settings.losses, self.settings.r1_every
            patches, statistics = self._r1(real, condition)
            penalty = weights.r1_patches * patches + weights.r1 * statistics
            loss = loss + 0.5 * every * penalty
            parts |= {"r1 patches": patches.detach(), "r1 statistics": statistics.detach()}
        return loss, parts

    def _r1(self, real: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """On pixels for the patches; on statistics for the statistics discriminator, since the
        steep way from pixels to statistics would otherwise drown everything."""
        whole = self.discriminator
        measured = whole.statistics.measure(real[..., ::2, ::2])
        return (
            losses.r1_penalty(lambda x: whole.patches(x, condition), real),
            losses.r1_penalty(lambda x: [whole.statistics.logits(x, condition)], measured),
        )


class AdversarialTraining(Trainer):
    """Trains networks and discriminator, each on what the other does."""

    def __init__(
        self,
        networks: LookNetworks,
        bank: PhotoBank,
        settings: BaseSettings,
        folder: Path,
        fabric: Fabric,
    ) -> None:
        self.bank, self.settings = bank, settings
        plan = Plan(
            steps=settings.steps,
            warmup=settings.warmup,
            ema=settings.ema,
            seed=settings.seed,
            key={"photos": bank.digest, "settings": settings.model_dump()},
            checkpoint_minutes=settings.checkpoint_minutes,
        )
        super().__init__("adversarial", networks, plan, folder, fabric)
        self.discriminator = _new_discriminator(networks, settings.seed).to(fabric.device)
        self.add_player(
            "generator",
            GeneratorLosses(networks, self.discriminator, settings),
            torch.optim.AdamW(_groups(networks, settings), betas=(0.9, 0.99), weight_decay=1e-3),
        )
        self.add_player(
            "discriminator",
            DiscriminatorLosses(self.discriminator, settings),
            torch.optim.Adam(
                self.discriminator.parameters(), settings.discriminator_rate, betas=(0.0, 0.99)
            ),
            max_norm=None,
        )
        self._writer: SummaryWriter | None = None

    def train_step(self, batch: Batch) -> Losses:
        """One alternation."""
        s, seed = self.settings, self.seed_of(self.step, 1)
        perceptual = self.step % s.perceptual_every == 0 and s.losses.alpha + s.losses.beta > 0
        parts, fake, condition = self.update("generator", batch, seed, perceptual)
        if s.losses.adversarial > 0:
            penalise = self.step % s.r1_every == 0
            (more,) = self.update("discriminator", batch.real, fake, condition, seed + 1, penalise)
            parts |= more
        return dict(parts)

    def batches(self, first: int) -> Iterator[Batch]:
        """Drawn one ahead, on another thread."""
        with ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self._draw, first)
            for step in range(first + 1, self.plan.steps + 1):
                batch = coming.result()
                coming = ahead.submit(self._draw, step)
                yield batch

    def _draw(self, step: int) -> Batch:
        s = self.settings
        looks, seed = self.share_of(s.looks), self.seed_of(step, 3)
        batch = draw_batch(self.bank, looks, s.max_references, s.pixel_samples, seed)
        moved: Batch = self.fabric.to_device(batch)
        return moved

    def report(self, read: dict[str, float], batch: Batch) -> None:
        """Losses for TensorBoard, and a sheet of content, result, truth."""
        if not self.fabric.is_global_zero:
            return
        self._writer = self._writer or SummaryWriter(str(self.folder))
        for name, value in read.items():
            self._writer.add_scalar(name, value, self.step)
        if self.step % 500 == 0:
            self._writer.add_image("content, result, truth", self._sheet(batch), self.step)
        self._writer.flush()

    @torch.no_grad()
    def _sheet(self, batch: Batch) -> Tensor:
        result = self.averaged(batch.content[:6], batch.references[:6], batch.expected[:6]).clamp(
            0, 1
        )
        rows = [torch.cat(tuple(x[:6]), dim=-1) for x in (batch.content, result, batch.truth)]
        return torch.cat(rows, dim=-2)

    def save_checkpoint(self) -> None:
        super().save_checkpoint()
        if self.fabric.is_global_zero:
            self.save_weights()

    def save_weights(self) -> Path:
        """Write the averaged networks and the statistics discriminator as a base."""
        path = self.folder / "base.safetensors"
        save_base(
            cast(LookNetworks, self.averaged.module),
            self.discriminator.statistics,
            path,
            self.card(),
        )
        return path

    def card(self) -> dict[str, object]:
        """What these weights are: data, steps, time, seed, settings."""
        return {
            "photos": len(self.bank),
            "photos_sha256": self.bank.digest,
            "steps": self.step,
            "minutes": round(self.seconds / 60, 1),
            "settings": self.settings.model_dump(),
        }


@contextmanager
def frozen(network: nn.Module) -> Iterator[nn.Module]:
    """Gradients pass through, none stay: it is another player's."""
    network.requires_grad_(False)
    try:
        yield network
    finally:
        network.requires_grad_(True)


def _new_discriminator(networks: LookNetworks, seed: int) -> Discriminator:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        discriminator = Discriminator(CONDITION_SIZE)
    encoder, statistics = networks.style_encoder, discriminator.statistics
    statistics.mean.copy_(encoder.ordinary_mean[: len(statistics.mean)])
    statistics.std.copy_(encoder.ordinary_std[: len(statistics.std)])
    return discriminator


def _groups(networks: LookNetworks, settings: BaseSettings) -> list[dict[str, Any]]:
    """What the first stage taught learns slowly on, so that small batches don't spoil it."""
    slow: list[Tensor] = []
    fast: list[Tensor] = []
    for name, parameter in networks.named_parameters():
        (slow if is_pretrained(name) else fast).append(parameter)
    return [
        {"params": slow, "lr": settings.pretrained_rate},
        {"params": fast, "lr": settings.generator_rate},
    ]
