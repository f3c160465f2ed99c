from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from looksmith.color import srgb_to_oklab
from looksmith.grading import apply_lut, identity_lut
from looksmith.mood import grey_slopes
from looksmith.plain import Usual
from looksmith.tone import QUANTILES, find_tone, lightness_quantiles, tone_lut

NO_GRADE = identity_lut(17).unsqueeze(0)
PlainFeed = Callable[[int], Tensor]


def light_of(photos: Tensor) -> float:
    return float(srgb_to_oklab(photos)[:, 0].mean())


def test_plain_photos_have_hardly_any_tone(usual: Usual, plain_feed: PlainFeed) -> None:
    tone = find_tone(usual, NO_GRADE, plain_feed(12), weight=0.0)
    assert tone.evidence < 1.5 and tone.amount == 0


def test_more_photos_of_an_edited_feed_say_more(usual: Usual, plain_feed: PlainFeed) -> None:
    few, many = (find_tone(usual, NO_GRADE, plain_feed(count), weight=1.0) for count in (4, 40))
    assert 0 < few.amount < many.amount < 1


def test_few_dark_photos_are_no_evidence_of_a_dark_feed(
    usual: Usual, plain_feed: PlainFeed
) -> None:
    night = plain_feed(12)[:3] * 0.3
    assert find_tone(usual, NO_GRADE, night, weight=0.0).amount == 0
    assert find_tone(usual, NO_GRADE, night, weight=0.0, in_full=True).amount == 1


def test_three_dark_photos_that_are_known_to_have_a_look_darken(
    usual: Usual, plain_feed: PlainFeed
) -> None:
    night = plain_feed(12)[:3] * 0.3
    tone = find_tone(usual, NO_GRADE, night, weight=0.0, certain=True)
    photo = plain_feed(12)[5:6]
    made = apply_lut(photo, tone_lut(tone.table.unsqueeze(0), photo)[0])
    assert tone.amount == pytest.approx(0.75) and light_of(made) < 0.8 * light_of(photo)


def test_a_feed_of_dark_photos_alike_darkens_bright_photos_more(
    usual: Usual, plain_feed: PlainFeed
) -> None:
    bright = plain_feed(12)[:1]
    night = bright * torch.linspace(0.3, 0.5, 12).view(-1, 1, 1, 1)
    tone = find_tone(usual, NO_GRADE, night, weight=1.0)
    assert tone.evidence > 2.5 and tone.amount > 0.8
    changes = []
    for photo in (bright, 0.4 * bright):
        made = apply_lut(photo, tone_lut(tone.table.unsqueeze(0), photo)[0])
        changes.append(light_of(photo) - light_of(made))
    assert changes[0] > 0.1 and changes[0] > changes[1]


def test_in_full_a_photo_gets_the_lightness_of_the_picture(
    usual: Usual, plain_feed: PlainFeed
) -> None:
    picture, photo = 0.5 * plain_feed(12)[3:4], plain_feed(12)[5:6]
    tone = find_tone(usual, NO_GRADE, picture, weight=0.0, in_full=True)
    made = apply_lut(photo, tone_lut(tone.table.unsqueeze(0), photo)[0])
    before, after = (
        (lightness_quantiles(x) - lightness_quantiles(picture)).abs().mean() for x in (photo, made)
    )
    assert after < 0.35 * before


def test_a_table_of_zeros_changes_nothing(plain_feed: PlainFeed) -> None:
    table = torch.stack((torch.linspace(0, 1, QUANTILES), *torch.zeros(2, QUANTILES)))
    lut = tone_lut(table.unsqueeze(0), plain_feed(12)[:1])
    torch.testing.assert_close(lut, NO_GRADE, atol=2e-3, rtol=0)


@pytest.mark.parametrize("in_full", [False, True])
def test_tones_of_parts_add_up(usual: Usual, plain_feed: PlainFeed, in_full: bool) -> None:
    found = find_tone(usual, NO_GRADE, 0.5 * plain_feed(12), weight=1.0, in_full=in_full)
    whole = found.table.unsqueeze(0)
    half = torch.cat((whole[:, :1], whole[:, 1:] / 2), dim=1)
    photo = plain_feed(12)[2:3]
    both = tone_lut(torch.cat((half, half)), photo)
    torch.testing.assert_close(both, tone_lut(whole, photo), atol=1e-4, rtol=0)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-0.6, 0.6), min_size=QUANTILES, max_size=QUANTILES),
    st.floats(-0.99, 0),
    st.integers(0, 99),
)
def test_tone_is_monotone_and_keeps_white(shift: list[float], pull: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    photo = torch.rand(1, 3, 8, 8, generator=generator) ** (1 + seed % 4)
    centre = (torch.arange(QUANTILES) + 0.5) / QUANTILES
    table = torch.stack((centre, torch.tensor(shift), torch.full((QUANTILES,), pull)))
    lut = tone_lut(table.unsqueeze(0), photo)
    assert lut.min() >= 0 and lut.max() <= 1
    assert grey_slopes(lut).min() >= -1e-4
    torch.testing.assert_close(lut[0, :, -1, -1, -1], torch.ones(3), atol=2e-3, rtol=0)


def test_a_flat_photo_is_no_trouble(usual: Usual, plain_feed: PlainFeed) -> None:
    tone = find_tone(usual, NO_GRADE, 0.4 * plain_feed(12), weight=1.0)
    lut = tone_lut(tone.table.unsqueeze(0), torch.full((1, 3, 8, 8), 0.5))
    assert torch.isfinite(lut).all() and grey_slopes(lut).min() >= 0
