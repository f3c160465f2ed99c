"""What lies before a face: hands are found, and nothing that covers it is made up."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from skimage import data

from looksmith.people import People, find_people
from looksmith.people.hands import find_hands, hand_mask
from looksmith.people.landmarks import LIPS_OUTER
from looksmith.people.makeup import make_up
from looksmith.people.makeup_map import PARTS, Layer, worn
from looksmith.people.sight import mouth_seen, readable

# A hand that is held up, joint by joint, around the root of its middle finger.
JOINTS = np.array(
    [
        *((-16, 56), (3, 45), (13, 27), (15, 10), (15, -3), (8, 3), (12, -14), (13, -24)),
        *((14, -33), (0, 0), (4, -21), (6, -33), (7, -44), (-9, 0), (-6, -21), (-4, -31)),
        *((-2, -41), (-19, 3), (-18, -13), (-16, -22), (-14, -31)),
    ]
)
BONES = (
    *((0, 17), (0, 5), (0, 1), (19, 20), (18, 19), (17, 18), (15, 16), (14, 15), (13, 14)),
    *((11, 12), (10, 11), (9, 10), (7, 8), (6, 7), (5, 6), (3, 4), (2, 3), (1, 2)),
)
LIPS = dict.fromkeys(PARTS, 0.0) | {"lips": 1.0}
Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def bare() -> Pixels:
    return np.asarray(Image.fromarray(data.astronaut()[:260, 100:360]).resize((520, 520)))


@pytest.fixture(scope="module")
def covered(bare: Pixels) -> tuple[Pixels, NDArray[np.bool_]]:
    """The face with a hand before its mouth, and where the hand is."""
    face = find_people(bare).faces[0]
    joints = JOINTS * 0.0115 * face.width + face.landmarks[13, :2]
    width = 0.25 * np.linalg.norm(joints[9] - joints[0])
    ends = [(joints[a], joints[b], width) for a, b in BONES]
    ends.insert(0, (joints[0], 1.9 * joints[0] - 0.9 * joints[9], 2.6 * width))
    shapes = [_line(bare.shape[1::-1], *end) for end in ends]
    palm = Image.new("L", bare.shape[1::-1])
    ImageDraw.Draw(palm).polygon([tuple(joints[k]) for k in (0, 1, 5, 9, 13, 17)], 255)
    skin = np.array((224.0, 172.0, 150.0))
    picture, everywhere = bare.astype(np.float64), np.zeros(bare.shape[:2], bool)
    for shape in (*shapes, palm):
        mask = np.asarray(shape) > 127
        soft = np.asarray(shape.filter(ImageFilter.GaussianBlur(face.width / 40)), float) / 255
        shade = 0.55 + 0.5 * ((soft - 0.3) / 0.7).clip(0, 1)
        picture[mask] = (skin * shade[..., None])[mask]
        everywhere |= mask
    return picture.clip(0, 255).astype(np.uint8), everywhere


def _line(
    size: tuple[int, int], first: NDArray[np.float64], second: NDArray[np.float64], width: float
) -> Image.Image:
    """A thick line with round ends."""
    image = Image.new("L", size)
    draw = ImageDraw.Draw(image)
    draw.line([*first, *second], 255, round(width))
    for x, y in (first, second):
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), 255)
    return image


def test_a_hand_before_a_face_is_found(
    bare: Pixels, covered: tuple[Pixels, NDArray[np.bool_]]
) -> None:
    pixels, hand = covered
    mask = hand_mask(pixels, find_hands(pixels, find_people(bare).faces[0])) > 0.5
    assert mask[hand].mean() > 0.85
    assert hand[mask].mean() > 0.5


def test_a_face_has_no_hands(bare: Pixels) -> None:
    assert find_hands(bare, find_people(bare).faces[0]) == []


@pytest.fixture(scope="module")
def layer(bare: Pixels) -> Layer:
    """Red lips."""
    red, face = Image.fromarray(bare), find_people(bare).faces[0]
    ImageDraw.Draw(red).polygon([tuple(p) for p in face.outline(LIPS_OUTER)], (170, 20, 50))
    return worn(np.asarray(red), face)


def test_a_hand_before_the_mouth_wears_no_lipstick(
    bare: Pixels, covered: tuple[Pixels, NDArray[np.bool_]], layer: Layer
) -> None:
    people, (pixels, hand) = find_people(bare), covered
    made = make_up(pixels, People(pixels, people.faces), layer, LIPS)
    assert np.abs(make_up(bare, people, layer, LIPS).astype(int) - bare)[hand].max() > 60
    assert (np.abs(made.astype(int) - pixels).max(-1)[hand] > 8).mean() < 0.01


def test_a_cup_before_the_mouth_wears_no_lipstick(bare: Pixels, layer: Layer) -> None:
    people = find_people(bare)
    face = people.faces[0]
    x, y = (int(v) for v in face.landmarks[13, :2])
    half, top = round(0.4 * face.width), y - round(0.15 * face.width)
    pixels = bare.copy()
    round_ = 1 - 0.5 * np.linspace(-1, 1, 2 * half)[None, :, None] ** 2
    pixels[top:, x - half : x + half] = (round_ * (235, 232, 225)).astype(np.uint8)
    made = make_up(pixels, People(pixels, people.faces), layer, LIPS)
    assert (np.abs(made.astype(int) - pixels).max(-1) > 8)[top:].sum() == 0
    assert mouth_seen(pixels, face) < 0.1
    assert mouth_seen(bare, face) > 0.6
    assert readable(bare, face) and not readable(pixels, face)


def test_half_a_mouth_is_painted_where_half_is_seen(bare: Pixels, layer: Layer) -> None:
    people = find_people(bare)
    x = int(people.faces[0].landmarks[13, 0])
    pixels = bare.copy()
    pixels[:, x:] = pixels[:, x:].mean(-1, keepdims=True) * 0.3 + np.array((20, 60, 90))
    painted = make_up(pixels, People(pixels, people.faces), layer, LIPS).astype(int) - pixels
    clear = make_up(bare, people, layer, LIPS).astype(int) - bare
    lips = np.abs(clear).max(-1) > 12
    changed = np.abs(painted).max(-1) > 8
    assert changed[:, : x - 10][lips[:, : x - 10]].mean() > 0.8
    assert changed[:, x + 10 :][lips[:, x + 10 :]].mean() < 0.05
