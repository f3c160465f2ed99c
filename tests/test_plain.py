from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from looksmith.base import load_plain
from looksmith.color import oklab_to_srgb
from looksmith.grading import identity_lut
from looksmith.mood import find_mood
from looksmith.palette import find_palette
from looksmith.plain import PlainPhotos, Usual, lesser, principal_components
from looksmith.tone import find_tone

NO_GRADE = identity_lut(17).unsqueeze(0)


def pictures(lightness: float, a: float, b: float, count: int, seed: int) -> Tensor:
    """Photos ``(K, 3, 16, 16)`` that vary around a colour, Oklab."""
    generator = torch.Generator().manual_seed(seed)
    between = torch.randn(count, 3, 1, 1, generator=generator)
    within = torch.randn(count, 3, 16, 16, generator=generator)
    spread = torch.tensor([0.1, 0.02, 0.02]).view(3, 1, 1)
    lab = torch.tensor([lightness, a, b]).view(3, 1, 1) + spread * (between + within)
    return oklab_to_srgb(lab).clamp(0, 1)


def usual_of(*groups: Tensor) -> tuple[PlainPhotos, Tensor]:
    """Plain photos of several subjects, each a direction of its own, and those directions."""
    shown = torch.eye(len(groups)).repeat_interleave(len(groups[0]), 0)
    features = shown + 0.05 * torch.randn(shown.shape, generator=torch.Generator().manual_seed(3))
    mean, components, spread = principal_components(features, len(groups) - 1)
    colours = (torch.cat(groups).flatten(2) * 255).round().byte()
    plain = PlainPhotos(colours, mean, components / spread, torch.zeros(0))
    return replace(plain, subjects=plain.directions(features)), torch.eye(len(groups))


@pytest.fixture(scope="module")
def kitchen() -> tuple[PlainPhotos, Tensor]:
    """Streets, which are grey, and food, which is warm and dark."""
    streets, food = pictures(0.6, 0.0, 0.0, 60, 1), pictures(0.4, 0.06, 0.07, 60, 2)
    return usual_of(streets, food, pictures(0.7, 0.0, 0.0, 60, 5))


def test_plain_food_has_no_palette_and_no_mood(kitchen: tuple[PlainPhotos, Tensor]) -> None:
    plain, shown = kitchen
    feed = pictures(0.4, 0.06, 0.07, 12, 7)
    known, unknown = plain.usual(shown[1].expand(12, -1)), plain.usual(None)
    assert find_palette(unknown, NO_GRADE, feed).amount > 0.5
    assert find_mood(unknown, NO_GRADE, feed).amount > 0.5
    assert find_palette(known, NO_GRADE, feed).amount == 0
    assert find_mood(known, NO_GRADE, feed).amount == 0
    assert find_tone(unknown, NO_GRADE, feed, 1.0).amount > 0.5
    assert find_tone(known, NO_GRADE, feed, 0.0).amount < 0.1


def test_blue_food_is_a_palette(kitchen: tuple[PlainPhotos, Tensor]) -> None:
    plain, shown = kitchen
    feed = pictures(0.4, -0.02, -0.08, 12, 7)
    assert find_palette(plain.usual(shown[1].expand(12, -1)), NO_GRADE, feed).amount > 0.3


def test_neighbours_show_the_same(kitchen: tuple[PlainPhotos, Tensor]) -> None:
    plain, shown = kitchen
    alike = plain.usual(shown[1].expand(30, -1)).alike
    assert len(alike) >= 240
    food = plain.colours[60:120].float() / 255
    assert all(any(torch.equal(one, other) for other in food) for one in alike[::40])


def test_sameness_tells_one_subject_from_many(kitchen: tuple[PlainPhotos, Tensor]) -> None:
    plain, shown = kitchen
    assert plain.usual(shown[:1].expand(5, -1)).sameness > 0.99
    assert plain.usual(shown).sameness < 0.1
    assert plain.usual(shown[:1]).sameness == 0
    assert plain.usual(shown[:0]).sameness == 0


def test_shipped_plain_photos_are_whole() -> None:
    plain = load_plain()
    count = len(plain.colours)
    assert plain.subjects.shape == (count, 64) and plain.colours.shape == (count, 3, 256)
    torch.testing.assert_close(plain.subjects.norm(dim=1), torch.ones(count), atol=1e-2, rtol=0)


def test_evidence_is_that_beside_the_nearer_plain_photos() -> None:
    generator = torch.Generator().manual_seed(0)
    near, far, own = (torch.randn(n, 4, generator=generator) for n in (50, 50, 8))
    usual = load_plain().usual(None)
    evidence, shift = usual.beyond(near, far + 5, own + 0.1)
    assert evidence == pytest.approx(usual.beyond(near, near, own + 0.1)[0])
    assert shift.abs().max() < 1.5


def test_thirty_photos_of_one_face_are_hardly_more_evidence_than_one() -> None:
    palettes = torch.zeros(1, 3, 1)
    face, feed = Usual(palettes, palettes, 0.8), Usual(palettes, palettes, 0.3)
    assert face.independent(30) < 1.3 and feed.independent(30) == 30
    assert face.independent(1) == feed.independent(1) == 1
    plain, own = torch.randn(60, 4, generator=torch.Generator().manual_seed(1)), torch.ones(30, 4)
    own = own + 0.5 * plain[:30]
    assert face.beyond(plain, plain, own)[0] < 0.3 * feed.beyond(plain, plain, own)[0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=8))
def test_the_lesser_difference_never_grows_or_turns(pairs: list[tuple[float, float]]) -> None:
    one, other = torch.tensor(pairs).T
    made = lesser(one, other)
    assert (made.abs() <= torch.minimum(one.abs(), other.abs())).all()
    assert (made * one >= 0).all() and torch.equal(made, lesser(other, one))


def test_without_known_subjects_all_plain_photos_are_alike() -> None:
    usual = load_plain().usual(None)
    assert isinstance(usual, Usual) and torch.equal(usual.palettes, usual.alike)
