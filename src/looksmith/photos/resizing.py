"""The one resize of photos, so that training, learning and applying see the same pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Box = tuple[float, float, float, float]


def crop_resized(
    pixels: NDArray[np.uint8], box: Box | None, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """A part of a photo, averaged down (box filter, so nothing aliases) or repeated up.

    Args:
        pixels: ``(H, W, 3)`` uint8.
        box: left, top, right, bottom in pixels, fractions allowed; None takes the whole photo.
        size: width and height of the result.

    Returns:
        ``(height, width, 3)`` uint8, in the encoding it came in.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, Image.Resampling.BOX, box=box))


def fitted(pixels: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """``(H, W, 3)`` uint8 whose longer side has ``longest`` pixels, by Lanczos: for pictures that
    people look at."""
    height, width = pixels.shape[:2]
    scale = longest / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def reduced(pixels: NDArray[np.uint8], shortest: int) -> NDArray[np.uint8]:
    """Averaged over whole blocks of pixels so far that the shorter side keeps ``shortest``."""
    factor = min(pixels.shape[:2]) // shortest
    if factor < 2:
        return pixels
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).reduce(factor))
