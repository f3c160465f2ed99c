from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from looksmith import slicing
from looksmith.grading import identity_lut
from looksmith.networks.generator import Rendering
from looksmith.slicing import render_pixels


def some_rendering(spread: float = 0.05) -> Rendering:
    generator = torch.Generator().manual_seed(0)
    lut = identity_lut(17)[None] + spread * torch.randn(1, 3, 17, 17, 17, generator=generator)
    grid = torch.eye(3, 4).reshape(1, 12, 1, 1, 1).expand(1, 12, 8, 8, 8)
    return Rendering(lut, grid + spread * torch.randn(1, 12, 8, 8, 8, generator=generator))


def _typed(photo: NDArray[np.uint8], kind: str) -> NDArray[np.generic]:
    if kind == "uint16":
        return photo.astype(np.uint16) * 257
    return photo if kind == "uint8" else photo.astype(np.float32) / 255


@pytest.mark.parametrize(("kind", "step"), [("uint8", 1), ("uint16", 2), ("float32", 1e-4)])
@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_compiled_and_torch_paths_agree(
    kind: str,
    step: float,
    strength: float,
    photo: NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = _typed(photo, kind)
    small = render_pixels(pixels, some_rendering(), strength)
    monkeypatch.setattr(slicing, "SMALL", 0)
    large = render_pixels(pixels, some_rendering(), strength)
    assert small.dtype == large.dtype == pixels.dtype
    assert np.abs(small.astype(np.float64) - large.astype(np.float64)).max() <= step


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
def test_strength_0_returns_the_pixels_bit_for_bit(kind: str, photo: NDArray[np.uint8]) -> None:
    pixels = _typed(photo, kind)
    np.testing.assert_array_equal(render_pixels(pixels, some_rendering(), 0.0), pixels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (2, 2)])
@pytest.mark.parametrize("compiled", [False, True])
def test_the_smallest_photos_work(
    shape: tuple[int, int], compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slicing, "SMALL", 0 if compiled else 10**9)
    pixels = np.full((*shape, 3), 200, np.uint8)
    assert render_pixels(pixels, some_rendering(0.0), 1.0).tolist() == pixels.tolist()


def test_white_and_black_stay_within_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slicing, "SMALL", 0)
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[2:] = 255
    lift = Rendering(identity_lut(17)[None] * 3 - 1, some_rendering(0.0).grid)
    made = render_pixels(pixels, lift, 1.0)
    assert made[0].max() == 0
    assert made[-1].min() == 255
