"""Pixel arrays: what stands for 1, and rounding to 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def peak_of(dtype: np.dtype[Any]) -> float:
    """The value that stands for 1: 255, 65535, or 1 for floats."""
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0


def to_8_bit(pixels: Array) -> NDArray[np.uint8]:
    """uint16, or floats in [0, 1], rounded to uint8; uint8 as it is."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype.kind == "f":
        return (pixels * 255 + 0.5).astype(np.uint8)
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
