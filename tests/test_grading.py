from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from looksmith import grading
from looksmith.random_looks import POINTWISE_WEIGHTS, SPATIAL_WEIGHTS, random_look


def as_tensor(photo: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(np.array(photo)).permute(2, 0, 1).unsqueeze(0).float() / 255


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_every_random_look_gives_a_sound_photo_of_the_same_size(seed: int) -> None:
    photo = torch.rand(2, 3, 24, 32, generator=torch.Generator().manual_seed(seed))
    made = random_look(random.Random(seed))(photo)
    assert made.shape == photo.shape
    assert bool(torch.isfinite(made).all())
    assert -1e-5 <= float(made.min()) <= float(made.max()) <= 1 + 1e-5


def test_the_same_seed_draws_the_same_look(photo: NDArray[np.uint8]) -> None:
    image = as_tensor(photo)
    for seed in range(20):
        first, second = random_look(random.Random(seed)), random_look(random.Random(seed))
        assert first.names == second.names
        torch.testing.assert_close(first.pointwise(image), second.pointwise(image))


def test_every_operator_is_drawn_and_some_looks_change_nothing() -> None:
    looks = [random_look(random.Random(seed)) for seed in range(1500)]
    names = {name for look in looks for name in look.names}
    assert names >= {*POINTWISE_WEIGHTS, *SPATIAL_WEIGHTS, "monochrome", "duotone"}
    assert 50 < sum(not look.names for look in looks) < 250


def test_pointwise_looks_do_not_care_where_pixels_lie(photo: NDArray[np.uint8]) -> None:
    image = as_tensor(photo)
    for seed in range(30):
        look = random_look(random.Random(seed))
        torch.testing.assert_close(
            look.pointwise(image.flip(-1)).flip(-1), look.pointwise(image), atol=1e-5, rtol=0
        )


def test_warming_warms_and_keeps_white_light_level(photo: NDArray[np.uint8]) -> None:
    image = as_tensor(photo)
    warm = grading.white_balance(image, temperature=0.2, tint=0.0)
    assert float(warm[:, 0].mean() - warm[:, 2].mean()) > float(
        image[:, 0].mean() - image[:, 2].mean()
    )


@pytest.mark.parametrize("stops", [-2.0, -0.5, 0.5, 2.0])
def test_exposure_keeps_black_and_white_in_range_and_is_monotone(stops: float) -> None:
    ramp = torch.linspace(0, 1, 64).view(1, 1, 1, 64).expand(1, 3, 1, 64)
    exposed = grading.exposure(ramp, stops)
    assert bool((exposed.diff(dim=-1) >= 0).all())
    assert float(exposed[..., 0].max()) < 1e-3
    if stops > 0:
        assert float(exposed[..., -1].min()) == pytest.approx(1.0, abs=1e-4)


def test_minus_one_saturation_is_grey(photo: NDArray[np.uint8]) -> None:
    grey = grading.saturation(as_tensor(photo), -1.0)
    assert float((grey.amax(1) - grey.amin(1)).max()) < 1e-5


def test_the_identity_lut_changes_nothing(photo: NDArray[np.uint8]) -> None:
    image = as_tensor(photo)
    torch.testing.assert_close(
        grading.apply_lut(image, grading.identity_lut(17)), image, atol=1e-5, rtol=0
    )


def test_turning_hues_keeps_luma_where_nothing_clips() -> None:
    muted = 0.3 + 0.4 * torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    from looksmith.color import luma

    torch.testing.assert_close(luma(grading.rotate_hue(muted, 0.4)), luma(muted), atol=1e-4, rtol=0)


def test_a_vignette_darkens_corners_only() -> None:
    white = torch.ones(1, 3, 41, 41)
    dark = grading.vignette(white, amount=0.5, radius=0.5)
    assert float(dark[0, 0, 20, 20]) == 1.0
    assert float(dark[0, 0, 0, 0]) == pytest.approx(0.5, abs=0.01)
    assert float(grading.vignette(0.5 * white, amount=-0.5)[0, 0, 0, 0]) > 0.5
