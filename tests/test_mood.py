from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from looksmith.color import luma, srgb_to_oklab
from looksmith.grading import apply_lut, identity_lut
from looksmith.mood import (
    MoodSettings,
    amount_of,
    find_mood,
    grey_slopes,
    skin_turns,
)
from looksmith.plain import Usual

QUICK = MoodSettings(steps=40, colours=512)
NO_GRADE = identity_lut(17).unsqueeze(0)
PlainFeed = Callable[[int], Tensor]


def teal_night(photos: Tensor) -> Tensor:
    """Dark, and teal in the shadows: a look that all photos share."""
    tint = torch.tensor([0.85, 1.0, 1.05]).view(3, 1, 1)
    return (0.45 * photos * tint + torch.tensor([0.0, 0.03, 0.04]).view(3, 1, 1)).clamp(0, 1)


@pytest.fixture(scope="module")
def night(usual: Usual, plain_feed: PlainFeed) -> Tensor:
    mood = find_mood(usual, NO_GRADE, teal_night(plain_feed(12)), settings=QUICK)
    assert mood.amount > 0.5
    return mood.lut


def test_ordinary_photos_have_no_mood(usual: Usual, plain_feed: PlainFeed) -> None:
    mood = find_mood(usual, NO_GRADE, plain_feed(12))
    assert mood.amount == 0 and mood.evidence < 1.1
    torch.testing.assert_close(mood.lut, NO_GRADE)


def test_a_feed_darker_than_chance_makes_photos_darker(
    plain_feed: PlainFeed, night: Tensor
) -> None:
    before = plain_feed(12)
    after = apply_lut(before, night[0])
    goal = luma(teal_night(before)).mean()
    assert abs(luma(after).mean() - goal) < 0.7 * abs(luma(before).mean() - goal)


def test_the_same_seed_gives_the_same_mood(
    usual: Usual, plain_feed: PlainFeed, night: Tensor
) -> None:
    again = find_mood(usual, NO_GRADE, teal_night(plain_feed(12)), settings=QUICK)
    assert torch.equal(again.lut, night)


def test_white_stays_white_and_black_has_no_colour(night: Tensor) -> None:
    white, black = night[0, :, -1, -1, -1], night[0, :, 0, 0, 0]
    assert float((white - 1).abs().max()) < 0.01
    assert float(black.max() - black.min()) < 0.01


def test_tone_is_monotone_and_shows_no_bands(night: Tensor) -> None:
    slopes = grey_slopes(night)
    assert float(slopes.min()) > 0.1 and float(slopes.max()) < 4
    ramp = (torch.arange(256) / 255).expand(1, 3, 1, -1)
    steps = (luma(apply_lut(ramp, night)) * 255).round().diff().abs()
    assert float(steps.max()) <= 4


def test_skin_of_every_tone_keeps_its_hue(night: Tensor) -> None:
    assert max(skin_turns(night)) <= 8


def test_a_turn_of_hue_on_skin_is_measured() -> None:
    green = identity_lut(17).unsqueeze(0) * torch.tensor([0.85, 1.0, 0.9]).view(1, 3, 1, 1, 1)
    assert min(skin_turns(green)) > 8 > 1e-3 > max(skin_turns(NO_GRADE))


@pytest.mark.parametrize("colour", [(0.0, 0.0, 0.0), (0.9, 0.1, 0.2), (0.5, 0.5, 0.5)])
def test_a_feed_of_one_flat_colour_gives_a_map_without_holes(
    usual: Usual, plain_feed: PlainFeed, colour: tuple[float, ...]
) -> None:
    flat = torch.tensor(colour).view(1, 3, 1, 1).expand(6, -1, 16, 16)
    mood = find_mood(usual, NO_GRADE, flat, settings=QUICK)
    assert torch.isfinite(mood.lut).all()
    assert float(grey_slopes(mood.lut).min()) > 0.1
    assert float(srgb_to_oklab(apply_lut(plain_feed(12), mood.lut[0]))[:, 0].std()) > 0.05


def test_more_photos_say_more(usual: Usual) -> None:
    night = teal_night(usual.palettes.unsqueeze(2))[:, :, 0]
    photos = 0.9 * usual.palettes[::8].unflatten(2, (16, 16))
    few, many = (
        find_mood(Usual(night, night), NO_GRADE, photos[:n], settings=QUICK) for n in (4, 32)
    )
    assert few.evidence < many.evidence


def test_the_amount_grows_with_evidence_and_photos() -> None:
    assert amount_of(0.5, 20) == amount_of(1.0, 20) == 0
    assert 0 < amount_of(1.3, 20) < amount_of(1.5, 20) < 1 == amount_of(3.0, 20)
    assert amount_of(9.0, 1) == 0 and amount_of(1.4, 4) < amount_of(1.4, 12)


def test_one_photo_has_a_mood_only_in_full(usual: Usual, plain_feed: PlainFeed) -> None:
    photo = teal_night(plain_feed(12)[:1])
    assert find_mood(usual, NO_GRADE, photo, settings=QUICK).amount == 0
    assert find_mood(usual, NO_GRADE, photo, settings=QUICK, in_full=True).amount > 0
