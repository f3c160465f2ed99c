from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from looksmith.evaluation.feeds import (
    closed,
    directions,
    guards,
    has_whites,
    name_feed,
    oklab,
    signature,
    skin_turn,
    sliced_wasserstein,
)
from looksmith.evaluation.images import Image
from looksmith.evaluation.peers import (
    Trial,
    half_population_transport,
    nonlinear_population_transport,
    population_transport,
)

SKINS = ((0.96, 0.84, 0.77), (0.76, 0.57, 0.45), (0.29, 0.18, 0.13))


@pytest.fixture(scope="module")
def images(photos: list[NDArray[np.uint8]]) -> list[Image]:
    return [np.asarray(photo, np.float32) / 255 for photo in photos]


def warmed(photo: Image) -> Image:
    return np.asarray(photo * np.array([1.0, 0.8, 0.55], np.float32) + 0.05, np.float32).clip(0, 1)


def test_directions_are_unit_vectors_that_favour_none() -> None:
    found = directions()
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    assert np.allclose(found.T @ found / len(found), np.eye(3) / 3, atol=0.02)


def test_the_distance_of_two_flat_colours_is_known() -> None:
    grey, lighter = (np.full((8, 8, 3), v, np.float32) for v in (0.3, 0.6))
    apart = sliced_wasserstein(signature([grey]), signature([lighter]))
    length = np.linalg.norm(oklab(grey)[0] - oklab(lighter)[0])
    assert apart == pytest.approx(length / 3**0.5, rel=0.02)


def test_a_photo_is_named_after_the_feed_whose_colours_it_has(images: list[Image]) -> None:
    choices = [signature(images[:2]), signature([warmed(photo) for photo in images[:2]])]
    assert name_feed(warmed(images[2]), choices) == 1


def test_the_share_closed_is_of_the_sum() -> None:
    assert closed([1.0, 3.0], [0.5, 0.5]) == pytest.approx(0.75)
    assert closed([1.0, 3.0], [0.5, 0.5], power=2) == pytest.approx(0.95)


def test_a_photo_left_alone_breaks_no_guard(images: list[Image]) -> None:
    found = guards(images[0], images[0])
    assert found.whites == pytest.approx(0, abs=1e-5)
    assert found.skin == pytest.approx(0, abs=1e-3) and found.clipped == 0
    assert found.structure == pytest.approx(1)


@pytest.mark.parametrize("skin", SKINS)
def test_a_turn_of_hue_is_seen_on_light_medium_and_dark_skin(skin: tuple[float, ...]) -> None:
    face = np.full((8, 8, 3), skin, np.float32)
    green = face * np.array([0.9, 1.05, 0.9], np.float32)
    assert skin_turn(face, face * 0.9) < 5 < 8 < skin_turn(face, green)


def test_a_grey_result_has_no_hue_to_turn() -> None:
    face = np.full((8, 8, 3), SKINS[1], np.float32)
    assert skin_turn(face, np.full_like(face, 0.6)) == 0


def test_casts_on_white_and_clipping_are_seen(images: list[Image]) -> None:
    white = np.ones((32, 32, 3), np.float32)
    assert has_whites([white]) and not has_whites([images[3] * 0.5])
    assert guards(white, warmed(white)).whites > 6
    assert guards(white, warmed(white), whites=False).whites == 0
    assert guards(images[0], (images[0] * 3).clip(0, 1)).clipped > 0.2


def test_lost_edges_lower_structure_and_contrast_does_not(images: list[Image]) -> None:
    flatter = images[0] * 0.8 + 0.05
    posterised = np.round(images[0] * 4) / 4
    assert guards(images[0], flatter).structure > 0.97 > guards(images[0], posterised).structure


def test_population_transports_take_a_look_over_to_other_photos(images: list[Image]) -> None:
    ordinary = np.concatenate([photo.reshape(-1, 3)[::5] for photo in images])
    trial = Trial([warmed(photo) for photo in images], [], ordinary)
    truth = warmed(images[1])
    distances = [
        np.abs(peer(images[1], trial) - truth).mean()
        for peer in (population_transport, half_population_transport)
    ]
    assert distances[0] < distances[1] < np.abs(images[1] - truth).mean()
    assert np.abs(nonlinear_population_transport(images[1], trial) - truth).mean() < 0.06
