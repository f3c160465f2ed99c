"""Colour profiles: photos in Display P3, Adobe RGB and the like, to sRGB and back.

The networks know sRGB only. Colours outside its gamut become values outside [0, 1] on the way and
come back unharmed, since both conversions run in floats.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from looksmith.pixels import Array, peak_of

_SAME = 1.5 / 255  # a profile that differs from sRGB by less is sRGB
_RETURNS = 0.05  # a colour that comes back further off than this has been lost on the way
_ROWS = 256  # converted at a time: floats of a large photo would be huge


class WideGamut:
    """Conversion between one RGB profile and sRGB, in floats."""

    def __init__(self, profile: bytes) -> None:
        self.profile = profile
        self.srgb = imagecodecs.cms_profile("srgb")

    def _convert(self, pixels: Array, profile: bytes, to: bytes) -> Array:
        floats = np.ascontiguousarray(pixels, np.float32)
        converted = _transform(floats, profile, to, "rgb", "f4")
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
    gamut = _usable(profile)
    return gamut if gamut is not None and _differs(gamut) and _returns(gamut) else None


@lru_cache(8)
def one_way(profile: bytes) -> WideGamut | None:
    """The conversion of a profile that leads to sRGB and not back, such as a scanner's."""
    gamut = _usable(profile)
    return gamut if gamut is not None and _differs(gamut) and not _returns(gamut) else None


def colour_space(profile: bytes | None) -> bytes:
    """``RGB``, ``CMYK``, ``GRAY`` … in four letters, as the header says; empty if damaged."""
    return profile[16:20] if profile and len(profile) >= 132 and profile[36:40] == b"acsp" else b""


def rgb_in_srgb(pixels: Array, gamut: WideGamut) -> Array:
    """``(H, W, 3)`` converted in bands; same type, colours outside sRGB clipped."""
    out = np.empty_like(pixels)
    peak = peak_of(pixels.dtype)
    for top in range(0, len(pixels), _ROWS):
        srgb = gamut.to_srgb(pixels[top : top + _ROWS]).clip(0, 1)
        out[top : top + _ROWS] = (srgb * peak + 0.5).astype(pixels.dtype)
    return out


def cmyk_in_srgb(cmyk: NDArray[Any], profile: bytes | None) -> Array:
    """``(H, W, 4)`` uint8 or uint16, 0 = no ink, as RGB of the same type.

    Through the profile (perceptual intent) where there is a sound one, else by
    ``(1 − c)(1 − k)``.
    """
    out = np.empty((*cmyk.shape[:2], 3), cmyk.dtype)
    srgb = imagecodecs.cms_profile("srgb")
    if colour_space(profile) != b"CMYK":
        profile = None
    for top in range(0, len(cmyk), _ROWS):
        band = np.ascontiguousarray(cmyk[top : top + _ROWS])
        if profile:
            try:
                out[top : top + _ROWS] = _transform(
                    band, profile, srgb, "cmyk", band.dtype.str[1:], intent="PERCEPTUAL", flags=0
                )
                continue
            except (RuntimeError, ValueError):
                profile = None
        out[top : top + _ROWS] = _without_profile(band)
    return out


def _without_profile(cmyk: NDArray[Any]) -> Array:
    peak = int(peak_of(cmyk.dtype))
    inks, left = cmyk[..., :3].astype(np.uint32), (peak - cmyk[..., 3:]).astype(np.uint32)
    return (left - (inks * left + peak // 2) // peak).astype(cmyk.dtype)


def _transform(
    pixels: Array,
    profile: bytes,
    to: bytes,
    space: str,
    dtype: str,
    intent: str = "RELATIVE_COLORIMETRIC",
    flags: int | None = None,
) -> Array:
    cms = imagecodecs.CMS
    if flags is None:
        flags = cms.FLAGS.BLACKPOINTCOMPENSATION | cms.FLAGS.NOCACHE
    converted: Array = imagecodecs.cms_transform(
        pixels,
        profile,
        to,
        colorspace=space,
        outcolorspace="rgb",
        outdtype=dtype,
        intent=getattr(cms.INTENT, intent),
        flags=flags,
    )
    return converted


def _usable(profile: bytes | None) -> WideGamut | None:
    if colour_space(profile) != b"RGB ":
        return None
    assert profile is not None
    gamut = WideGamut(profile)
    try:
        moved = gamut.to_srgb(_cube())
    except (RuntimeError, ValueError):
        return None
    return gamut if np.isfinite(moved).all() else None


def _differs(gamut: WideGamut) -> bool:
    return bool(np.abs(gamut.to_srgb(_cube()) - _cube()).max() > _SAME)


def _returns(gamut: WideGamut) -> bool:
    """Whether colours come back as the colours they were; other numbers may stand for them."""
    moved = gamut.to_srgb(_cube())
    try:
        again = gamut.to_srgb(gamut.from_srgb(moved, np.dtype(np.uint16)))
    except (RuntimeError, ValueError):
        return False
    return bool(np.isfinite(again).all() and np.abs(again - moved).max() < _RETURNS)


def _cube() -> Array:
    axis = np.linspace(0, 1, 6, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 36, 3)
