"""What a studio learns of a person, and what follows from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from safetensors.numpy import load as load_tensors

from looksmith.look import Look

if TYPE_CHECKING:
    from tests.studio.conftest import Studio


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "home"))


@pytest.fixture
def photo(studio: Studio, jpeg: bytes) -> str:
    name = studio.upload(jpeg)["id"]
    studio.work()
    return str(name)


def stages(studio: Studio, path: str, **params: Any) -> list[str]:
    data = studio.client.get(path, params=params).content
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    return [stage["name"] for stage in json.loads(header["stages"])]


def warmth(data: bytes) -> float:
    lut = load_tensors(data)["0.lut"].astype(float)
    return float((lut[..., 0] - lut[..., 2]).mean())


def answer(studio: Studio, count: int, user: str = "me") -> dict[str, Any]:
    """Take the warmer of every pair."""
    found: dict[str, Any] = {}
    for _ in range(count):
        choice = studio.client.post(f"/v1/users/{user}/choices", json={}).json()
        assert choice["count"] == 2
        versions = [studio.client.get(f"/v1/choices/{choice['id']}/{i}").content for i in (0, 1)]
        warms = [warmth(data) if b'"0.lut"' in data else 0.0 for data in versions]
        given = {"option": int(np.argmax(warms))}
        answered = studio.client.post(f"/v1/choices/{choice['id']}", json=given)
        assert answered.status_code == 200, answered.text
        found = answered.json()
        again = studio.client.post(f"/v1/choices/{choice['id']}", json=given)
        assert again.status_code == 404  # each counts once
    return found


def test_the_quiz_learns_what_someone_likes(studio: Studio, photo: str, look: str) -> None:
    assert studio.client.get("/v1/users/me").json()["state"] == "cold"
    path = f"/v1/looks/{look}/rendering"
    assert "taste" not in stages(studio, path, photo=photo, personal=True)
    profile = answer(studio, 12)
    likes = {one["name"]: one["mean"] for one in profile["likes"]}
    assert likes["warmth"] > 0  # pairs are drawn anew each time: 0.07 to 1.14 of forty
    assert profile["evidence"] == 12
    assert "taste" in stages(studio, path, photo=photo, personal=True)
    assert "taste" not in stages(studio, path, photo=photo)
    job = studio.start(kind="apply", look=look, photos=[photo], personal=True)
    plain = studio.start(kind="apply", look=look, photos=[photo])
    studio.work()
    made = [
        studio.client.get(f"/v1/results/{studio.job(one['id'])['output']['results'][0]}/file")
        for one in (job, plain)
    ]
    assert made[0].content != made[1].content


def test_answers_can_be_taken_back_and_forgotten(studio: Studio, photo: str) -> None:
    answer(studio, 2)
    assert studio.client.post("/v1/users/me/undo").json()["evidence"] == 1
    assert studio.client.delete("/v1/users/me").status_code == 204
    assert studio.client.get("/v1/users/me").json()["evidence"] == 0
    assert studio.client.delete("/v1/users/me").status_code == 204  # nothing is left to forget


def test_variants_likes_and_recommendations(studio: Studio, photo: str, look: str) -> None:
    given = {"look": look, "photo": photo, "count": 3}
    choice = studio.client.post("/v1/users/me/choices", json=given).json()
    assert choice["count"] == 3
    shown = [studio.client.get(f"/v1/choices/{choice['id']}/{i}").content for i in range(3)]
    assert len(set(shown)) == 3
    chosen = studio.client.post(f"/v1/choices/{choice['id']}", json={"option": 1})
    assert chosen.json()["evidence"] > 0
    liked = {"look": look, "photo": photo, "reaction": "like", "user": "u-42"}
    for _ in range(4):
        assert studio.client.post("/v1/feedback", json=liked).status_code == 200
    asked = {"photo": photo, "user": "u-42"}
    found = studio.client.post("/v1/recommendations", json=asked).json()
    assert [one["look"] for one in found] == [look]
    assert found[0]["probability"] > 0.5


def test_looks_of_an_older_base_are_not_recommended(
    studio: Studio, photo: str, look: str, learned: bytes
) -> None:
    files = {"file": ("old.look", learned)}
    old = studio.client.post("/v1/looks", files=files).json()["id"]
    (path,) = studio.settings.folder.rglob(f"{old}.look")
    replace(Look.load(path), base="0-older").save(path)
    answer = studio.client.post("/v1/recommendations", json={"photo": photo})
    assert [one["look"] for one in answer.json()] == [look]


def test_without_a_photo_there_is_nothing_to_choose(studio: Studio) -> None:
    answer = studio.client.post("/v1/users/me/choices", json={})
    assert answer.status_code == 409
    assert studio.client.get("/v1/users/no such user").status_code == 422
