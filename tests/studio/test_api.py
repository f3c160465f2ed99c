"""What programs can do through the API, alone in a studio of their own."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load as load_tensors
from skimage import data

if TYPE_CHECKING:
    from tests.studio.conftest import Studio

from looksmith.card import strength_of
from looksmith.look import Look

CONSENT = "I took these photos myself."


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def apply(studio: Studio, look: str, photos: list[str], **more: object) -> dict[str, object]:
    job = studio.start(kind="apply", look=look, photos=photos, **more)
    studio.work()
    return studio.job(job["id"])


def test_a_photo_is_read_by_a_worker_and_can_be_seen(studio: Studio, jpeg: bytes) -> None:
    photo = studio.upload(jpeg, "C:\\fakepath\\me.jpg")
    assert (photo["name"], photo["state"]) == ("me.jpg", "new")
    assert studio.client.get(f"/v1/photos/{photo['id']}/preview").status_code == 409
    studio.work()
    seen = studio.client.get(f"/v1/photos/{photo['id']}").json()
    assert (seen["state"], seen["width"], seen["height"]) == ("ready", 200, 150)
    assert studio.job(photo["job"])["state"] == "done"
    assert opened(studio.client.get(f"/v1/photos/{photo['id']}/preview").content).size == (200, 150)


def test_a_look_is_learned_and_its_feed_forgotten(studio: Studio, warm: list[bytes]) -> None:
    names = [studio.upload(data, data={"prepare": "false"})["id"] for data in warm]
    job = studio.start(kind="learn", name="warm", photos=names, consent=CONSENT)
    studio.work()
    look = studio.job(job["id"])["output"]["look"]
    shown = studio.client.get(f"/v1/looks/{look}").json()
    assert (shown["name"], shown["state"], shown["consent"]) == ("warm", "ready", CONSENT)
    assert shown["about"]["photos"] == 4
    assert studio.client.get("/v1/photos").json()["items"] == []
    assert studio.files() == {f"{look}.look"}
    curve = studio.client.get(f"/v1/looks/{look}/curve").json()
    assert len(curve) == 33
    assert curve[16][0] > curve[16][2]  # warm
    assert opened(studio.client.get(f"/v1/looks/{look}/sheet").content).format == "WEBP"


def test_a_look_knows_the_skin_of_its_feed(studio: Studio) -> None:
    portrait = io.BytesIO()
    Image.fromarray(data.astronaut()).save(portrait, "JPEG", quality=95)
    name = studio.upload(portrait.getvalue(), data={"prepare": "false"})["id"]
    job = studio.start(kind="learn", name="her", photos=[name], consent=CONSENT)
    studio.work()
    look = studio.job(job["id"])["output"]["look"]
    assert studio.client.get(f"/v1/looks/{look}").json()["about"]["skin"]["faces"] == 1


def test_a_photo_gets_a_look_with_its_metadata_and_a_label(
    studio: Studio, look: str, jpeg: bytes
) -> None:
    photo = studio.upload(jpeg)
    done = apply(studio, look, [photo["id"]], controls={"strength": 0.5})
    assert (done["state"], done["share"]) == ("done", 1.0)
    result = studio.client.get(f"/v1/jobs/{done['id']}/results").json()[0]
    assert (result["name"], result["controls"]["strength"]) == ("me-warm.jpg", 0.5)
    answer = studio.client.get(f"/v1/results/{result['id']}/file")
    assert "me-warm.jpg" in answer.headers["Content-Disposition"]
    made = opened(answer.content)
    assert made.getexif()[0x0110] == "Camera"
    assert b"DigitalSourceType" in made.info["xmp"]
    changed = np.abs(np.asarray(made, int) - np.asarray(opened(jpeg), int))
    assert changed.mean() > 2


def test_several_results_come_as_one_archive(studio: Studio, look: str, jpeg: bytes) -> None:
    photos = [studio.upload(jpeg)["id"] for _ in range(2)]
    broken = studio.upload(b"no photo", "broken.png")["id"]
    done = apply(studio, look, [*photos, broken])
    assert done["state"] == "done"
    assert "broken.png" in done["output"]["refused"][0]  # type: ignore[index]
    assert "/" not in done["output"]["refused"][0]  # type: ignore[index]
    data = studio.client.get(f"/v1/jobs/{done['id']}/archive").content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["me-warm.jpg", "me-warm-2.jpg"]
        assert opened(archive.read("me-warm-2.jpg")).getexif()[0x0110] == "Camera"


def test_a_rendering_comes_as_textures(studio: Studio, look: str, jpeg: bytes) -> None:
    photo = studio.upload(jpeg)["id"]
    studio.work()
    data = studio.client.get(f"/v1/looks/{look}/rendering", params={"photo": photo}).content
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    stages = json.loads(header["stages"])
    assert stages[0] == {"name": "grade", "amount": 1.0}
    tensors = load_tensors(data)
    assert tensors["0.lut"].shape == (17, 17, 17, 4)
    assert tensors["0.grid"].shape[0] == 24 and tensors["0.grid"].shape[3] == 4
    assert tensors["0.lut"].dtype == np.float16


def test_looks_travel_as_files(studio: Studio, look: str) -> None:
    data = studio.client.get(f"/v1/looks/{look}/file").content
    brought = studio.client.post("/v1/looks", files={"file": ("warm.look", data)})
    assert brought.status_code == 201
    assert brought.json()["name"] == "warm"
    assert brought.json()["strength"] == strength_of(brought.json()["about"]) is not None
    cube = studio.client.get(f"/v1/looks/{look}/cube").text
    assert "LUT_3D_SIZE 33" in cube
    assert opened(studio.client.get(f"/v1/looks/{look}/hald").content).size == (512, 512)
    refused = studio.client.post("/v1/looks", files={"file": ("evil.look", b"\x80\x04pickle")})
    assert refused.status_code == 422
    assert "evil.look" in refused.json()["detail"]


def test_looks_are_blended(studio: Studio, look: str) -> None:
    given = {"name": "half", "looks": [look, look], "weights": [1, 3]}
    made = studio.client.post("/v1/looks/blend", json=given).json()
    path = studio.settings.folder / "looks" / "local" / f"{made['id']}.look"
    assert len(Look.load(path).weights) == 2
    given["weights"] = [0, 0]
    assert studio.client.post("/v1/looks/blend", json=given).status_code == 422


def test_consent_is_asked_for_and_can_be_taken_back(studio: Studio, look: str, jpeg: bytes) -> None:
    photo = studio.upload(jpeg)["id"]
    given = {"kind": "learn", "name": "mine", "photos": [photo]}
    assert studio.client.post("/v1/jobs", json=given).status_code == 422
    result = apply(studio, look, [photo])["output"]["results"][0]  # type: ignore[index]
    assert studio.client.delete(f"/v1/looks/{look}").status_code == 204
    assert studio.client.get(f"/v1/looks/{look}").status_code == 404
    assert studio.client.get(f"/v1/results/{result}/file").status_code == 404
    assert not [name for name in studio.files() if name.startswith((look, result))]


def test_what_a_look_is_part_of_goes_with_it(studio: Studio, look: str) -> None:
    data = studio.client.get(f"/v1/looks/{look}/file").content
    other = studio.client.post("/v1/looks", files={"file": ("o.look", data)}).json()["id"]
    given = {"name": "mix", "looks": [look, other], "weights": [1, 1]}
    mix = studio.client.post("/v1/looks/blend", json=given).json()["id"]
    assert studio.client.delete(f"/v1/looks/{look}").status_code == 204
    assert studio.client.get(f"/v1/looks/{mix}").status_code == 404
    assert studio.client.get(f"/v1/looks/{other}").status_code == 200
    assert studio.files() == {f"{other}.look"}


def test_the_same_key_is_answered_once(studio: Studio, look: str, jpeg: bytes) -> None:
    headers = {"Idempotency-Key": "upload-1"}
    first, second = (studio.upload(jpeg, headers=headers) for _ in range(2))
    assert first["id"] == second["id"]
    assert len(studio.client.get("/v1/photos").json()["items"]) == 1
    other = studio.client.post("/v1/photos", files={"photo": ("o.jpg", b"x")}, headers=headers)
    assert other.status_code == 409
    given = {"kind": "apply", "look": look, "photos": [first["id"]]}
    headers = {"Idempotency-Key": "job-1"}
    jobs = {studio.client.post("/v1/jobs", json=given, headers=headers).json()["id"] for _ in "ab"}
    assert len(jobs) == 1


def test_lists_come_in_parts_newest_first(studio: Studio, jpeg: bytes) -> None:
    names = [studio.upload(jpeg, f"{i}.jpg")["name"] for i in range(5)]
    seen, after = [], None
    while True:
        params = {"limit": 2} | ({"after": after} if after else {})
        page = studio.client.get("/v1/photos", params=params).json()
        seen += [photo["name"] for photo in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == names[::-1]


def test_progress_is_streamed_until_the_end(studio: Studio, jpeg: bytes) -> None:
    photo = studio.upload(jpeg)
    studio.work()
    lines = studio.client.get(f"/v1/jobs/{photo['job']}/events").text.splitlines()
    last = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")][-1]
    assert json.loads(last)["state"] == "done"
    waited = studio.client.get(f"/v1/jobs/{photo['job']}", params={"wait": 5}).json()
    assert waited["state"] == "done"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/photos/nope", 422),
        ("GET", "/v1/photos/" + "0" * 36, 404),
        ("GET", "/v1/nothing", 404),
        ("PATCH", "/v1/photos", 405),
        ("GET", "/v1/photos?limit=0", 422),
        ("POST", "/v1/jobs", 422),
    ],
)
def test_what_is_wrong_is_a_problem(studio: Studio, method: str, path: str, status: int) -> None:
    answer = studio.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        ("9", "at most 1.5", "不大于 1.5"),
        ("-1", "at least 0", "不小于 0"),
        ("NaN", "must be a number", "必须是数字"),
        ('"much"', "must be a number", "必须是数字"),
    ],
)
def test_a_wrong_control_is_refused_in_words(
    studio: Studio, look: str, value: str, english: str, chinese: str
) -> None:
    given = f'"kind": "apply", "look": "{look}", "photos": ["{look}"]'
    body = "{" + given + ', "controls": {"mood": ' + value + "}}"
    for language, words in (("en", english), ("zh-CN", chinese)):
        headers = {"Accept-Language": language, "Content-Type": "application/json"}
        answer = studio.client.post("/v1/jobs", content=body, headers=headers)
        assert answer.status_code == 422
        assert "controls.mood" in answer.json()["detail"]
        assert words in answer.json()["detail"]


def test_what_is_missing_or_unknown_is_said_without_jargon(studio: Studio, look: str) -> None:
    learn = {"kind": "learn", "name": "x", "photos": [look], "consent": CONSENT}
    for given, words in (
        ({}, "kind"),
        ({"kind": "match"}, "match"),
        ({"kind": "apply", "photos": [look]}, "缺少此项"),
        ({"kind": "apply", "look": "warm", "photos": [look]}, "标识符"),
        ({"kind": "apply", "look": look, "photos": []}, "至少需要 1 项"),
        (learn | {"certain": "perhaps"}, "true"),
        (learn | {"minutes": 0}, "大于 0"),
        (learn | {"photos": "all"}, "列表"),
        (learn | {"glow": 1}, "没有这个字段"),
    ):
        headers = {"Accept-Language": "zh-CN"}
        answer = studio.client.post("/v1/jobs", json=given, headers=headers)
        assert answer.status_code == 422
        assert words in answer.json()["detail"]
        assert not {"Input", "should", "String", "Field"} & set(answer.json()["detail"].split())


def test_a_look_says_what_it_does_and_what_its_feed_lacked(
    studio: Studio, warm: list[bytes]
) -> None:
    feed = [warm[0], warm[0], warm[1], b"no photo"]
    names = [studio.upload(data, data={"prepare": "false"})["id"] for data in feed]
    job = studio.start(kind="learn", name="few", photos=names, consent=CONSENT)
    studio.work()
    output = studio.job(job["id"])["output"]
    about = studio.client.get(f"/v1/looks/{output['look']}").json()["about"]
    assert about["skipped"] == output["skipped"]
    assert "me.jpg" in about["skipped"][0]
    assert any("2 of 3" in sentence for sentence in about["notes"])
    card = f"/v1/looks/{output['look']}/card"
    for language, term in (("en", "Grade"), ("zh-CN", "调色")):
        rows = studio.client.get(card, headers={"Accept-Language": language}).json()
        assert term in [row["term"] for row in rows]


def test_problems_speak_the_language_of_the_request(studio: Studio) -> None:
    headers = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    assert "没有" in studio.client.get("/v1/photos/" + "0" * 36, headers=headers).json()["detail"]
    photo = studio.client.post("/v1/photos", files={"photo": ("a.jpg", b"x")}, headers=headers)
    studio.work()
    assert "无法读取" in studio.job(photo.json()["job"])["problem"]
