"""Finding people: faces, landmarks, pose, skin and person masks."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from looksmith.errors import LooksmithError
from looksmith.people import People, find_people, models, same_person


@pytest.fixture(scope="module")
def astronaut() -> NDArray[np.uint8]:
    return np.asarray(data.astronaut())


@pytest.fixture(scope="module")
def people(astronaut: NDArray[np.uint8]) -> People:
    return find_people(astronaut)


def test_finds_the_one_face(people: People) -> None:
    (face,) = people.faces
    left, top, right, bottom = face.box
    assert 150 < left < 200 < 250 < right < 290 and 40 < top < 100 and 160 < bottom < 220
    right_eye, left_eye = face.landmarks[468, :2], face.landmarks[473, :2]
    assert np.abs(right_eye - face.points[0]).max() < 8
    assert np.abs(left_eye - face.points[1]).max() < 8


def test_pose_turns_with_the_picture(astronaut: NDArray[np.uint8], people: People) -> None:
    mirrored = find_people(np.ascontiguousarray(astronaut[:, ::-1])).faces[0].pose
    pose = people.faces[0].pose
    assert mirrored.yaw == pytest.approx(-pose.yaw, abs=5)
    assert mirrored.roll == pytest.approx(-pose.roll, abs=5)
    turned = Image.fromarray(astronaut).rotate(20, Image.Resampling.BILINEAR)
    assert find_people(np.asarray(turned)).faces[0].pose.roll == pytest.approx(
        pose.roll + 20, abs=5
    )


def test_skin_is_on_the_face_and_not_on_suit_flag_or_eyes(people: People) -> None:
    skin, face = people.skin, people.faces[0]
    assert skin.shape == people.pixels.shape[:2]
    cheeks = face.landmarks[[50, 280, 101, 330, 151], :2].round().astype(int)
    eyes = face.landmarks[[468, 473], :2].round().astype(int)
    assert all(skin[y, x] > 0.7 for x, y in cheeks)
    assert all(skin[y, x] < 0.1 for x, y in eyes)
    assert skin[350:450, 180:260].mean() < 0.05
    assert skin[50:350, :100].mean() < 0.02


def test_skin_of_dark_and_of_light_faces_is_found_alike(
    astronaut: NDArray[np.uint8], people: People
) -> None:
    face = people.faces[0].box
    left, top, right, bottom = (int(v) for v in face)
    usual = people.skin[top:bottom, left:right].mean()
    for gamma in (0.6, 2.2):
        other = (255 * (astronaut / 255.0) ** gamma).astype(np.uint8)
        found = find_people(other).skin[top:bottom, left:right].mean()
        assert found == pytest.approx(usual, rel=0.2)


def test_person_stands_out_from_the_background(people: People) -> None:
    assert people.person[250:500, 150:350].mean() > 0.9
    assert people.person[:200, :80].mean() < 0.1


def test_faces_far_larger_and_smaller_than_the_network_are_found(
    astronaut: NDArray[np.uint8], people: People
) -> None:
    image = Image.fromarray(astronaut)
    for scale in (0.25, 4.0):
        side = round(512 * scale)
        face = find_people(np.asarray(image.resize((side, side)))).faces[0]
        expected = people.faces[0].landmarks[:, :2] * scale
        assert np.abs(face.landmarks[:, :2] - expected).max() < 8 * scale


def test_many_faces_are_found_like_one(astronaut: NDArray[np.uint8], people: People) -> None:
    crowd = find_people(np.tile(astronaut[:256, 100:356], (3, 4, 1)))
    assert len(crowd.faces) == 12
    one = people.skin[60:250, 160:300].mean()
    many = [
        crowd.skin[y : y + 143, x : x + 105].mean() for y in (45, 237, 429) for x in (45, 237, 429)
    ]
    assert crowd.skin.shape == (576, 768)
    np.testing.assert_allclose(many, one, atol=0.08)


def test_no_people_is_no_error() -> None:
    for pixels in (data.coffee(), np.zeros((8, 300, 3), np.uint8), np.zeros((1, 1, 3), np.uint8)):
        nobody = find_people(pixels)
        assert nobody.faces == () and nobody.skin.max() == 0


def test_sixteen_bits_give_the_same_faces(astronaut: NDArray[np.uint8], people: People) -> None:
    deep = find_people(astronaut.astype(np.uint16) * 257)
    np.testing.assert_allclose(deep.faces[0].landmarks, people.faces[0].landmarks)


def test_the_same_person_is_nearer_than_a_stranger(astronaut: NDArray[np.uint8]) -> None:
    mirrored = np.ascontiguousarray(astronaut[:, ::-1])
    same = same_person(astronaut, mirrored)
    assert same is not None and same > 0.6
    assert same_person(astronaut, np.asarray(data.coffee())) is None


def test_without_onnxruntime_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, astronaut: NDArray[np.uint8]
) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "onnxruntime":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    models._session.cache_clear()
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(LooksmithError, match="looksmith\\[people\\]"):
        find_people(astronaut)
