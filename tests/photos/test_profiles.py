from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from PIL import ImageCms

from looksmith.photos.profiles import wide_gamut

ADOBE_RGB = imagecodecs.cms_profile("adobergb")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_there_and_back_changes_nothing_visible(dtype: type[np.unsignedinteger]) -> None:
    gamut = wide_gamut(ADOBE_RGB)
    assert gamut is not None
    peak = np.iinfo(dtype).max
    pixels = np.random.default_rng(0).integers(0, peak, (20, 30, 3), endpoint=True).astype(dtype)
    again = gamut.from_srgb(gamut.to_srgb(pixels), np.dtype(dtype))
    assert np.abs(again.astype(int) - pixels).max() <= peak / 4096 + 1


def test_colours_outside_srgb_leave_the_unit_range() -> None:
    gamut = wide_gamut(ADOBE_RGB)
    assert gamut is not None
    green = gamut.to_srgb(np.array([[[0, 255, 0]]], np.uint8))
    assert green.min() < 0


@pytest.mark.parametrize(
    "profile",
    [None, b"", b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()],
)
def test_srgb_and_unusable_profiles_need_no_conversion(profile: bytes | None) -> None:
    assert wide_gamut(profile) is None
