"""What people hand in: no face, tiny ones, many, drawn ones, covered ones, and unsafe pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from skimage import data
from typer.testing import CliRunner

from looksmith.base import default_base
from looksmith.cli import app
from looksmith.errors import LooksmithError
from looksmith.look import Look
from looksmith.people import People, find_people, safety
from looksmith.people.faces import Pose
from looksmith.people.landmarks import EYES, LIPS_OUTER
from looksmith.people.makeup import make_up, read_makeup
from looksmith.people.makeup_map import Layer, usable, worn
from looksmith.people.skin import SkinAmounts, smooth_skin

Pixels = NDArray[np.uint8]
EVENEST = SkinAmounts(0, 0, 0, 0, 0.11)


@pytest.fixture(scope="module")
def face() -> Pixels:
    """One face, some 200 pixels wide."""
    return np.asarray(Image.fromarray(data.astronaut()[:256, 100:356]).resize((512, 512)))


@pytest.fixture(scope="module")
def people(face: Pixels) -> People:
    return find_people(face)


@pytest.fixture(scope="module")
def layer(face: Pixels, people: People) -> Layer:
    """Red lips."""
    red = Image.fromarray(face)
    outline = [tuple(p) for p in people.faces[0].outline(LIPS_OUTER)]
    ImageDraw.Draw(red).polygon(outline, (170, 20, 50))
    return worn(np.asarray(red), people.faces[0])


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str, Pixels], Path]:
    def save(name: str, pixels: Pixels) -> Path:
        Image.fromarray(pixels).save(tmp_path / name)
        return tmp_path / name

    return save


def _makeup(photo: Path, reference: Path) -> tuple[int, str]:
    out = photo.with_name("out.png")
    done = CliRunner().invoke(app, ["makeup", str(photo), "--from", str(reference), "-o", str(out)])
    assert out.exists() == (done.exit_code == 0)
    return done.exit_code, " ".join(done.output.split())


def _small(face: Pixels, width: int, people: People) -> Pixels:
    """A street of coffee with a face so many pixels wide."""
    side = round(512 * width / people.faces[0].width)
    street = np.array(Image.fromarray(data.coffee()).resize((400, 300)))
    street[100 : 100 + side, 150 : 150 + side] = Image.fromarray(face).resize((side, side))
    return street


def test_makeup_without_a_face_says_so(saved: Callable[[str, Pixels], Path], face: Pixels) -> None:
    coffee, me = saved("coffee.png", np.asarray(data.coffee())), saved("me.png", face)
    code, output = _makeup(coffee, me)
    assert code == 2 and "No face found" in output and "Traceback" not in output
    code, output = _makeup(me, coffee)
    assert code == 2 and "coffee.png has no face" in output


def test_avatars_without_a_face_say_so_and_write_nothing(
    saved: Callable[[str, Pixels], Path], tmp_path: Path
) -> None:
    coffee = saved("coffee.png", np.asarray(data.coffee()))
    runner, film, out = CliRunner(), tmp_path / "film.look", tmp_path / "avatars"
    parts = torch.zeros(1, 256), torch.zeros(1, 3, 4), torch.zeros(1, 64), torch.zeros(1)
    Look("plain", *parts, {}, default_base().identity).save(film)
    done = runner.invoke(app, ["avatar", str(coffee), "--look", str(film), "-o", str(out)])
    assert done.exit_code == 2 and "No face found" in " ".join(done.output.split())
    assert not out.exists()


def test_a_face_of_twenty_pixels_is_left_alone(
    saved: Callable[[str, Pixels], Path], face: Pixels, people: People
) -> None:
    street = _small(face, 20, people)
    assert (smooth_skin(street, find_people(street), EVENEST) == street).all()
    code, output = _makeup(saved("street.png", street), saved("me.png", face))
    assert code == 2 and ("64 pixels" in output or "No face found" in output)


def test_forty_faces_are_all_made_up(face: Pixels, layer: Layer) -> None:
    crowd = np.tile(np.asarray(Image.fromarray(face).resize((186, 186))), (5, 8, 1))
    found = find_people(crowd)
    assert len(found.faces) == 40
    change = np.abs(make_up(crowd, found, layer, {"lips": 1.0}).astype(int) - crowd).max(-1)
    for y, x in np.ndindex(5, 8):
        part = np.s_[186 * y : 186 * (y + 1), 186 * x : 186 * (x + 1)]
        assert (change[part] > 20).sum() > 20


def test_skin_that_fills_the_picture_keeps_its_tone(face: Pixels, people: People) -> None:
    everywhere = People(face, people.faces)
    everywhere.__dict__["skin"] = np.ones(face.shape[:2], np.float32)
    smooth = smooth_skin(face, everywhere, EVENEST)
    assert smooth.shape == face.shape
    assert np.abs(smooth.astype(float).mean((0, 1)) - face.mean((0, 1))).max() < 2


def test_a_reference_without_makeup_leaves_a_bare_face_bare(
    saved: Callable[[str, Pixels], Path], face: Pixels, people: People
) -> None:
    own = read_makeup([saved("me.png", face)])
    made = make_up(face, people, own, {"lips": 1.0, "cheeks": 1.0, "eyes": 1.0})
    assert np.abs(made.astype(int) - face).mean() < 0.5


def test_unsafe_pictures_are_refused_unless_the_operator_allows_them(
    saved: Callable[[str, Pixels], Path], face: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safety, "unsafe", lambda pixels: 0.95)
    me = saved("me.png", face)
    code, output = _makeup(me, me)
    assert code == 2 and "was refused" in output
    monkeypatch.setenv("LOOKSMITH_UNSAFE", "allow")
    assert _makeup(me, me)[0] == 0


def test_makeup_is_not_read_from_a_profile(people: People) -> None:
    assert usable(people.faces[0])
    assert not usable(replace(people.faces[0], pose=Pose(70.0, 0.0, 0.0)))


def test_glasses_are_no_skin_and_stay_dark(face: Pixels, people: People, layer: Layer) -> None:
    image, frames = Image.fromarray(face), Image.new("L", (512, 512))
    for eye in EYES:
        outline = people.faces[0].outline(eye)
        x, y = outline.mean(0)
        reach = 0.9 * float(np.ptp(outline[:, 0]))
        box = (x - reach, y - 0.7 * reach, x + reach, y + 0.8 * reach)
        ImageDraw.Draw(frames).ellipse(box, outline=255, width=7)
    worn_frames = np.asarray(frames) > 0
    image.paste((25, 22, 20), mask=frames)
    pixels = np.asarray(image)
    found = find_people(pixels)
    assert len(found.faces) == 1
    assert found.full(found.skin)[worn_frames].mean() < 0.2
    shadow = replace(layer, difference=layer.difference + np.array((-0.1, 0.1, 0), np.float32))
    made = make_up(pixels, found, shadow, {"lips": 0.0, "liner": 0.0, "brows": 0.0})
    assert np.abs(made.astype(int) - pixels).max() > 30
    assert made[worn_frames].mean() < 40


def test_a_beard_is_no_skin(face: Pixels, people: People) -> None:
    one = people.faces[0]
    chin = one.landmarks[[132, 58, 136, 152, 365, 288, 361, 425, 0, 205], :2]
    mask = Image.new("L", (512, 512))
    ImageDraw.Draw(mask).polygon([tuple(p) for p in chin], 255)
    beard = np.asarray(mask.filter(ImageFilter.GaussianBlur(4)), float)[..., None] / 255
    rng = np.random.default_rng(0)
    hair = np.array((70, 48, 36)) * rng.uniform(0.5, 1.5, (512, 512, 1))
    pixels = (face + beard * (hair - face)).clip(0, 255).astype(np.uint8)
    skin = People(pixels, people.faces).skin
    assert skin[beard[..., 0] > 0.95].mean() < 0.25
    assert (
        skin[one.landmarks[[50, 280], 1].astype(int), one.landmarks[[50, 280], 0].astype(int)].min()
        > 0.7
    )


@pytest.mark.parametrize("kind", ["drawing", "statue"])
def test_drawings_and_statues_give_a_sound_result_or_a_sentence(
    face: Pixels, layer: Layer, kind: str
) -> None:
    grey = Image.fromarray(face).convert("L")
    if kind == "drawing":
        edges = grey.filter(ImageFilter.GaussianBlur(1)).filter(ImageFilter.FIND_EDGES)
        pixels = np.repeat(255 - 3 * np.asarray(edges).clip(0, 85)[..., None], 3, 2)
    else:
        pixels = np.asarray(grey)[..., None] * np.array((0.8, 0.78, 0.74)) + 40
    pixels = pixels.astype(np.uint8)
    found = find_people(pixels)
    try:
        made = make_up(pixels, found, layer)
    except LooksmithError as error:
        assert "face" in str(error)
        return
    assert made.shape == pixels.shape
    smooth = smooth_skin(pixels, found, EVENEST)
    assert np.abs(smooth.astype(float).mean() - pixels.mean()) < 1
