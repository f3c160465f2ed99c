from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from looksmith.photos import crop_resized, fitted, read_rgb, read_square


def test_a_crop_is_averaged_over_its_box() -> None:
    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    small = crop_resized(pixels, (4, 0, 8, 4), (2, 2))
    mean = pixels[:4, 4:].reshape(2, 2, 2, 2, 3).mean((1, 3))
    assert np.abs(small - mean).max() <= 0.5


def test_fine_stripes_do_not_alias() -> None:
    stripes = np.zeros((640, 640, 3), np.uint8)
    stripes[:, ::2] = 255
    small = crop_resized(stripes, None, (60, 60))
    assert np.abs(small.astype(int) - 127).max() < 16


def test_the_longer_side_fits_and_the_shorter_one_follows(photo: NDArray[np.uint8]) -> None:
    assert fitted(photo, 100).shape == (75, 100, 3)
    assert fitted(photo[:, :3], 75).shape == (75, 2, 3)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_training_and_serving_see_the_same_upright_srgb(
    orientation: int, save: Callable[..., Path]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save("turned.png", exif=exif, icc_profile=imagecodecs.cms_profile("adobergb"))
    pixels = read_rgb(path)
    assert pixels.shape == ((150, 200, 3) if orientation < 5 else (200, 150, 3))
    trained = crop_resized(pixels, None, (64, 64)).astype(int)
    assert np.abs(trained - read_square(path, 64)).max() <= 8
    assert np.abs(trained - read_square(path, 64)).mean() < 0.6
