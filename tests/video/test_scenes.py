from __future__ import annotations

import numpy as np
import pytest

from looksmith.video.scenes import Scan, cuts, flicker, pieces, sample_places


def moving(colour: tuple[int, int, int], count: int, seed: int = 0) -> list[np.ndarray]:
    """Frames of one scene: a textured picture that pans."""
    generator = np.random.default_rng(seed)
    wide = generator.integers(0, 30, (36, 64 + count, 3)) + np.array(colour)
    return [wide[:, i : i + 64].clip(0, 255).astype(np.uint8) for i in range(count)]


def test_cuts_lie_where_the_picture_changes() -> None:
    frames = [*moving((0, 60, 120), 20), *moving((150, 20, 20), 15, 1), *moving((0, 60, 0), 30, 2)]
    assert cuts(frames) == [0, 20, 35]


def test_fades_and_flashes_are_no_cuts() -> None:
    frames = moving((60, 60, 60), 40)
    faded = [(f * (1 - i / 45)).astype(np.uint8) for i, f in enumerate(frames)]
    assert cuts(faded) == [0]
    still = [frames[0].copy() for _ in range(40)]
    for index in (12, 13):
        still[index] = np.full_like(frames[0], 255)
    assert cuts(still) == [0]


def test_long_scenes_are_written_in_pieces() -> None:
    found = pieces([0, 50], 750, most=300)
    assert [(p.scene, p.first, p.last) for p in found] == [
        (0, 0, 49),
        (1, 50, 282),
        (1, 283, 516),
        (1, 517, 749),
    ]


@pytest.mark.parametrize(("first", "end"), [(0, 1), (5, 7), (10, 500)])
def test_samples_lie_within_their_scene(first: int, end: int) -> None:
    places = sample_places(first, end)
    assert 1 <= len(places) <= 8
    assert all(first <= place < end for place in places)


def test_a_short_scene_between_kept_frames_has_a_sample() -> None:
    found = Scan(working=[np.full((1, 1, 3), i) for i in range(5)], step=10)
    assert found.samples(12, 15)[0].max() == 1


def test_flicker_is_jitter_and_not_change() -> None:
    steady = np.linspace(0, 255, 30)[:, None].repeat(3, 1)
    assert flicker(steady) == pytest.approx(0, abs=1e-9)
    assert flicker(steady + np.array([0, 5] * 15)[:, None]) > 9
