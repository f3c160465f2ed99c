"""Makeup: what a face wears goes to another face, part by part, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from looksmith.errors import LooksmithError
from looksmith.people import People, find_people
from looksmith.people.face_map import face_patch, turned, unwrapped, wrapped
from looksmith.people.filters import polygons
from looksmith.people.landmarks import LIPS_INNER, LIPS_OUTER
from looksmith.people.makeup import make_up, read_makeup
from looksmith.people.makeup_map import PARTS, Layer, median_layer, regions, worn

NOTHING = dict.fromkeys(PARTS, 0.0)


@pytest.fixture(scope="module")
def bare() -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(data.astronaut()[:260, 100:360]).resize((520, 520)))


@pytest.fixture(scope="module")
def people(bare: NDArray[np.uint8]) -> People:
    return find_people(bare)


def _lips(people: People) -> NDArray[np.bool_]:
    face = people.faces[0]
    outer, inner = (polygons(people.size, face.outline(i)) for i in (LIPS_OUTER, LIPS_INNER))
    return np.asarray((outer > 0.9) & (inner < 0.1))


@pytest.fixture(scope="module")
def purple(bare: NDArray[np.uint8], people: People) -> NDArray[np.uint8]:
    """The same face with dark purple lips."""
    painted = bare.astype(np.float32)
    lips = _lips(people)
    painted[lips] = 0.3 * painted[lips] + 0.7 * np.array((110, 20, 120))
    return painted.astype(np.uint8)


@pytest.fixture(scope="module")
def layer(purple: NDArray[np.uint8]) -> Layer:
    return worn(purple, find_people(purple).faces[0])


def test_lips_take_the_colour_of_the_reference(
    bare: NDArray[np.uint8], purple: NDArray[np.uint8], people: People, layer: Layer
) -> None:
    made = make_up(bare, people, layer, NOTHING | {"lips": 1.0})
    lips = _lips(people)
    before, wanted, after = (p[lips].mean(0) for p in (bare, purple, made))
    assert np.linalg.norm(after - wanted) < 0.35 * np.linalg.norm(before - wanted)


def test_nothing_changes_outside_the_part(
    bare: NDArray[np.uint8], people: People, layer: Layer
) -> None:
    made = make_up(bare, people, layer, NOTHING | {"lips": 1.0})
    changed = (made != bare).any(-1)
    grown = polygons(people.size, people.faces[0].outline(LIPS_OUTER))
    around = np.asarray(Image.fromarray(grown).resize((65, 65)).resize((520, 520))) > 0
    assert changed[_lips(people)].mean() > 0.95
    assert not changed[~around].any()


def test_teeth_stay_white(bare: NDArray[np.uint8], people: People, layer: Layer) -> None:
    made = make_up(bare, people, layer, NOTHING | {"lips": 1.0})
    mouth = polygons(people.size, people.faces[0].outline(LIPS_INNER)) > 0.9
    lightest = bare.min(-1) >= np.percentile(bare.min(-1)[mouth], 60)
    teeth = mouth & lightest
    assert np.abs(made.astype(int) - bare)[teeth].mean() < 6


def test_strength_nothing_gives_the_bare_face_back(
    bare: NDArray[np.uint8], people: People, layer: Layer
) -> None:
    assert make_up(bare, people, layer, NOTHING) is bare
    tenth, whole = (
        make_up(bare, people, layer, {p: s for p in PARTS}).astype(int) for s in (0.1, 1.0)
    )
    assert np.abs(tenth - bare).sum() < 0.2 * np.abs(whole - bare).sum()


def test_a_face_in_its_own_makeup_hardly_changes(bare: NDArray[np.uint8], people: People) -> None:
    own = worn(bare, people.faces[0])
    made = make_up(bare, people, own).astype(int)
    assert np.abs(made - bare).mean() < 0.3


def test_blush_thins_out_where_a_cheek_turns_away(
    bare: NDArray[np.uint8], people: People, layer: Layer
) -> None:
    face = people.faces[0]
    angle = np.radians(40)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    middle = face.landmarks.mean(0)
    aside = replace(face, landmarks=((face.landmarks - middle) @ turn.T + middle).astype("f4"))
    red = replace(layer, difference=layer.difference + np.array((0, 0.08, 0), np.float32))
    made = make_up(bare, People(bare, (aside,)), red, NOTHING | {"cheeks": 1.0})
    change, seen = unwrapped((made.astype(np.float32) - bare), aside)
    blush, facing = np.abs(change).max(-1), turned(aside)
    cheeks = (regions()["cheeks"] > 0.5) & (seen > 0)
    near, far = blush[cheeks & (facing > 0.8)], blush[cheeks & (facing < 0.3)]
    assert near.mean() > 8
    assert far.mean() < 0.3 * near.mean()


def test_sixteen_bits_follow_eight(bare: NDArray[np.uint8], people: People, layer: Layer) -> None:
    deep = make_up(bare.astype(np.uint16) * 257, people, layer)
    assert np.abs(deep / 257.0 - make_up(bare, people, layer)).max() < 1.01


def test_a_layer_survives_a_look_file(layer: Layer) -> None:
    loaded = Layer.from_numbers(layer.to_numbers())
    assert len(str(layer.to_numbers())) < 20_000
    for part in PARTS:
        np.testing.assert_allclose(loaded.colours[part], layer.colours[part], atol=0.02)


@pytest.mark.parametrize(
    "damage",
    [
        {"map": "no map"},
        {"map": ""},
        {"skin": [1, 2]},
        {"skin": [0, 0, float("nan")]},
        {"faces": "x"},
    ],
)
def test_damaged_layers_are_refused(layer: Layer, damage: dict[str, object]) -> None:
    with pytest.raises(LooksmithError, match="damaged"):
        Layer.from_numbers(layer.to_numbers() | damage)


def test_a_feed_wears_what_most_of_it_wears(
    bare: NDArray[np.uint8], people: People, layer: Layer
) -> None:
    own = worn(bare, people.faces[0])
    both = median_layer([own, own, layer])
    np.testing.assert_allclose(both.colours["lips"], own.colours["lips"], atol=0.02)


def test_the_face_map_and_back_is_the_face(bare: NDArray[np.uint8], people: People) -> None:
    patch = face_patch(bare, people.faces[0], 150)
    flat, seen = unwrapped(patch.pixels.astype(np.float32), patch.face)
    back = wrapped(np.dstack([flat, np.ones_like(seen)]), patch.face, patch.size)
    whole = back[..., 3] > 0.99
    assert whole.mean() > 0.15
    assert np.abs(back[whole][:, :3] - patch.pixels[whole]).mean() < 4


def test_references_without_faces_are_named(tmp_path: Path) -> None:
    Image.fromarray(data.coffee()).save(tmp_path / "coffee.png")
    with pytest.raises(LooksmithError, match=r"coffee\.png has no face"):
        read_makeup([tmp_path / "coffee.png"])


def test_photos_without_faces_are_refused(layer: Layer, bare: NDArray[np.uint8]) -> None:
    coffee = np.asarray(data.coffee())
    with pytest.raises(LooksmithError, match="No face found"):
        make_up(coffee, find_people(coffee), layer)
    tiny = np.asarray(Image.fromarray(bare).resize((80, 80)))
    with pytest.raises(LooksmithError, match="64 pixels"):
        make_up(tiny, find_people(tiny), layer)


def test_unknown_parts_are_named(bare: NDArray[np.uint8], people: People, layer: Layer) -> None:
    with pytest.raises(LooksmithError, match="nose"):
        make_up(bare, people, layer, {"nose": 1.0})
