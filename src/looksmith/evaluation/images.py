"""Photos for benchmarks: small, ``(H, W, 3)`` float sRGB in [0, 1]."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from looksmith.pixels import to_8_bit

Image = NDArray[np.float32]
SIDE = 256  # photos are at most this long


def load(path: Path) -> Image:
    """A photo, at most ``SIDE`` pixels long."""
    with PillowImage.open(path) as opened:
        photo = opened.convert("RGB")
    photo.thumbnail((SIDE, SIDE))
    return from_pillow(photo)


def from_pillow(image: PillowImage.Image) -> Image:
    """What Pillow holds in 8 bits, as floats."""
    return np.asarray(image.convert("RGB"), np.float32) / np.float32(255)


def to_pillow(photo: Image) -> PillowImage.Image:
    """Floats rounded to what Pillow holds in 8 bits."""
    return PillowImage.fromarray(to_8_bit(photo))
