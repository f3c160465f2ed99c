"""A photo in memory: upright pixels in their own encoding, with what its file said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_MEGAPIXELS = 200.0
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif")

Pixels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Photo:
    """An upright photo with what its file said of it."""

    pixels: Pixels
    """``(H, W, 3)`` uint8 or uint16 in the encoding of ``profile``."""
    alpha: Pixels | None = None
    """``(H, W)`` of the same type."""
    profile: bytes | None = None
    """ICC profile; None means sRGB."""
    exif: bytes | None = None
    """EXIF block, orientation 1, without location unless it was asked for."""

    xmp: bytes | None = None
    """XMP packet: rights, keywords, ratings, labels; without location as EXIF."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]
