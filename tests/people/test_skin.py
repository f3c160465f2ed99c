"""Skin: bands are turned down to a feed's; features, background and tone stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from looksmith.people import People, find_people
from looksmith.people.landmarks import EYES
from looksmith.people.skin import SkinAmounts, median_skin, smooth_skin

SMOOTHEST = SkinAmounts(texture=0, marks=0, blotches=0, redness=0)


@pytest.fixture(scope="module")
def blemished() -> NDArray[np.uint8]:
    """The astronaut with dark spots on the cheeks and coarse noise on all."""
    pixels = np.asarray(data.astronaut()).copy()
    noise = np.random.default_rng(0).normal(0, 9, (256, 256, 3))
    noise = np.stack([np.asarray(Image.fromarray(c).resize((512, 512))) for c in noise.T], -1)
    pixels = (pixels + noise).clip(0, 255).astype(np.uint8)
    for x, y in ((210, 145), (215, 152), (252, 150)):
        pixels[y - 1 : y + 2, x - 1 : x + 2] //= 2
    return pixels


@pytest.fixture(scope="module")
def people(blemished: NDArray[np.uint8]) -> People:
    return find_people(blemished)


def _luma(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.asarray(pixels @ np.array([0.2126, 0.7152, 0.0722]))


def test_bands_are_turned_down_on_skin_only(blemished: NDArray[np.uint8], people: People) -> None:
    smooth = smooth_skin(blemished, people, SMOOTHEST)
    before, after = median_skin([people]), median_skin([find_people(smooth)])
    assert after["marks"] < 0.75 * before["marks"]
    assert after["blotches"] < 0.95 * before["blotches"]
    outside = people.skin == 0
    assert outside.mean() > 0.7
    assert (smooth[outside] == blemished[outside]).all()


def test_eyes_stay_as_sharp(blemished: NDArray[np.uint8], people: People) -> None:
    smooth = smooth_skin(blemished, people, SMOOTHEST)
    for eye in EYES:
        outline = people.faces[0].outline(eye)
        (left, top), (right, bottom) = outline.min(0).astype(int), outline.max(0).astype(int)
        before, after = (
            np.abs(np.gradient(_luma(p)[top - 2 : bottom + 2, left:right])).mean()
            for p in (blemished, smooth)
        )
        assert after > 0.95 * before


@settings(max_examples=8, deadline=None)
@given(
    gamma=st.floats(0.7, 2.2),
    strength=st.floats(0.2, 1.0),
    highlights=st.floats(0.02, 0.6),
)
def test_skin_keeps_its_tone(gamma: float, strength: float, highlights: float) -> None:
    pixels = (255 * (np.asarray(data.astronaut())[:300, 80:380] / 255) ** gamma).astype(np.uint8)
    people = find_people(pixels)
    amounts = SkinAmounts(0, 0, 0, 0, highlights)
    smooth = smooth_skin(pixels, people, amounts, strength)
    inside = people.skin > 0.5
    assert abs(float((_luma(smooth) - _luma(pixels))[inside].mean())) < 1.5


def test_lighter_only_when_asked(blemished: NDArray[np.uint8], people: People) -> None:
    inside = people.skin > 0.8
    plain = _luma(smooth_skin(blemished, people))[inside].mean()
    lighter = _luma(smooth_skin(blemished, people, lighten=1.0))[inside].mean()
    assert lighter > plain + 5


def test_nothing_to_do_gives_the_photo_back(blemished: NDArray[np.uint8], people: People) -> None:
    assert smooth_skin(blemished, people, strength=0) is blemished
    coffee = np.asarray(data.coffee())
    assert (smooth_skin(coffee, find_people(coffee)) == coffee).all()
    feed_is_rougher = SkinAmounts(1, 1, 1, 1, median_skin([people])["highlights"])
    assert (smooth_skin(blemished, people, feed_is_rougher) == blemished).all()


def test_sixteen_bits_follow_eight(blemished: NDArray[np.uint8], people: People) -> None:
    deep = smooth_skin(blemished.astype(np.uint16) * 257, people)
    eight = smooth_skin(blemished, people)
    assert deep.dtype == np.uint16
    assert np.abs(deep / 257.0 - eight).max() < 1.01


def test_amounts_are_read_from_a_feed(blemished: NDArray[np.uint8]) -> None:
    rough, soft = (median_skin([find_people(p)]) for p in (blemished, data.astronaut()))
    assert rough["faces"] == soft["faces"] == 1
    assert rough["marks"] > 1.2 * soft["marks"]
    assert SkinAmounts.from_numbers(soft).marks == soft["marks"]
    assert median_skin([find_people(data.coffee())]) == {"faces": 0.0}
