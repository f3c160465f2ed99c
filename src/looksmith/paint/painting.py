"""One picture in the making: its pixels are optimised, from coarse to fine.

L-BFGS without line search is quickest and on some pictures its steps grow until nothing is finite.
Then the scale goes on from the best picture so far in smaller steps, and at last by Adam.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from looksmith import losses
from looksmith.color import luma
from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.networks.perceptual import VGG, smallest_side
from looksmith.networks.statistics import mean_and_covariance, transport_map
from looksmith.paint.settings import PaintSettings
from looksmith.pixels import to_8_bit
from looksmith.texts import text

COARSEST = 128  # the first scale's longer side, unless the photo is too narrow for it
_SAVE_EVERY = 20.0  # seconds between states and previews
_PACES = (("lbfgs", 1.0), ("lbfgs", 0.2), ("adam", 0.02), ("adam", 0.004))  # optimiser, step size
_ASTRAY = 10.0  # a loss so many times the least so far is on its way to infinity


def scales(longest: int, shortest: int, least: int, steps: int) -> list[tuple[int, int]]:
    """Longer sides from coarse to fine, each twice the one before, with their steps.

    Each scale gets half the steps of the one before, since a step costs four times as much; none
    has a shorter side under ``least``.
    """
    sizes = [longest]
    while sizes[0] / 2 >= COARSEST and shortest * sizes[0] / longest / 2 >= least:
        sizes.insert(0, math.ceil(sizes[0] / 2))
    parts = [2.0**-index for index in range(len(sizes))]
    counts = [max(1, round(steps * part / sum(parts))) for part in parts]
    return list(zip(sizes, counts, strict=True))


class _Diverged(Exception):
    """The loss is not finite, or far above what it was."""


class Painting:
    """One picture in the making."""

    def __init__(
        self,
        content: Tensor,
        styles: Sequence[Tensor],
        shares: Sequence[float],
        mask: Tensor | None,
        settings: PaintSettings,
        state: Path | None,
    ) -> None:
        self.content, self.mask, self.shares = content, mask, shares
        self.settings, self.state = settings, state
        least = smallest_side(settings.layers)
        height, width = content.shape[-2:]
        if min(height, width) < least:
            raise LooksmithError(
                text("paint.narrow", width=width, height=height, least=least, size=settings.size)
            )
        self.styles = [_recoloured(s, content) if settings.keep_colours else s for s in styles]
        self.vgg = VGG(settings.layers, settings.network, settings.weights)
        self.plan = scales(max(height, width), min(height, width), least, settings.steps)
        self.paces = [p for p in _PACES if settings.optimizer in ("lbfgs", p[0])]
        generator = torch.Generator().manual_seed(settings.seed)
        noise = torch.rand(content.shape, generator=generator)
        self.image = noise if settings.start == "noise" else content
        self.scale, self.step, self.pace = 0, 0, 0
        self._resume()

    def run(
        self,
        progress: Callable[[float, dict[str, float]], None],
        preview: Callable[[Image.Image], None],
    ) -> Image.Image:
        """Paint to the end; an interrupt keeps the state.

        Raises:
            LooksmithError: no step is possible, since a weight is too large.
        """
        total, saved = sum(count for _, count in self.plan), time.monotonic()
        try:
            while self.scale < len(self.plan):
                done = sum(count for _, count in self.plan[: self.scale])
                for record in self._paint_scale():
                    progress((done + self.step) / total, record)
                    if time.monotonic() - saved > _SAVE_EVERY:
                        self._save()
                        preview(self._picture())
                        saved = time.monotonic()
                self.scale, self.step, self.pace = self.scale + 1, 0, 0
        except KeyboardInterrupt:
            self._save()
            raise
        if self.state is not None:
            self.state.unlink(missing_ok=True)
        return self._picture()

    def _paint_scale(self) -> Iterator[dict[str, float]]:
        """Optimise at the current scale; yields the losses of each step."""
        longest, count = self.plan[self.scale]
        aim = _Aim(self, longest)
        self.image = _resized(self.image, longest).contiguous()
        start = least = aim.total(self.image)
        while self.step < count and self.pace < len(self.paces):
            best = _Best(self.image)
            try:
                yield from self._descend(aim, best, count)
                best.see(aim.total(self.image), self.image)  # the last step's is not judged yet
            except _Diverged:
                self.image, least = best.image, best.least
                self.pace += 1
        if self.scale == 0 and self.pace == len(self.paces) and not least < start:
            self._refuse()

    def _descend(self, aim: _Aim, best: _Best, count: int) -> Iterator[dict[str, float]]:
        """Steps at the current pace until the scale is done.

        Raises:
            _Diverged: ``best`` holds the picture to go on from.
        """
        image = self.image.clone().requires_grad_(True)
        optimizer = _optimizer(image, *self.paces[self.pace])
        record: dict[str, float] = {}

        def closure() -> float:
            optimizer.zero_grad()
            terms = aim.terms(image)
            total = aim.weighted(terms)
            best.see(float(total.detach()), image)
            record.update({name: float(value.detach()) for name, value in terms.items()})
            total.backward()
            return float(total.detach())

        while self.step < count:
            optimizer.step(closure)
            self.step += 1
            self.image = image.detach()
            yield record

    def _refuse(self) -> NoReturn:
        """No pace leads anywhere: name the term that weighs most."""
        weights = {name: getattr(self.settings, name) for name in ("content", "style", "variation")}
        name = max(weights, key=lambda term: weights[term])
        raise LooksmithError(
            text("paint.not_finite", name=name, step=self.step + 1, weight=weights[name])
        )

    def _picture(self) -> Image.Image:
        """The picture as it is: composited by the mask, its colours restored."""
        longest = max(self.content.shape[-2:])
        made = _resized(self.image, longest).clamp(0, 1)
        if self.settings.keep_colours:
            made = (self.content + luma(made) - luma(self.content)).clamp(0, 1)
        if self.mask is not None:
            made = self.mask * made + (1 - self.mask) * self.content
        return Image.fromarray(to_8_bit(made[0].permute(1, 2, 0).contiguous().numpy()))

    # The state ----------------------------------------------------------------------------

    def _key(self) -> str:
        digest = hashlib.sha256(self.settings.model_dump_json().encode())
        masks = () if self.mask is None else (self.mask,)
        for tensor in (self.content, *self.styles, *masks):
            digest.update(tensor.numpy().tobytes())
        digest.update(json.dumps(list(self.shares)).encode())
        return digest.hexdigest()

    def _save(self) -> None:
        if self.state is None:
            return
        about = {"key": self._key(), "scale": str(self.scale), "step": str(self.step)}
        about["pace"] = str(self.pace)
        with whole_file(self.state) as part:
            save_file({"image": self.image.contiguous()}, part, about)

    def _resume(self) -> None:
        if self.state is None or not self.state.is_file():
            return
        try:
            with safe_open(self.state, framework="pt") as opened:
                about, image = opened.metadata() or {}, opened.get_tensor("image")
        except (SafetensorError, OSError):
            return
        if about.get("key") == self._key():
            self.image = image
            self.scale, self.step = int(about["scale"]), int(about["step"])
            self.pace = int(about.get("pace", 0))


class _Aim:
    """What is wanted at one scale: the photo's features, the styles' Gram matrices."""

    def __init__(self, painting: Painting, longest: int) -> None:
        self.vgg, self.settings, self.shares = painting.vgg, painting.settings, painting.shares
        self.mask = None if painting.mask is None else _resized(painting.mask, longest)
        style_longest = max(32, round(longest * self.settings.style_scale))
        with torch.no_grad():
            self.wanted = self.vgg(_resized(painting.content, longest))
            self.targets = [
                {layer: losses.gram_matrix(maps) for layer, maps in self.vgg(style).items()}
                for style in (self._style_at(style, style_longest) for style in painting.styles)
            ]

    def terms(self, image: Tensor) -> dict[str, Tensor]:
        """The content, style and variation losses of ``(1, 3, H, W)``, unweighted."""
        features = self.vgg(image)
        layers = self.settings.style_layers
        styled = {layer: features[layer] for layer in layers}
        kept = {layer: features[layer] for layer in self.settings.content_layers}
        style = [
            share * losses.gram_loss(styled, target, layers, self.mask)
            for share, target in zip(self.shares, self.targets, strict=True)
        ]
        return {
            "content": losses.content_loss(kept, self.wanted),
            "style": torch.stack(style).sum(),
            "variation": losses.total_variation(image),
        }

    def weighted(self, terms: dict[str, Tensor]) -> Tensor:
        """α content + β style + weight of variation."""
        weights = self.settings
        return (
            weights.content * terms["content"]
            + weights.style * terms["style"]
            + weights.variation * terms["variation"]
        )

    @torch.no_grad()
    def total(self, image: Tensor) -> float:
        return float(self.weighted(self.terms(image)))

    def _style_at(self, style: Tensor, longest: int) -> Tensor:
        """A style picture at a scale; a narrow one is enlarged until the deepest layer has
        something to see, and cut to the length it would have had."""
        least = smallest_side(self.settings.layers)
        height, width = style.shape[-2:]
        needed = math.ceil(least * max(height, width) / min(height, width))
        whole = _resized(style, max(longest, needed))
        return whole[..., : max(longest, least), : max(longest, least)]


class _Best:
    """The picture with the least loss so far."""

    def __init__(self, image: Tensor) -> None:
        self.image, self.least = image, math.inf

    def see(self, total: float, image: Tensor) -> None:
        """Keep a picture that is better.

        Raises:
            _Diverged: it is far worse, or not finite.
        """
        if not math.isfinite(total) or total > _ASTRAY * self.least:
            raise _Diverged
        if total < self.least:
            self.image, self.least = image.detach().clone(), total


def _optimizer(image: Tensor, name: str, pace: float) -> torch.optim.Optimizer:
    if name == "adam":
        return torch.optim.Adam([image], lr=pace, betas=(0.9, 0.99))
    # One evaluation a step, without line search: the picture is the state, and may be saved.
    return torch.optim.LBFGS(
        [image], lr=pace, max_iter=1, history_size=20, tolerance_grad=0, tolerance_change=0
    )


def _resized(image: Tensor, longest: int) -> Tensor:
    """Resampled so that the longer side has ``longest`` pixels."""
    height, width = image.shape[-2:]
    if max(height, width) == longest:
        return image
    scale = longest / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return F.interpolate(image, size, mode="bicubic", antialias=True).clamp(0, 1)


def _recoloured(style: Tensor, content: Tensor) -> Tensor:
    """The style picture in the photo's colours, by linear transport of its colour distribution;
    in the end only luma is taken from what is painted. Both are of Gatys et al. 2017, "Controlling
    Perceptual Factors in Neural Style Transfer", section 5."""
    moments = [mean_and_covariance(x.flatten(2)) for x in (style, content)]
    affine = transport_map(*moments[0], *moments[1])
    moved = affine[:, :, :3] @ style.flatten(2) + affine[:, :, 3:]
    return moved.view_as(style).clamp(0, 1)
