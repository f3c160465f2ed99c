"""Loops: the person moves, blinks and stays the same; the background stands still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from looksmith.base import default_base
from looksmith.look import Look
from looksmith.people.animate import FRAMES_A_SECOND, SECONDS, animate, write_mp4, write_webp
from looksmith.people.avatar import Avatar, make_avatars
from looksmith.people.faces import identity
from looksmith.people.landmarks import EYES
from looksmith.people.talk import Mouth, spoken


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    sheet = torch.tensor(np.asarray(Image.fromarray(data.coffee()).resize((60, 40))))
    parts = torch.zeros(1, 256), torch.zeros(1, 3, 4), torch.zeros(1, 64), torch.zeros(1)
    look = Look("plain", *parts, {}, default_base().identity, sheet=sheet)
    return make_avatars(np.asarray(data.astronaut()), look, 1, 256)[0]


@pytest.fixture(scope="module")
def frames(avatar: Avatar) -> NDArray[np.uint8]:
    return animate(avatar)


def test_the_loop_starts_as_the_still_and_closes(avatar: Avatar, frames: NDArray[np.uint8]) -> None:
    assert len(frames) == round(SECONDS * FRAMES_A_SECOND)
    steps = np.abs(np.diff(frames.astype(int), axis=0)).mean((1, 2, 3))
    last = np.abs(frames[-1].astype(int) - frames[0]).mean()
    assert np.abs(frames[0].astype(int) - avatar.pixels).mean() < 1
    assert last < 2 * np.median(steps) + 0.1


def test_the_person_moves_and_the_background_stands(
    avatar: Avatar, frames: NDArray[np.uint8]
) -> None:
    moved = np.ptp(frames.astype(int), axis=0).max(-1)
    assert moved[avatar.alpha > 0.9].mean() > 10
    assert moved[:20, :20].max() <= 4


def test_the_eyes_close_once(avatar: Avatar, frames: NDArray[np.uint8]) -> None:
    outline = avatar.face.outline(EYES[0])
    (left, top), (right, bottom) = outline.min(0).astype(int), outline.max(0).astype(int)
    eye = frames[:, top:bottom, left:right].astype(float).mean(-1)
    contrast = eye.std((1, 2))
    closed = round(0.3 * len(frames)) + 2
    assert contrast[closed] < 0.85 * contrast[0]


def test_it_is_still_the_same_person(avatar: Avatar, frames: NDArray[np.uint8]) -> None:
    still = identity(avatar.pixels, avatar.face)
    quarter = len(frames) // 4
    assert all(float(still @ identity(frames[k], avatar.face)) > 0.75 for k in (0, 3 * quarter))


def test_files_play(frames: NDArray[np.uint8], tmp_path: Path) -> None:
    few = frames[:6]
    write_webp(few, tmp_path / "a.webp", b"<label/>")
    loop = Image.open(tmp_path / "a.webp")
    assert loop.n_frames == 6 and loop.info["loop"] == 0 and loop.info["xmp"] == b"<label/>"
    write_mp4(few, tmp_path / "a.mp4", "made with Looksmith")
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.metadata["comment"] == "made with Looksmith"
        assert sum(1 for _ in container.decode(video=0)) == 12


def test_talking_opens_the_mouth_a_little_and_tears_nothing(avatar: Avatar) -> None:
    mouth = Mouth.of(avatar.face)
    assert mouth is not None
    side = avatar.side
    still = np.stack(np.meshgrid(*[np.arange(side, dtype=np.float32)] * 2), -1)
    same, nothing = spoken(still, mouth, 0.0)
    assert (same == still).all() and not nothing.any()
    places, between = spoken(still, mouth, 1.0)
    u, v = mouth.places(still[between > 0.5])
    assert u.min() >= 0 and u.max() <= 1 and len(u) > 3
    assert v.max() < mouth.chin
    # From top to bottom no pixel is taken from above the one before it.
    outside = (between[1:] == 0) & (between[:-1] == 0)
    assert np.diff(places[..., 1], axis=0)[outside].min() > -0.3
    assert np.abs(places - still).max() < 0.2 * avatar.face.width


def test_a_face_in_profile_does_not_talk(avatar: Avatar) -> None:
    turned = replace(avatar.face, pose=replace(avatar.face.pose, yaw=50.0))
    assert Mouth.of(turned) is None
