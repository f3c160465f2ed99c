from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from looksmith.color import oklab_to_srgb, srgb_to_oklab
from looksmith.grading import identity_lut
from looksmith.mood import grey_slopes
from looksmith.white_point import LEAST, white_held

NOTHING = identity_lut(17).unsqueeze(0)


def dimmed(white: float, tint: tuple[float, float] = (0, 0)) -> Tensor:
    """A grade whose white has that lightness ``(1, 3, 17, 17, 17)``."""
    lab = srgb_to_oklab(NOTHING.flatten(2).unsqueeze(2)) * white
    lab[:, 1:] += lab[:, :1] * torch.tensor(tint).view(1, 2, 1, 1)
    return oklab_to_srgb(lab).view_as(NOTHING).clamp(0, 1)


def lightness(lut: Tensor, at: int) -> float:
    return float(srgb_to_oklab(lut[:, :, at, at, at].view(1, 3, 1, 1))[0, 0])


@pytest.mark.parametrize("white", [1.0, 0.9])
def test_grades_that_fade_white_a_little_stay_as_they_are(white: float) -> None:
    lut = dimmed(white)
    assert torch.equal(white_held(lut), lut)


def test_white_is_no_darker_than_a_matte_prints() -> None:
    made = white_held(dimmed(0.5, (0.02, -0.03)))
    assert lightness(made, -1) == pytest.approx(LEAST, abs=0.01)
    torch.testing.assert_close(made[..., 0, 0, 0], dimmed(0.5)[..., 0, 0, 0], atol=2e-3, rtol=0)
    assert lightness(made, 4) == pytest.approx(lightness(dimmed(0.5), 4), abs=0.03)


def test_each_part_of_a_blend_is_held_by_itself() -> None:
    both = white_held(torch.cat((NOTHING, dimmed(0.5))))
    assert torch.equal(both[:1], NOTHING)
    torch.testing.assert_close(both[1:], white_held(dimmed(0.5)))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_tone_stays_monotone_and_finite(white: float, a: float, b: float) -> None:
    made = white_held(dimmed(white, (a, b)))
    assert torch.isfinite(made).all()
    assert grey_slopes(made).min() > -0.02
