"""Optimisation-based style transfer, the reference engine (Gatys, Ecker and Bethge, "Image Style
Transfer Using Convolutional Neural Networks", 2016).

    image = paint("photo.jpg", ["painting.jpg"], settings=PaintSettings(size=768))

The picture's own pixels are what is optimised, from coarse to fine, until their perceptual
features have the photo's structure and the paintings' Gram matrices. Where we differ from the
paper: content is compared after instance normalisation, so that colours may change; each layer's
style error is relative to the style's energy; it starts from the photo, not from noise.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from looksmith import losses
from looksmith.color import luma
from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.networks.perceptual import VGG, smallest_side
from looksmith.networks.statistics import mean_and_covariance, transport_map
from looksmith.photos import Photo, read_fitted, write_photo
from looksmith.pixels import to_8_bit
from looksmith.provenance import xmp_label
from looksmith.texts import text

Picture = str | Path | Image.Image | NDArray[np.uint8]
COARSEST = 128  # the first scale's longer side, unless the photo is too narrow for it
_SAVE_EVERY = 20.0  # seconds between states and previews


class PaintSettings(BaseModel):
    """How ``paint`` works; the defaults give a picture in under three minutes on two cores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(default=512, ge=32, description="longer side of the result, pixels")
    steps: int = Field(default=300, ge=1, description="over all scales")
    optimizer: Literal["lbfgs", "adam"] = "lbfgs"
    content: float = Field(default=1.0, ge=0, description="α, weight of the content loss")
    style: float = Field(default=5.0, ge=0, description="β, weight of the style loss")
    variation: float = Field(default=60.0, ge=0, description="weight of the total variation")
    content_layers: tuple[str, ...] = ("relu4_2",)
    style_layers: dict[str, float] = {
        "relu1_1": 1.0,
        "relu2_1": 1.0,
        "relu3_1": 1.0,
        "relu4_1": 1.0,
        "relu5_1": 1.0,
    }
    style_scale: float = Field(
        default=1.0, gt=0, description="size of the style picture relative to the result"
    )
    keep_colours: bool = Field(default=False, description="brush strokes only, in own colours")
    start: Literal["photo", "noise"] = "photo"
    network: str = "vgg16"
    weights: Path | None = None
    seed: int = 0

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.content_layers, *self.style_layers)))


def paint(
    photo: Picture,
    styles: Sequence[Picture],
    weights: Sequence[float] | None = None,
    *,
    mask: Picture | None = None,
    settings: PaintSettings | None = None,
    state: Path | None = None,
    progress: Callable[[float, dict[str, float]], None] = lambda *_: None,
    preview: Callable[[Image.Image], None] = lambda _: None,
) -> Image.Image:
    """Paint a photo in the style of pictures.

    Args:
        photo: what is painted; a path, a PIL image or an ``(H, W, 3)`` uint8 array.
        styles: pictures whose style is taken.
        weights: how much each style counts; equal unless given.
        mask: white where the style goes; elsewhere the photo stays. Of the photo's proportions.
        settings: sizes, weights and steps.
        state: file that keeps unfinished work; a call with the same pictures and settings goes on.
        progress: is told the share done and the content, style and variation losses.
        preview: is given the picture as it is, every 20 seconds.

    Returns:
        The picture, its longer side ``settings.size`` pixels.

    Raises:
        PhotoError: a picture can't be read.
        LooksmithError: no style, weights that don't fit, a photo too narrow for the layers, or a
            loss that is not finite.
    """
    settings = settings or PaintSettings()
    shares = _shares(len(styles), weights)
    content = _read(photo, settings.size)
    reach = max(32, round(settings.size * settings.style_scale))
    pictures = [_read(style, reach) for style in styles]
    where = None if mask is None else _fit_mask(_read(mask, settings.size), content)
    painting = _Painting(content, pictures, shares, where, settings, state)
    return painting.run(progress, preview)


def paint_file(
    source: Path,
    target: Path,
    styles: Sequence[Path],
    weights: Sequence[float] | None = None,
    *,
    mask: Path | None = None,
    invert_mask: bool = False,
    settings: PaintSettings | None = None,
    resume: bool = False,
    preview: Path | None = None,
    progress: Callable[[float, dict[str, float]], None] = lambda *_: None,
) -> None:
    """``paint`` from file to file, with the label added; unfinished work is kept beside ``target``.

    ``preview`` is rewritten every 20 seconds with the picture as it is.

    Raises:
        LooksmithError: as ``paint``, or the target can't be written.
    """
    settings = settings or PaintSettings()
    state = target.with_name(f".{target.name}.paint.safetensors")
    if not resume:
        state.unlink(missing_ok=True)
    label = xmp_label(", ".join(style.stem for style in styles))

    def write(image: Image.Image, path: Path) -> None:
        write_photo(Photo(np.asarray(image)), path, label)

    image = paint(
        source,
        styles,
        weights,
        mask=None if mask is None else _mask_picture(mask, settings.size, invert_mask),
        settings=settings,
        state=state,
        progress=progress,
        preview=lambda image: None if preview is None else write(image, preview),
    )
    write(image, target)


def _mask_picture(path: Path, longest: int, invert: bool) -> NDArray[np.uint8]:
    mask = read_fitted(path, longest)
    return np.asarray(255 - mask if invert else mask, np.uint8)


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


class _Painting:
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
        generator = torch.Generator().manual_seed(settings.seed)
        noise = torch.rand(content.shape, generator=generator)
        self.image = noise if settings.start == "noise" else content
        self.scale, self.step = 0, 0
        self._resume()

    def run(
        self,
        progress: Callable[[float, dict[str, float]], None],
        preview: Callable[[Image.Image], None],
    ) -> Image.Image:
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
                self.scale, self.step = self.scale + 1, 0
        except KeyboardInterrupt:
            self._save()
            raise
        if self.state is not None:
            self.state.unlink(missing_ok=True)
        return self._picture()

    def _paint_scale(self) -> Iterator[dict[str, float]]:
        """Optimise at the current scale; yields the losses of each step."""
        longest, count = self.plan[self.scale]
        content = _resized(self.content, longest)
        mask = None if self.mask is None else _resized(self.mask, longest)
        with torch.no_grad():
            wanted = self.vgg(content)
            style_longest = max(32, round(longest * self.settings.style_scale))
            targets = [
                {layer: losses.gram_matrix(maps) for layer, maps in self.vgg(style).items()}
                for style in (self._style_at(style, style_longest) for style in self.styles)
            ]
        image = _resized(self.image, longest).contiguous().clone().requires_grad_(True)
        optimizer = self._optimizer(image)
        record: dict[str, float] = {}

        def closure() -> float:
            optimizer.zero_grad()
            terms = self._losses(image, wanted, targets, mask)
            record.update({name: float(value.detach()) for name, value in terms.items()})
            self._check(record)
            weights = self.settings
            total = (
                weights.content * terms["content"]
                + weights.style * terms["style"]
                + weights.variation * terms["variation"]
            )
            total.backward()
            return float(total.detach())

        while self.step < count:
            optimizer.step(closure)
            self.step += 1
            self.image = image.detach()
            yield record

    def _style_at(self, style: Tensor, longest: int) -> Tensor:
        """A style picture at a scale; a narrow one is enlarged until the deepest layer has
        something to see, and cut to the length it would have had."""
        least = smallest_side(self.settings.layers)
        height, width = style.shape[-2:]
        needed = math.ceil(least * max(height, width) / min(height, width))
        whole = _resized(style, max(longest, needed))
        return whole[..., : max(longest, least), : max(longest, least)]

    def _optimizer(self, image: Tensor) -> torch.optim.Optimizer:
        if self.settings.optimizer == "adam":
            return torch.optim.Adam([image], lr=0.02, betas=(0.9, 0.99))
        # One evaluation a step, without line search: the picture is the state, and may be saved.
        return torch.optim.LBFGS(
            [image], lr=1.0, max_iter=1, history_size=20, tolerance_grad=0, tolerance_change=0
        )

    def _losses(
        self,
        image: Tensor,
        wanted: dict[str, Tensor],
        targets: Sequence[dict[str, Tensor]],
        mask: Tensor | None,
    ) -> dict[str, Tensor]:
        features = self.vgg(image)
        layers = self.settings.style_layers
        styled = {layer: features[layer] for layer in layers}
        kept = {layer: features[layer] for layer in self.settings.content_layers}
        style = [
            share * losses.gram_loss(styled, target, layers, mask)
            for share, target in zip(self.shares, targets, strict=True)
        ]
        return {
            "content": losses.content_loss(kept, wanted),
            "style": torch.stack(style).sum(),
            "variation": losses.total_variation(image),
        }

    def _check(self, record: dict[str, float]) -> None:
        for name, value in record.items():
            if not math.isfinite(value):
                step = sum(count for _, count in self.plan[: self.scale]) + self.step + 1
                weight = getattr(self.settings, name)
                raise LooksmithError(text("paint.not_finite", name=name, step=step, weight=weight))

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


def _shares(count: int, weights: Sequence[float] | None) -> list[float]:
    given = list(weights) if weights else [1.0] * count
    if count == 0 or len(given) != count or min(given) < 0 or sum(given) <= 0:
        raise LooksmithError(text("paint.weights", styles=count, weights=len(given)))
    return [weight / sum(given) for weight in given]


def _read(picture: Picture, longest: int) -> Tensor:
    """``(1, 3, H, W)`` sRGB whose longer side has ``longest`` pixels."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    if isinstance(picture, Image.Image):
        image = picture.convert("RGB")
        scale = longest / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        pixels = np.asarray(image.resize(size, Image.Resampling.LANCZOS))
    else:
        pixels = read_fitted(Path(picture), longest)
    photo = torch.from_numpy(pixels.copy()).permute(2, 0, 1).unsqueeze(0)
    return photo.contiguous().float() / 255


def _resized(image: Tensor, longest: int) -> Tensor:
    """Resampled so that the longer side has ``longest`` pixels."""
    height, width = image.shape[-2:]
    if max(height, width) == longest:
        return image
    scale = longest / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return F.interpolate(image, size, mode="bicubic", antialias=True).clamp(0, 1)


def _fit_mask(mask: Tensor, content: Tensor) -> Tensor:
    """One channel of the content's size; refuses other proportions."""
    if max(abs(a - b) for a, b in zip(mask.shape[-2:], content.shape[-2:], strict=True)) > 2:
        sizes = [f"{x.shape[-1]} × {x.shape[-2]}" for x in (mask, content)]
        raise LooksmithError(text("paint.mask", mask=sizes[0], photo=sizes[1]))
    grey = mask.mean(1, keepdim=True)
    return F.interpolate(grey, content.shape[-2:], mode="bilinear", align_corners=False)


def _recoloured(style: Tensor, content: Tensor) -> Tensor:
    """The style picture in the photo's colours, by linear transport of its colour distribution;
    in the end only luma is taken from what is painted. Both are of Gatys et al. 2017, "Controlling
    Perceptual Factors in Neural Style Transfer", section 5."""
    moments = [mean_and_covariance(x.flatten(2)) for x in (style, content)]
    affine = transport_map(*moments[0], *moments[1])
    moved = affine[:, :, :3] @ style.flatten(2) + affine[:, :, 3:]
    return moved.view_as(style).clamp(0, 1)
