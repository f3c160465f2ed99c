from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from looksmith.training.random_looks import RandomLooks, draw_looks
from looksmith.training.random_operators import POINTWISE, SPATIAL


def drawn(count: int, seed: int = 0) -> RandomLooks:
    return draw_looks(count, torch.Generator().manual_seed(seed))


def noise(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_every_random_look_gives_a_sound_photo_of_the_same_size(seed: int) -> None:
    photos = noise(8, 2, 3, 24, 32)
    made = drawn(8, seed)(photos)
    assert made.shape == photos.shape
    assert bool(torch.isfinite(made).all())
    assert -1e-5 <= float(made.min()) <= float(made.max()) <= 1 + 1e-5


def test_the_same_seed_draws_the_same_looks() -> None:
    photos = noise(40, 3, 16, 16)
    first, second, other = drawn(40, 3), drawn(40, 3), drawn(40, 4)
    assert [first.names(i) for i in range(40)] == [second.names(i) for i in range(40)]
    assert torch.equal(first(photos), second(photos))
    assert not torch.equal(first.pointwise(photos), other.pointwise(photos))


def test_every_operator_is_drawn_and_some_looks_change_nothing() -> None:
    looks = drawn(1500)
    steps = (*looks.pointwise_steps, *looks.spatial_steps)
    assert {step.name for step in steps} == {kind.name for kind in (*POINTWISE, *SPATIAL)}
    unchanged = torch.ones(1500, dtype=torch.bool)
    for step in steps:
        unchanged[step.rows] = False
    assert 90 < int(unchanged.sum()) < 170  # one in twelve is 125
    grey = sum(len(s.rows) for s in steps if s.name in ("monochrome", "duotone"))
    assert 100 < grey < 205  # one in nine of the rest is 153


def test_no_operator_but_two_comes_twice_in_a_look() -> None:
    looks = drawn(300)
    for look in range(300):
        names = looks.names(look)
        once = [name for name in names if name not in ("blend_colour", "hue_selective")]
        pointwise = [name for name in once if name in {kind.name for kind in POINTWISE}]
        assert len(pointwise) == len(set(pointwise))
        assert len(names) <= 8


def test_each_photo_gets_its_own_look_alone() -> None:
    """A look does to a photo what it does whoever else is in the batch."""
    looks, photos = drawn(30), noise(30, 3, 8, 8)
    changed = photos.clone()
    changed[7] = 1 - changed[7]
    before, after = looks.pointwise(photos), looks.pointwise(changed)
    assert torch.equal(before[:7], after[:7])
    assert torch.equal(before[8:], after[8:])
    assert not torch.equal(before[7], after[7])


def test_pointwise_looks_do_not_care_where_pixels_lie() -> None:
    looks, photos = drawn(40), noise(40, 3, 8, 8)
    turned = looks.pointwise(photos.flip(-1)).flip(-1)
    torch.testing.assert_close(turned, looks.pointwise(photos), atol=1e-5, rtol=0)
    flat = looks.is_pointwise
    assert torch.equal(looks(photos)[flat], looks.pointwise(photos)[flat])
    assert not torch.equal(looks(photos)[~flat], looks.pointwise(photos)[~flat])
