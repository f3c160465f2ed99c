from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from looksmith.color import oklab_to_srgb, srgb_to_oklab
from looksmith.grading import apply_lut, identity_lut
from looksmith.mood import skin_turns
from looksmith.skin_hue import skin_held

MANY = 32


def turning(degrees: float) -> Tensor:
    """A grade that turns every hue ``(1, 3, 17, 17, 17)``."""
    lab = srgb_to_oklab(identity_lut(17).flatten(1).unsqueeze(1))
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned = torch.stack((lab[0], cos * lab[1] - sin * lab[2], sin * lab[1] + cos * lab[2]))
    return oklab_to_srgb(turned).view(1, 3, 17, 17, 17).clamp(0, 1)


def made_of(rgb: tuple[float, float, float], lut: Tensor) -> Tensor:
    return apply_lut(torch.tensor(rgb).view(1, 3, 1, 1), lut.clamp(0, 1))[0, :, 0, 0]


@pytest.mark.parametrize("degrees", [-30, 30])
def test_skin_of_every_tone_is_held_alike(degrees: float) -> None:
    before, after = skin_turns(turning(degrees)), skin_turns(skin_held(turning(degrees), 5))
    assert min(before) > 24
    assert max(after) < 15 and max(after) - min(after) < 4


def test_a_small_turn_is_followed() -> None:
    lut = turning(5)
    torch.testing.assert_close(skin_held(lut, MANY), lut)


def test_no_grade_stays_none() -> None:
    nothing = identity_lut(17).unsqueeze(0)
    assert torch.equal(skin_held(nothing, 1), nothing)


@pytest.mark.parametrize(
    "rgb", [(0.2, 0.4, 0.8), (0.2, 0.6, 0.2), (0.6, 0.2, 0.7), (0.5, 0.5, 0.5), (1, 0.1, 0)]
)
def test_other_colours_are_left_alone(rgb: tuple[float, float, float]) -> None:
    lut = turning(25)
    torch.testing.assert_close(made_of(rgb, skin_held(lut, 4)), made_of(rgb, lut))


def test_a_far_turn_is_meant_when_enough_photos_say_so() -> None:
    lut = turning(55)
    assert min(skin_turns(skin_held(lut, MANY))) > 0.9 * min(skin_turns(lut))
    assert max(skin_turns(skin_held(lut, 1))) < 0.5 * min(skin_turns(lut))


def test_a_duotone_has_no_patches_of_skin() -> None:
    lightness = srgb_to_oklab(identity_lut(17).flatten(1).unsqueeze(1))[:1]
    blue = torch.cat((lightness, torch.zeros_like(lightness), -0.08 * torch.ones_like(lightness)))
    lut = oklab_to_srgb(blue).view(1, 3, 17, 17, 17).clamp(0, 1)
    torch.testing.assert_close(skin_held(lut, 1), lut)


def test_more_turn_going_in_is_never_less_coming_out_up_to_where_it_is_meant() -> None:
    turns = [skin_turns(skin_held(turning(degrees), 4))[1] for degrees in range(0, 56, 5)]
    assert all(later > earlier for earlier, later in pairwise(turns))


def test_parts_are_held_each_for_itself() -> None:
    both = torch.cat((turning(5), turning(25)))
    held = skin_held(both, 6)
    torch.testing.assert_close(held[1:], skin_held(both[1:], 6))
    torch.testing.assert_close(held[:1], both[:1])
