"""Colour profiles: photos in Display P3, Adobe RGB and the like, to sRGB and back.

The networks know sRGB only. Colours outside its gamut become values outside [0, 1] on the way and
come back unharmed, since both conversions run in floats.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from looksmith.pixels import Array, peak_of

_SAME = 1.5 / 255  # a profile that differs from sRGB by less is sRGB


class WideGamut:
    """Conversion between one RGB profile and sRGB, in floats."""

    def __init__(self, profile: bytes) -> None:
        import imagecodecs

        self._cms = imagecodecs
        self.profile = profile
        self.srgb = imagecodecs.cms_profile("srgb")

    def _convert(self, pixels: Array, profile: bytes, to: bytes) -> Array:
        floats = np.ascontiguousarray(pixels, np.float32)
        converted = self._cms.cms_transform(
            floats,
            profile,
            to,
            colorspace="rgb",
            outcolorspace="rgb",
            outdtype="f4",
            intent=self._cms.CMS.INTENT.RELATIVE_COLORIMETRIC,
            flags=self._cms.CMS.FLAGS.BLACKPOINTCOMPENSATION | self._cms.CMS.FLAGS.NOCACHE,
        )
        return np.asarray(converted, np.float32)

    def to_srgb(self, pixels: Array) -> Array:
        """``(H, W, 3)`` of any type to float sRGB; out-of-gamut colours leave [0, 1]."""
        floats = pixels.astype(np.float32) / np.float32(peak_of(pixels.dtype))
        return self._convert(floats, self.profile, self.srgb)

    def from_srgb(self, srgb: Array, dtype: np.dtype[Any]) -> Array:
        """Float sRGB back to the profile's own encoding and type."""
        made = self._convert(srgb, self.srgb, self.profile).clip(0, 1)
        return (made * peak_of(dtype) + 0.5).astype(dtype)


@lru_cache(8)
def wide_gamut(profile: bytes | None) -> WideGamut | None:
    """The conversion for a photo's profile; None where the photo is sRGB already, or its profile
    can't be used for RGB (then it is taken for sRGB, as browsers do)."""
    if not profile:
        return None
    gamut = WideGamut(profile)
    axis = np.linspace(0, 1, 6, dtype=np.float32)
    cube = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 36, 3)
    try:
        moved = gamut.to_srgb(cube)
        back = gamut.from_srgb(moved, np.dtype(np.uint8))
    except (RuntimeError, ValueError):
        return None
    usable = bool(np.isfinite(moved).all()) and np.abs(back / 255 - cube).max() < 0.02
    return gamut if usable and np.abs(moved - cube).max() > _SAME else None
