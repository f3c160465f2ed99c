"""Photos for benchmarks: small, ``(H, W, 3)`` float sRGB in [0, 1]."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from looksmith.photos import fitted, read_rgb
from looksmith.pixels import to_8_bit

Image = NDArray[np.float32]
SIDE = 256  # photos are at most this long


def load(path: Path) -> Image:
    """A photo, at most ``SIDE`` pixels long.

    Raises:
        PhotoError: it can't be read.
    """
    pixels = read_rgb(path)
    small = fitted(pixels, SIDE) if max(pixels.shape) > SIDE else pixels
    return small.astype(np.float32) / np.float32(255)


def from_pillow(image: PillowImage.Image) -> Image:
    """What Pillow holds in 8 bits, as floats."""
    return np.asarray(image.convert("RGB"), np.float32) / np.float32(255)


def to_pillow(photo: Image) -> PillowImage.Image:
    """Floats rounded to what Pillow holds in 8 bits."""
    return PillowImage.fromarray(to_8_bit(photo))
