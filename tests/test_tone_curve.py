from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from looksmith.tone_curve import matched_curve

POINTS = 65
EVEN = torch.linspace(0.1, 0.9, 16)


def slopes(curve: Tensor) -> Tensor:
    return curve.diff() * (POINTS - 1)


def at(curve: Tensor, lightness: Tensor) -> Tensor:
    """The curve at lightnesses that lie on its points."""
    return curve[(lightness * (POINTS - 1)).round().long()]


def test_the_same_lightness_changes_nothing() -> None:
    curve = matched_curve(EVEN, EVEN, POINTS)
    torch.testing.assert_close(curve, torch.linspace(0, 1, POINTS), atol=0.01, rtol=0)


@pytest.mark.parametrize(("low", "high"), [(0.05, 0.5), (0.4, 0.95), (0.3, 0.7)])
def test_a_photo_comes_to_the_mean_and_spread_of_a_picture(low: float, high: float) -> None:
    goals = torch.linspace(low, high, 16)
    made = at(matched_curve(EVEN, goals, POINTS), EVEN)
    assert abs(float(made.mean() - goals.mean())) < 0.05
    assert 0.75 < float(made.std() / goals.std()) < 1.33


def test_what_only_a_bent_curve_could_do_is_done_in_part() -> None:
    two_lights = torch.cat((torch.linspace(0.1, 0.2, 8), torch.linspace(0.8, 0.9, 8)))
    bent, smooth, straight = (
        matched_curve(EVEN, two_lights, POINTS, bend) for bend in (0.0, 0.08, 1.0)
    )

    def uneven(curve: Tensor) -> float:
        inside = slopes(curve)[7:57]
        return float(inside.max() / inside.min())

    def away(curve: Tensor) -> float:
        return float((at(curve, EVEN) - two_lights).abs().mean())

    assert uneven(bent) > 1.25 * uneven(smooth) > 1.25 * 1.2 * uneven(straight)
    assert away(bent) < away(smooth) < 0.12


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=16, max_size=16),
    st.lists(st.floats(0, 1), min_size=16, max_size=16),
)
def test_any_two_photos_give_a_monotone_curve_with_black_and_white(
    photo: list[float], picture: list[float]
) -> None:
    curve = matched_curve(torch.tensor(sorted(photo)), torch.tensor(sorted(picture)), POINTS)
    assert float(curve.min()) >= 0 and float(curve.max()) <= 1
    assert float(slopes(curve).min()) >= -1e-4 and float(slopes(curve).max()) <= 2.51
    assert float(curve[0]) <= 0.421 and float(curve[-1]) > 0.5


def test_no_step_between_neighbouring_slopes() -> None:
    night = torch.linspace(0.02, 0.98, 16) ** 3
    bends = slopes(matched_curve(EVEN, night, POINTS)).diff().abs()
    assert float(bends.max()) < 0.2
