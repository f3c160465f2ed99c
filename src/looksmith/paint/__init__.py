"""Optimisation-based style transfer, the reference engine (Gatys, Ecker and Bethge, "Image Style
Transfer Using Convolutional Neural Networks", 2016).

    image = paint("photo.jpg", ["painting.jpg"], settings=PaintSettings(size=768))

The picture's own pixels are what is optimised, from coarse to fine, until their perceptual
features have the photo's structure and the paintings' Gram matrices. Where we differ from the
paper: content is compared after instance normalisation, so that colours may change; each layer's
style error is relative to the style's energy; it starts from the photo, not from noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from looksmith.errors import LooksmithError
from looksmith.paint.painting import Painting
from looksmith.paint.settings import PaintSettings
from looksmith.photos import Photo, carried, read_fitted, write_photo
from looksmith.provenance import COMPOSITE, content_id, xmp_label
from looksmith.texts import text

__all__ = ["PaintSettings", "Picture", "paint", "paint_file"]
Picture = str | Path | Image.Image | NDArray[np.uint8]


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
            weight so large that no step is possible.
    """
    settings = settings or PaintSettings()
    shares = _shares(len(styles), weights)
    content = _read(photo, settings.size)
    reach = max(32, round(settings.size * settings.style_scale))
    pictures = [_read(style, reach) for style in styles]
    where = None if mask is None else _fit_mask(_read(mask, settings.size), content)
    painting = Painting(content, pictures, shares, where, settings, state)
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
    exif, xmp = carried(source)
    name = ", ".join(style.stem for style in styles)

    def write(image: Image.Image, path: Path) -> None:
        pixels = np.asarray(image)
        label = xmp_label(name, COMPOSITE, content_id(pixels))
        write_photo(Photo(pixels, exif=exif, xmp=xmp), path, label)

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


def _shares(count: int, weights: Sequence[float] | None) -> list[float]:
    given = list(weights) if weights else [1.0] * count
    sound = all(weight >= 0 for weight in given) and 0 < sum(given) < math.inf
    if count == 0 or len(given) != count or not sound:
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


def _fit_mask(mask: Tensor, content: Tensor) -> Tensor:
    """One channel of the content's size; refuses other proportions."""
    if max(abs(a - b) for a, b in zip(mask.shape[-2:], content.shape[-2:], strict=True)) > 2:
        sizes = [f"{x.shape[-1]} × {x.shape[-2]}" for x in (mask, content)]
        raise LooksmithError(text("paint.mask", mask=sizes[0], photo=sizes[1]))
    grey = mask.mean(1, keepdim=True)
    return F.interpolate(grey, content.shape[-2:], mode="bilinear", align_corners=False)
