"""Pixel arrays: what stands for 1, and rounding to 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_OVERSHOOT = 0.25  # of resampling, in floats


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


def native(pixels: Array) -> Array:
    """The same numbers in the machine's byte order, as ``>u2`` arrays of TIFF and FITS are not."""
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def whole_numbers(pixels: Array, bits: int) -> Array:
    """Integers of more than 16 bits, or signed ones, as uint8 or uint16: small numbers as they
    are, since larger types often only hold them, others by their upper 16 of ``bits``.

    Raises:
        ValueError: numbers below 0.
    """
    low, high = (int(pixels.min()), int(pixels.max())) if pixels.size else (0, 0)
    if low < 0:
        raise ValueError(f"values from {low} to {high}")
    if high <= 255:
        return pixels.astype(np.uint8)
    return (pixels if high <= 65535 else pixels >> (bits - 16)).astype(np.uint16)


def floats_as_16_bit(pixels: Array) -> NDArray[np.uint16]:
    """Floats as uint16: [0, 1], with a little overshoot clipped, or whole numbers up to 255 or
    65535 that were only stored as floats.

    Raises:
        ValueError: values are not finite, or in none of these ranges.
    """
    low, high = (float(pixels.min()), float(pixels.max())) if pixels.size else (0.0, 0.0)
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError("values are not finite")
    if low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT:
        peak = 1.0
    elif low >= 0 and high <= 65535 and bool((pixels == np.floor(pixels)).all()):
        peak = 255.0 if high <= 255 else 65535.0
    else:
        raise ValueError(f"values from {low:g} to {high:g}")
    scaled = (pixels.astype(np.float64) / peak).clip(0, 1)
    return (scaled * 65535 + 0.5).astype(np.uint16)
