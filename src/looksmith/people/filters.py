"""Filters for masks and bands: polygons, blurs under a mask, guided filter, float resize.

Arrays are ``(H, W)`` or ``(H, W, C)`` float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage
from torch.nn import functional

from looksmith.pixels import peak_of

Floats = NDArray[np.floating[Any]]
_STRIP = 32  # rows


def resized(array: Floats, size: tuple[int, int]) -> Floats:
    """Bilinear, averaged where it shrinks; ``size`` is width and height."""
    if array.shape[1::-1] == size:
        return array
    channels = torch.tensor(array.reshape(*array.shape[:2], -1), dtype=torch.float32)
    smaller = size[0] < array.shape[1]
    out = functional.interpolate(
        channels.permute(2, 0, 1)[None],
        size=size[::-1],
        mode="bilinear",
        align_corners=False,
        antialias=smaller,
    )[0].permute(1, 2, 0)
    return out.numpy().reshape(size[1], size[0], *array.shape[2:])


def polygons(size: tuple[int, int], *outlines: NDArray[np.floating]) -> Floats:
    """1 inside any of the outlines (``(N, 2)`` x, y), 0 outside, edges smooth by oversampling."""
    image = Image.new("L", (2 * size[0], 2 * size[1]))
    draw = ImageDraw.Draw(image)
    for outline in outlines:
        draw.polygon([(2 * float(x) + 1, 2 * float(y) + 1) for x, y in outline], fill=255)
    return np.asarray(image.reduce(2), np.float32) / 255


def blurred(array: Floats, sigma: float) -> Floats:
    """Gaussian blur of the first two axes; a wide one is done on a smaller copy."""
    factor = int(sigma / 3)
    if factor > 1:
        height, width = array.shape[:2]
        size = max(1, round(width / factor)), max(1, round(height / factor))
        # Averaging and bilinear interpolation blur, too: about half a small pixel each way.
        small = blurred(resized(array, size), np.sqrt((sigma / factor) ** 2 - 0.35))
        return resized(small, (width, height))
    sigmas = (sigma, sigma, *(0.0,) * (array.ndim - 2))
    return np.asarray(ndimage.gaussian_filter(array, sigmas, mode="nearest", truncate=3.0))


def blurred_under(array: Floats, mask: Floats, sigma: float) -> Floats:
    """Gaussian blur that sees only what the mask shows: nothing bleeds in from outside
    (normalised convolution, Knutsson and Westin 1993)."""
    weight = mask if array.ndim == 2 else mask[..., None]
    total = blurred(mask, sigma)
    total = total if array.ndim == 2 else total[..., None]
    return blurred(array * weight, sigma) / (total + 1e-4)


def _box(array: Floats, radius: int) -> Floats:
    return np.asarray(ndimage.uniform_filter(array, 2 * radius + 1, mode="nearest"))


def guided(mask: Floats, guide: Floats, radius: int, eps: float) -> Floats:
    """The mask with its edges moved to the guide's: guided filter of He, Sun and Tang (2010).

    Args:
        mask: ``(H, W)`` in [0, 1].
        guide: ``(H, W)``, mostly luma in [0, 1].
        radius: of the window, in pixels.
        eps: variance of the guide below which a window counts as flat.
    """
    mean, mean_mask = _box(guide, radius), _box(mask, radius)
    slope = (_box(guide * mask, radius) - mean * mean_mask) / (
        _box(guide * guide, radius) - mean * mean + eps
    )
    offset = mean_mask - slope * mean
    result = _box(slope, radius) * guide + _box(offset, radius)
    return np.asarray(result.clip(0, 1), np.float32)


def add(pixels: NDArray[Any], change: Floats) -> None:
    """Add a change in [−1, 1] to pixels ``(H, W, 3)`` in place; integers are rounded."""
    peak = peak_of(pixels.dtype)
    half = 0.5 if pixels.dtype.kind == "u" else 0.0
    for top in range(0, len(pixels), _STRIP):  # few rows at a time stay in the processor's cache
        part = pixels[top : top + _STRIP]
        values = change[top : top + _STRIP] * np.float32(peak)
        values += part
        values += np.float32(half)
        part[:] = np.clip(values, 0, peak, out=values)
