"""Adversarial adaptation of a look to its feed.

The generator's global look, applied to the palettes of ordinary photos, is the fake; the feed's
photos are the real. Discriminator and look learn in turn, beside a style loss on mean colour
statistics and a pull back to the zero-shot look. Folds held back in turn say for how many steps
this helps, if at all; what they say is noisy, so a look may end a little worse on photos it has
not seen than it began (docs/benchmarks.md says how often).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from looksmith import losses
from looksmith.base import Base
from looksmith.feeds import Feed
from looksmith.grading import apply_lut
from looksmith.networks.model import LookNetworks, condition_of
from looksmith.networks.style_encoder import PALETTE_SIZE, Readings, Style
from looksmith.training.settings import AdaptSettings

_GROUP = 32  # photos that are encoded together
_VIEWS = 4  # of each photo, for the discriminator


@dataclass
class Evidence:
    """What held-back photos say: distance of the look to them before and after each check."""

    curves: list[list[float]] = field(default_factory=list)
    """One curve a fold; the first entry is the zero-shot look's."""

    def best(self) -> tuple[int, float, float]:
        """The check with the least mean distance, and the mean distance before and after; check 0
        (keep the zero-shot look) where the gain is within its standard error over the folds, and
        where one fold says nothing of it."""
        curves = torch.tensor(self.curves)
        means = curves.mean(0)
        check = int(means.argmin())
        gains = curves[:, 0] - curves[:, check]
        if len(gains) < 2 or gains.mean() <= gains.std() / len(gains) ** 0.5:
            check = 0
        return check, float(means[0]), float(means[check])


class Adaptation:
    """One adversarial run on some photos of a feed, from their zero-shot style."""

    def __init__(
        self,
        base: Base,
        photos: Tensor,
        readings: Readings,
        settings: AdaptSettings,
        seed: int,
    ) -> None:
        """``photos`` are ``(K, 3, 64, 64)`` sRGB, ``readings`` what the style encoder reads of
        them."""
        networks = base.networks
        self.networks, self.settings = networks, settings
        self.discriminator = deepcopy(base.discriminator).requires_grad_(True)
        self.generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            self.zero_shot = style_of(networks, readings)
            self.real = self._real(photos)
            self.target = self.real.mean(0)
        user = networks.generator.user(1)
        self.condition = condition_of(self.zero_shot, user).detach()
        self.palettes = base.ordinary_palettes.unsqueeze(2)  # (N, 3, 1, P)
        self.offset = torch.zeros_like(self.zero_shot.code, requires_grad=True)
        self.correction = torch.zeros(1, len(networks.generator.tone.lut_basis), requires_grad=True)
        self.look_optimizer = torch.optim.Adam(
            [
                {"params": [self.offset], "lr": settings.code_rate},
                {"params": [self.correction], "lr": settings.correction_rate},
            ],
            betas=(0.5, 0.99),
        )
        self.discriminator_optimizer = torch.optim.Adam(
            self.discriminator.parameters(), settings.discriminator_rate, betas=(0.0, 0.99)
        )

    def style(self) -> Style:
        """The style as adapted so far."""
        return replace(
            self.zero_shot, code=self.zero_shot.code + self.offset, correction=self.correction
        )

    def step(self) -> None:
        """One alternation of discriminator and look."""
        s = self.settings
        picks = torch.randint(0, len(self.palettes), (s.palettes,), generator=self.generator)
        fake = self.discriminator.measure(self._render(self.palettes[picks]))  # (P, C)
        condition = self.condition.expand(len(fake), -1)
        style = (fake.mean(0) - self.target).square().mean()
        near = self.offset.square().mean() + self.correction.square().mean()
        loss = s.beta * style + s.proximity * near
        if s.adversarial > 0:
            self._discriminator_step(fake.detach(), condition)
            self.discriminator.requires_grad_(False)
            loss = loss + s.adversarial * losses.generator_loss(
                [self.discriminator.logits(fake, condition)]
            )
            self.discriminator.requires_grad_(True)
        self.look_optimizer.zero_grad()
        loss.backward()
        self.look_optimizer.step()

    def _discriminator_step(self, fake: Tensor, condition: Tensor) -> None:
        picks = torch.randint(0, len(self.real), (len(fake),), generator=self.generator)
        real = self.real[picks]
        loss = losses.discriminator_loss(
            [self.discriminator.logits(real, condition)],
            [self.discriminator.logits(fake, condition)],
        )
        penalty = losses.r1_penalty(lambda x: [self.discriminator.logits(x, condition)], real)
        self.discriminator_optimizer.zero_grad()
        (loss + self.settings.r1 * penalty).backward()
        self.discriminator_optimizer.step()

    def _render(self, palettes: Tensor) -> Tensor:
        user = self.networks.generator.user(1)
        lut = self.networks.generator.tone.global_look(self.style(), user)
        return apply_lut(palettes, lut.expand(len(palettes), -1, -1, -1, -1)).clamp(0, 1)

    def _real(self, photos: Tensor) -> Tensor:
        """Statistics of random colours of the feed's photos, ``(4 · K, C)``."""
        pixels = photos.flatten(2)
        seen = []
        for _ in range(_VIEWS):
            chosen = torch.randperm(pixels.shape[-1], generator=self.generator)[: 4 * PALETTE_SIZE]
            seen.append(self.discriminator.measure(pixels[..., chosen].unsqueeze(2)))
        return torch.cat(seen)

    @torch.no_grad()
    def distance(self, held_back: Tensor) -> float:
        """Mean squared distance of held-back photos' statistics to the mean of the rendered
        ordinary photos: a proper score, least in expectation for the true look."""
        made = self.discriminator.measure(self._render(self.palettes)).mean(0)
        return float((self.discriminator.measure(held_back[..., ::2, ::2]) - made).square().mean())


def encode_feed(networks: LookNetworks, feed: Feed) -> Style:
    """The zero-shot style of any number of photos."""
    return style_of(networks, read_photos(networks, feed))


@torch.no_grad()
def read_photos(networks: LookNetworks, feed: Feed) -> Readings:
    """What the style encoder reads of each photo of a feed."""
    encoder, expected = networks.style_encoder, None
    if feed.subjects is not None:
        expected = encoder.expectation(feed.subjects).unsqueeze(0)
    return encoder.read(feed.references.unsqueeze(0), expected)


@torch.no_grad()
def style_of(networks: LookNetworks, readings: Readings) -> Style:
    """The zero-shot style of photos that are read.

    Of more than 32, codes are averaged over spread-out groups, since the encoder saw small feeds in
    training; the transport map is always that to all photos.
    """
    encoder, groups = networks.style_encoder, -(-len(readings) // _GROUP)
    if groups == 1:
        return encoder.pool(readings)
    codes = [encoder.pool(readings.at(slice(n, None, groups))).code for n in range(groups)]
    code = torch.stack(codes).mean(0)
    return Style(code, encoder.transport(code, readings))


def gather_evidence(
    base: Base,
    feed: Feed,
    settings: AdaptSettings,
    seed: int,
    evidence: Evidence,
    progress: Callable[[float], None] = lambda _: None,
    deadline: float = float("inf"),
) -> None:
    """Run fold after fold, appending to ``evidence`` (which may hold folds already); one at least,
    however near the deadline is."""
    folds = min(settings.folds, len(feed))
    order = torch.randperm(len(feed), generator=torch.Generator().manual_seed(seed))
    readings = read_photos(base.networks, feed)
    for fold in range(len(evidence.curves), folds):
        if evidence.curves and time.monotonic() > deadline:
            break
        held_back = feed.references[order[fold::folds]]
        rest = torch.cat([order[o::folds] for o in range(folds) if o != fold])
        run = Adaptation(base, feed.references[rest], readings.at(rest), settings, seed + fold)
        curve = [run.distance(held_back)]
        for step in range(1, settings.steps + 1):
            run.step()
            if step % settings.check_every == 0:
                curve.append(run.distance(held_back))
            progress((fold + step / settings.steps) / (folds + 1))
        evidence.curves.append(curve)


def adapt(
    base: Base,
    feed: Feed,
    settings: AdaptSettings,
    seed: int,
    checks: int,
) -> Style:
    """Adapt on all photos for as many checks as the evidence asked for."""
    readings = read_photos(base.networks, feed)
    run = Adaptation(base, feed.references, readings, settings, seed)
    for _ in range(checks * settings.check_every):
        run.step()
    style = run.style()
    assert style.correction is not None
    return replace(style, code=style.code.detach(), correction=style.correction.detach())
