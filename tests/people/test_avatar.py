"""Avatars: a set that differs, of one person who stays the same."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from looksmith.base import default_base
from looksmith.errors import LooksmithError
from looksmith.look import Look
from looksmith.people import find_people
from looksmith.people.avatar import Avatar, make_avatars, personas
from looksmith.people.avatar_files import write_avatars
from looksmith.people.colours import oklab, palette_of
from looksmith.people.portrait import portrait
from looksmith.people.strokes import paint_strokes
from looksmith.people.treatments import TREATMENTS


@pytest.fixture(scope="module")
def astronaut() -> NDArray[np.uint8]:
    return np.asarray(data.astronaut())


@pytest.fixture(scope="module")
def look() -> Look:
    """A look that changes nothing, with the colours of a cup of coffee."""
    sheet = torch.tensor(np.asarray(Image.fromarray(data.coffee()).resize((60, 40))))
    parts = torch.zeros(1, 256), torch.zeros(1, 3, 4), torch.zeros(1, 64), torch.zeros(1)
    return Look("plain", *parts, {}, default_base().identity, sheet=sheet)


@pytest.fixture(scope="module")
def avatars(astronaut: NDArray[np.uint8], look: Look) -> list[Avatar]:
    return make_avatars(astronaut, look, 8, 256, seed=3)


def test_photographic_avatars_show_the_same_person(avatars: list[Avatar]) -> None:
    photographic = [a for a in avatars if a.persona.treatment == "photo"]
    assert len(photographic) == 4
    assert all(a.likeness >= 0.75 for a in photographic)


def test_avatars_differ(avatars: list[Avatar]) -> None:
    assert len({a.persona.name for a in avatars}) == 8
    for one, other in combinations(avatars, 2):
        assert np.abs(one.pixels.astype(int) - other.pixels).mean() > 4


def test_the_same_seed_gives_the_same_set(
    astronaut: NDArray[np.uint8], look: Look, avatars: list[Avatar]
) -> None:
    (again,) = make_avatars(astronaut, look, 1, 256, seed=3)
    assert (again.pixels == avatars[0].pixels).all()
    assert list(personas(20, 1)) == list(personas(20, 1)) != list(personas(20, 2))


def test_cutouts_are_transparent_around_the_person(avatars: list[Avatar]) -> None:
    cutout = avatars[0].cutout()
    assert cutout.shape == (256, 256, 4)
    x, y, _ = avatars[0].head
    assert cutout[int(y), int(x), 3] > 250


def test_what_a_user_prefers_comes_first(astronaut: NDArray[np.uint8], look: Look) -> None:
    made = make_avatars(astronaut, look, 3, 256, prefer=lambda pixels: float(pixels.mean()))
    means = [a.pixels.mean() for a in made]
    assert means == sorted(means, reverse=True)


def test_files_of_a_set(avatars: list[Avatar], tmp_path: Path) -> None:
    paths = write_avatars(avatars[:2], tmp_path, "plain")
    assert [p.name for p in paths] == ["01-photo-gradient.jpg", "02-photo-bokeh.jpg"]
    assert Image.open(paths[0]).size == (256, 256)
    assert Image.open(tmp_path / "cutouts" / "01-photo-gradient.png").mode == "RGBA"
    tall = Image.open(tmp_path / "crops" / "01-photo-gradient-9x16.jpg")
    assert tall.width / tall.height == pytest.approx(9 / 16, abs=0.01)
    wide = Image.open(tmp_path / "crops" / "01-photo-gradient-16x9.jpg")
    assert wide.width / wide.height == pytest.approx(16 / 9, abs=0.01)
    listed = json.loads((tmp_path / "avatars.json").read_text())["avatars"]
    assert [a["file"] for a in listed] == [p.name for p in paths]
    assert b"compositeWithTrained" in (tmp_path / "contact-sheet.jpg").read_bytes()


def test_a_wide_crop_shows_the_whole_head(avatars: list[Avatar]) -> None:
    free = avatars[0]
    alpha = free.alpha.copy()
    alpha[:, :4] = alpha[:, -4:] = 0  # a person whom the frame doesn't cut
    wide = replace(free, alpha=alpha).crop(16 / 9)
    assert wide.shape[:2] == (256, 455)
    face = find_people(wide).faces[0]
    assert abs((face.box[0] + face.box[2]) / 2 - (free.head[0] + 99)) < 12
    one_side = alpha.copy()
    one_side[:, :4] = 1  # a shoulder that is cut stays at the edge of the picture
    shifted = replace(free, alpha=one_side).crop(16 / 9)
    assert find_people(shifted).faces[0].box[0] < face.box[0] - 60


def test_a_portrait_frames_the_head(astronaut: NDArray[np.uint8]) -> None:
    framed = portrait(find_people(astronaut), 256)
    x, y = framed.face.landmarks[1, :2]
    assert 90 < x < 166 and 80 < y < 160
    assert framed.alpha[int(y), int(x)] == 1
    assert framed.alpha[:20, :20].mean() < 0.2


def test_bad_input_is_refused(astronaut: NDArray[np.uint8], look: Look) -> None:
    with pytest.raises(LooksmithError, match="No face"):
        make_avatars(np.asarray(data.coffee()), look)
    with pytest.raises(LooksmithError, match="too small"):
        make_avatars(np.asarray(Image.fromarray(astronaut).resize((200, 200))), look)
    for count, side in ((0, 256), (65, 256), (1, 64)):
        with pytest.raises(LooksmithError, match="1 to 64"):
            make_avatars(astronaut, look, count, side)


def test_a_palette_goes_from_dark_to_light() -> None:
    palette = palette_of(np.asarray(data.coffee()), 6)
    assert palette.shape == (6, 3)
    assert (np.diff(palette[:, 0]) >= 0).all()
    assert len(np.unique(palette.round(2), axis=0)) == 6


def test_a_painting_is_made_of_strokes(astronaut: NDArray[np.uint8]) -> None:
    colours = oklab(astronaut[40:168, 160:288])
    painting = paint_strokes(colours, np.random.default_rng(1))
    assert (painting == paint_strokes(colours, np.random.default_rng(1))).all()
    assert np.abs(painting - colours).mean() < 0.05
    assert np.abs(painting - colours).mean() > 0.005


def test_a_second_person_at_the_shoulder_falls_away(astronaut: NDArray[np.uint8]) -> None:
    person = astronaut[:400, 165:280]
    both = np.concatenate([person, person[:, ::-1]], 1)
    first, second = sorted(find_people(both).faces, key=lambda f: f.box[0])
    framed = portrait(find_people(both), 256, first)
    scale = framed.face.width / first.width
    own = framed.face.landmarks[1, :2]
    x, y = (own + scale * (second.landmarks[1, :2] - first.landmarks[1, :2])).astype(int)
    assert framed.alpha[int(own[1]), int(own[0])] == 1
    assert x < 256
    assert framed.alpha[y - 5 : y + 5, x - 5 :].mean() < 0.02


def test_drawn_skin_keeps_its_order_from_dark_to_light(astronaut: NDArray[np.uint8]) -> None:
    light = oklab(astronaut[:256, 100:356])
    dark = light * np.array((0.6, 0.8, 0.8), np.float32)
    alpha, rng = np.ones((256, 256), np.float32), np.random.default_rng(1)
    skin = np.s_[120:140, 112:124]  # a cheek
    drawn = [TREATMENTS["lines"](c, alpha, palette_of(astronaut), rng) for c in (light, dark)]
    gap = (drawn[0] - drawn[1])[skin][..., 0].mean()
    assert gap > 0.5 * (light - dark)[skin][..., 0].mean()
