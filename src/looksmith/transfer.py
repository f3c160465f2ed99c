"""Give a look to photos: arrays, PIL images or files, at their own full resolution.

image = apply(look, "me.jpg", strength=0.7)              # a PIL image
apply_file(look, Path("me.jpg"), Path("me-film.jpg"))    # with metadata and label
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from looksmith.errors import LooksmithError, PhotoError
from looksmith.icc import WideGamut, wide_gamut
from looksmith.look import Look
from looksmith.networks.content_encoder import WORKING_SIZE
from looksmith.networks.generator import Rendering
from looksmith.networks.model import LookNetworks, load_networks
from looksmith.photos import (
    MAX_MEGAPIXELS,
    Photo,
    check_writable,
    photo_from_image,
    photo_to_image,
    read_photo,
    write_photo,
)
from looksmith.pixels import Array, to_8_bit
from looksmith.provenance import xmp_label
from looksmith.slicing import render_pixels
from looksmith.texts import text

PhotoLike = TypeVar("PhotoLike", str, Path, Image.Image, NDArray[np.generic])
_ROWS = 512  # wide-gamut photos are converted in bands of so many rows


@cache
def base_networks() -> LookNetworks:
    """The shipped networks, loaded once."""
    return load_networks()


def apply(
    look: Look, photo: PhotoLike, strength: float = 1.0, user: Tensor | None = None
) -> Image.Image | Array:
    """The photo with the look.

    Args:
        look: from ``learn`` or ``Look.load``.
        photo: a path, a PIL image, or an RGB array ``(H, W, 3)``: uint8, uint16, or float sRGB in
            [0, 1].
        strength: from 0 (the photo, bit for bit) to 1.
        user: user vector ``(1, 32)``; None takes the learned default.

    Returns:
        A PIL image for a path or a PIL image (labelled in its XMP), an array of the same type for
        an array.

    Raises:
        PhotoError: the photo can't be read or the array is of another shape or type.
        LooksmithError: the strength is out of range.
    """
    _check_strength(strength)
    if isinstance(photo, np.ndarray):
        return _apply_to_array(look, photo, strength, user)
    if isinstance(photo, Image.Image):
        source = photo_from_image(photo)
    else:
        source = read_photo(Path(photo))
    image = photo_to_image(apply_to_photo(look, source, strength, user))
    image.info["xmp"] = xmp_label(look.name)
    return image


def apply_file(
    look: Look,
    source: Path,
    target: Path,
    strength: float = 1.0,
    user: Tensor | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    keep_location: bool = False,
) -> None:
    """Read, apply and write, with metadata kept and the label added; whole or not at all.

    Raises:
        PhotoError: the photo can't be read or written.
    """
    _check_strength(strength)
    check_writable(target)
    # Nothing keeps the photo read once it is rendered: memory for large ones.
    rendered = apply_to_photo(
        look, read_photo(source, max_megapixels, keep_location), strength, user
    )
    write_photo(rendered, target, xmp_label(look.name))


def apply_to_photo(look: Look, photo: Photo, strength: float, user: Tensor | None = None) -> Photo:
    """A photo with its profile, alpha and metadata; pixels come back in the same encoding."""
    gamut = wide_gamut(photo.profile)
    if gamut is None:
        rendering = plan(look, photo.pixels, user)
        return replace(photo, pixels=render_pixels(photo.pixels, rendering, strength))
    return replace(photo, pixels=_apply_wide(look, photo.pixels, gamut, strength, user))


def _apply_to_array(look: Look, photo: Array, strength: float, user: Tensor | None) -> Array:
    known = photo.dtype in (np.uint8, np.uint16) or photo.dtype.kind == "f"
    if photo.ndim != 3 or photo.shape[-1] != 3 or not known or photo.size == 0:
        raise PhotoError(text("photo.array", what=f"{photo.shape} of {photo.dtype}"))
    if photo.dtype.kind == "u":
        return render_pixels(photo, plan(look, photo, user), strength)
    pixels = photo.astype(np.float32)
    if not np.isfinite(pixels).all() or pixels.min() < 0 or pixels.max() > 1:
        raise PhotoError(text("photo.array", what="floats outside [0, 1]"))
    if strength == 0:
        return photo.copy()
    return render_pixels(pixels, plan(look, pixels, user), strength).astype(photo.dtype)


def plan(look: Look, pixels: Array, user: Tensor | None = None) -> Rendering:
    """Decide how to change a photo, from its small version; ``pixels`` are sRGB."""
    return look.plan(base_networks(), working_size(pixels), user)


def working_size(pixels: Array) -> Tensor:
    """What the content encoder sees of ``(H, W, 3)`` sRGB: ``(1, 3, 128, 128)`` in [0, 1]."""
    image = Image.fromarray(to_8_bit(_thinned(pixels)))
    small = image.resize((WORKING_SIZE, WORKING_SIZE), Image.Resampling.BOX)
    tensor = torch.from_numpy(np.asarray(small, np.float32) / 255)
    return tensor.permute(2, 0, 1).unsqueeze(0)


def _thinned(pixels: Array) -> Array:
    """Every n-th pixel, so that four remain a side for one of the working size."""
    step = max(1, min(pixels.shape[:2]) // (4 * WORKING_SIZE))
    return np.ascontiguousarray(pixels[::step, ::step])


def _apply_wide(
    look: Look, pixels: Array, gamut: WideGamut, strength: float, user: Tensor | None
) -> Array:
    """Through sRGB and back, band by band. What lies outside sRGB keeps its distance from it:
    ``y = f(clamp(x)) + (x − clamp(x))``."""
    if strength == 0:
        return pixels.copy()
    rendering = plan(look, gamut.to_srgb(_thinned(pixels)).clip(0, 1), user)
    out = np.empty_like(pixels)
    height = pixels.shape[0]
    for top in range(0, height, _ROWS):
        band = pixels[top : top + _ROWS]
        srgb = gamut.to_srgb(band)
        inside = srgb.clip(0, 1)
        part = Rendering(rendering.lut, _rows_of(rendering.grid, top, len(band), height))
        made = render_pixels(inside, part, strength) + (srgb - inside)
        out[top : top + _ROWS] = gamut.from_srgb(made, pixels.dtype)
    return out


def _rows_of(grid: Tensor, top: int, rows: int, height: int) -> Tensor:
    """The grid as a band of rows sees it: one row of cells for each row of pixels."""
    cells = grid.shape[-2]
    scale = (cells - 1) / max(height - 1, 1)
    at = torch.linspace(top * scale, (top + rows - 1) * scale, max(2, rows))
    low = at.floor().long().clamp(max=cells - 2)
    part = (at - low).view(1, 1, 1, -1, 1)
    return (1 - part) * grid[..., low, :] + part * grid[..., low + 1, :]


def _check_strength(strength: float) -> None:
    if not 0 <= strength <= 1:
        raise LooksmithError(text("strength.range", strength=strength))
