from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from looksmith.color import oklab_to_srgb, srgb_to_oklab
from looksmith.grading import apply_lut, identity_lut
from looksmith.mood import skin_turns
from looksmith.palette import find_palette
from looksmith.plain import Usual

NO_GRADE = identity_lut(17).unsqueeze(0)
PlainFeed = Callable[[int], Tensor]


def coloured(photos: Tensor, factor: float = 1.0, cast: tuple[float, float] = (0, 0)) -> Tensor:
    """Photos with chroma times a factor, and a cast of a and b."""
    lab = srgb_to_oklab(photos)
    lab[:, 1:] = lab[:, 1:] * factor + torch.tensor(cast).view(2, 1, 1)
    return oklab_to_srgb(lab).clamp(0, 1)


def colour_of(photos: Tensor) -> Tensor:
    return srgb_to_oklab(photos)[:, 1:].mean((0, 2, 3))


@pytest.fixture(scope="module")
def blue(usual: Usual, plain_feed: PlainFeed) -> Tensor:
    palette = find_palette(usual, NO_GRADE, coloured(plain_feed(8), cast=(-0.02, -0.06)))
    assert palette.evidence > 2.5 and palette.amount > 0.5
    return palette.lut


def test_plain_photos_have_no_palette(usual: Usual, plain_feed: PlainFeed) -> None:
    palette = find_palette(usual, NO_GRADE, plain_feed(8))
    assert palette.evidence < 1.5 and palette.amount == 0
    assert torch.equal(palette.lut, NO_GRADE)


def test_a_feed_that_leans_to_blue_gives_photos_some_of_it(
    plain_feed: PlainFeed, blue: Tensor
) -> None:
    photos = plain_feed(12)
    change = colour_of(apply_lut(photos, blue.expand(12, -1, -1, -1, -1))) - colour_of(photos)
    assert -0.07 < float(change[1]) < -0.01
    lightness = [
        srgb_to_oklab(x)[:, 0].mean()
        for x in (apply_lut(photos, blue[:1].expand(12, -1, -1, -1, -1)), photos)
    ]
    assert abs(float(lightness[0] - lightness[1])) < 0.01


def test_whites_stay_clean_and_skin_stays_skin(blue: Tensor) -> None:
    white = torch.full((1, 3, 1, 1), 0.97)
    assert float((apply_lut(white, blue) - white).abs().max()) < 0.02
    assert max(skin_turns(blue)) < 8


def test_a_pale_feed_takes_colour_away_and_a_dense_one_adds_some(
    usual: Usual, plain_feed: PlainFeed
) -> None:
    photos = plain_feed(12)

    def chroma_after(factor: float) -> float:
        lut = find_palette(usual, NO_GRADE, coloured(plain_feed(12), factor)).lut
        made = apply_lut(photos, lut.expand(12, -1, -1, -1, -1))
        return float(srgb_to_oklab(made)[:, 1:].norm(dim=1).mean())

    assert chroma_after(0.2) < 0.8 * chroma_after(1.0) < 0.95 * chroma_after(2.5)


def test_three_photos_and_photos_in_full_have_none(usual: Usual, plain_feed: PlainFeed) -> None:
    feed = coloured(plain_feed(8), cast=(-0.02, -0.06))
    assert find_palette(usual, NO_GRADE, feed[:3]).amount == 0
    assert find_palette(usual, NO_GRADE, feed, in_full=True).amount == 0


def test_three_photos_that_are_known_to_have_a_look_give_their_cast(
    usual: Usual, plain_feed: PlainFeed
) -> None:
    blue = coloured(plain_feed(8), cast=(-0.02, -0.06))[:3]
    palette = find_palette(usual, NO_GRADE, blue, certain=True)
    photos = plain_feed(12)
    made = apply_lut(photos, palette.lut.expand(len(photos), -1, -1, -1, -1))
    before, after = (float(srgb_to_oklab(x)[:, 2].mean()) for x in (photos, made))
    assert palette.amount > 0.4 and after < before - 0.01


@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.parametrize("in_full", [True, False])
def test_black_and_white_photos_take_colour_away(
    usual: Usual, plain_feed: PlainFeed, count: int, in_full: bool
) -> None:
    greys = coloured(plain_feed(8)[:count], factor=0.0)
    palette = find_palette(usual, NO_GRADE, greys, in_full=in_full)
    photos = plain_feed(12)
    made = apply_lut(photos, palette.lut.expand(len(photos), -1, -1, -1, -1))
    assert palette.amount == 1 and palette.evidence > 0
    assert (made.amax(1) - made.amin(1)).max() < 1 / 255
    lightness, kept = (srgb_to_oklab(x)[:, 0] for x in (photos, made))
    torch.testing.assert_close(kept, lightness, atol=0.03, rtol=0)


def test_a_feed_with_some_colour_is_not_black_and_white(
    usual: Usual, plain_feed: PlainFeed
) -> None:
    mixed = torch.cat((coloured(plain_feed(8)[:6], factor=0.0), plain_feed(8)[6:]))
    made = find_palette(usual, NO_GRADE, mixed).lut
    assert colour_of(apply_lut(plain_feed(8), made.expand(8, -1, -1, -1, -1))).norm() > 0
    assert not torch.equal(made[:, 0], made[:, 1])
