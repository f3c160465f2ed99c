"""The look of one picture on photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import looksmith
from looksmith.evaluation.feeds import gradient_ssim, signature, sliced_wasserstein


def test_a_photo_matched_to_a_picture_comes_near_its_colours(
    photos: list[NDArray[np.uint8]], save: Callable[..., Path]
) -> None:
    photo, picture = photos[0], (0.4 * photos[1] + np.array([40, 20, 0])).astype(np.uint8)
    Image.fromarray(picture).save(path := save("picture.png"))
    made = np.asarray(looksmith.match(photo, path))
    goal = signature([picture / 255])
    before, after = (sliced_wasserstein(signature([x / 255]), goal) for x in (photo, made))
    assert after < 0.5 * before
    for same in (picture, Image.fromarray(picture)):  # in memory, as good as a file
        np.testing.assert_allclose(made, np.asarray(looksmith.match(photo, same)), atol=1)


def test_a_photo_matched_to_a_black_and_white_picture_has_no_colour(
    photos: list[NDArray[np.uint8]],
) -> None:
    grey = np.repeat(photos[1].mean(-1, keepdims=True), 3, axis=-1).astype(np.uint8)
    made = np.asarray(looksmith.match(photos[0], grey)).astype(int)
    assert (made.max(-1) - made.min(-1)).max() <= 2


def test_a_matched_photo_keeps_its_edges(photo: NDArray[np.uint8]) -> None:
    dusk = (255 * (photo[::-1] / 255) ** 2 * (0.5, 0.6, 0.8)).astype(np.uint8)
    made = np.asarray(looksmith.match(photo, dusk))
    assert made.mean() < 0.7 * photo.mean()
    assert gradient_ssim(photo / np.float32(255), made / np.float32(255)) > 0.92


def test_a_photo_matched_to_itself_comes_back_as_it_was(photos: list[NDArray[np.uint8]]) -> None:
    for photo in photos:
        np.testing.assert_array_equal(looksmith.match(photo, photo), photo)
        np.testing.assert_array_equal(looksmith.match(photo[:, ::-1], photo), photo[:, ::-1])


def test_the_nearer_a_photo_the_less_it_is_changed(photo: NDArray[np.uint8]) -> None:
    changes = []
    for gain in (0.97, 0.85, 0.5):
        darker = (gain * photo).astype(np.uint8)
        made = np.asarray(looksmith.match(darker, photo))
        changes.append(np.abs(made.astype(int) - darker).mean() / (photo - darker).mean())
    assert changes[0] < 0.1
    assert changes == sorted(changes)
    assert changes[2] > 0.5
