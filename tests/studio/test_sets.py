"""Avatars and campaigns: jobs that make many files."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from looksmith.provenance import aigc_of, source_type_of
from looksmith.xmp import Packet

if TYPE_CHECKING:
    from tests.studio.conftest import Studio


def encoded(pixels: NDArray[np.uint8], side: int = 400) -> bytes:
    made = io.BytesIO()
    image = Image.fromarray(pixels)
    image.thumbnail((side, side))
    image.save(made, "JPEG", quality=92)
    return made.getvalue()


def archive(studio: Studio, job: str) -> dict[str, bytes]:
    answer = studio.client.get(f"/v1/jobs/{job}/archive")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def label(picture: bytes) -> Packet:
    return Packet(Image.open(io.BytesIO(picture)).info["xmp"])


def done(studio: Studio, **given: Any) -> dict[str, Any]:
    job = studio.start(**given)
    studio.work()
    return studio.job(job["id"])


def test_avatars_are_a_set_with_a_download(studio: Studio, look: str) -> None:
    photo = studio.upload(encoded(data.astronaut()))["id"]
    job = done(studio, kind="avatars", look=look, photo=photo, count=2, size=256)
    assert job["state"] == "done", job["problem"]
    assert job["output"] == {"pictures": 2, "failed": 0}
    listed = studio.client.get(f"/v1/jobs/{job['id']}/pictures").json()
    assert [one["name"] for one in listed] == ["01-photo-gradient.jpg", "02-photo-bokeh.jpg"]
    one = studio.client.get(f"/v1/jobs/{job['id']}/pictures/1")
    assert Image.open(io.BytesIO(one.content)).size == (256, 256)
    assert aigc_of(label(one.content))["ProduceID"]
    small = studio.client.get(f"/v1/jobs/{job['id']}/pictures/1?small=true").content
    assert Image.open(io.BytesIO(small)).size == (256, 256)
    files = archive(studio, job["id"])
    assert files["01-photo-gradient.jpg"] and files["cutouts/02-photo-bokeh.png"]
    assert files["contact-sheet.jpg"] and files["crops/01-photo-gradient-9x16.jpg"]
    assert b"02-photo-bokeh.jpg" in files["manifest.csv"]
    assert studio.client.get(f"/v1/jobs/{job['id']}/pictures/2").status_code == 404


def test_no_face_is_said_and_nothing_stays(studio: Studio, look: str) -> None:
    photo = studio.upload(encoded(data.coffee()), "cup.jpg")["id"]
    before = studio.files()
    job = done(studio, kind="avatars", look=look, photo=photo, count=1, size=256)
    assert job["state"] == "failed"
    assert "face" in job["problem"]
    assert studio.client.get(f"/v1/jobs/{job['id']}/archive").status_code == 409
    assert studio.files() - before <= {"cup.jpg"} | {n for n in studio.files() if photo in n}


def test_a_campaign_shows_every_photo_in_every_look(studio: Studio, look: str) -> None:
    names = ["cup.jpg", "cup.jpg", "坏掉的.jpg"]
    contents = [encoded(data.coffee()), encoded(data.chelsea()), b"\xff\xd8\xff no photo"]
    photos = [studio.upload(c, n)["id"] for n, c in zip(names, contents, strict=True)]
    job = done(studio, kind="campaign", name="spring", looks=[look], photos=photos)
    assert job["state"] == "done", job["problem"]
    assert job["output"] == {"pictures": 2, "failed": 1}
    listed = studio.client.get(f"/v1/jobs/{job['id']}/pictures").json()
    assert [one["about"]["photo"] for one in listed] == ["cup.jpg", "cup-2.jpg", "坏掉的.jpg"]
    broken = listed[2]
    assert "坏掉的.jpg" in broken["problem"]
    assert str(studio.settings.folder) not in broken["problem"]
    assert studio.client.get(f"/v1/jobs/{job['id']}/pictures/2").status_code == 404
    files = archive(studio, job["id"])
    assert set(files) == {"warm/cup.jpg", "warm/cup-2.jpg", "report.html", "manifest.csv"}
    assert source_type_of(label(files["warm/cup.jpg"]))
    report = files["report.html"].decode()
    assert "warm/cup-2.jpg" in report
    assert str(studio.settings.folder) not in report + files["manifest.csv"].decode()


def test_a_campaign_shows_its_pictures_as_they_come(
    studio: Studio, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from looksmith.studio import set_work
    from looksmith.studio.work import Work

    names = ["b.jpg", "a.jpg", "b.jpg"]
    photos = [studio.upload(encoded(data.coffee()), name)["id"] for name in names]
    studio.work()
    job = studio.start(kind="campaign", name="x", looks=[look], photos=photos)["id"]
    address, told, seen = f"/v1/jobs/{job}", Work.tell, []

    def looks_meanwhile(work: Work, share: float, note: str | None = None) -> None:
        fresh = studio.client.get(f"{address}/pictures?first={len(seen)}").json()
        small = f"{address}/pictures/{len(seen)}"
        assert studio.client.get(f"{small}?small=true").status_code == 200
        assert studio.client.get(small).status_code == 409  # not signed yet
        assert studio.client.get(f"{address}/archive").status_code == 409
        seen.extend(one["name"] for one in fresh)
        told(work, share, note)

    monkeypatch.setattr(set_work, "_SHOW", 0.0)
    monkeypatch.setattr(set_work, "_EFFORT", float("inf"))
    monkeypatch.setattr(Work, "tell", looks_meanwhile)
    studio.work()
    assert seen == ["warm/b.jpg", "warm/a.jpg", "warm/b-2.jpg"]
    assert [one["name"] for one in studio.client.get(f"{address}/pictures").json()] == seen


def test_each_user_gets_the_look_that_suits_them_best(studio: Studio, look: str) -> None:
    photo = studio.upload(encoded(data.coffee()), "cup.jpg")["id"]
    given: dict[str, Any] = {"kind": "campaign", "name": "x", "looks": [look], "photos": [photo]}
    for audience in ("each", "user"):
        refused = studio.client.post("/v1/jobs", json=given | {"audience": audience})
        assert refused.status_code == 409
    studio.work()
    reaction = {"look": look, "photo": photo, "reaction": "dislike"}
    for user in ("me", "..", "ann"):
        studio.client.post("/v1/feedback", json=reaction | {"user": user})
    people = studio.client.get("/v1/users").json()
    assert {(one["id"], one["name"]) for one in people} >= {("ann", "ann"), ("me", "me")}
    job = done(studio, **given, audience="each")
    assert set(archive(studio, job["id"])) - {"report.html", "manifest.csv"} == {
        "ann/warm/cup.jpg",
        "me/warm/cup.jpg",
        "_/warm/cup.jpg",  # no name is a way up
    }
    only = done(studio, **given, audience="user", user="ann")
    plain = done(studio, **given)
    pictures = [
        studio.client.get(f"/v1/jobs/{one['id']}/pictures/0").content for one in (only, plain)
    ]
    assert pictures[0] != pictures[1]


def test_a_campaign_goes_on_where_a_killed_worker_was(
    studio: Studio, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from looksmith.campaigns import work as campaign_work

    photos = [studio.upload(encoded(p), "p.jpg")["id"] for p in (data.coffee(), data.chelsea())]
    studio.work()
    job = studio.start(kind="campaign", name="x", looks=[look], photos=photos)
    render, rendered = campaign_work._render, []

    def dies(*given: Any) -> None:
        if rendered:
            raise KeyboardInterrupt
        rendered.append(1)
        render(*given)

    monkeypatch.setattr(campaign_work, "_render", dies)
    with pytest.raises(KeyboardInterrupt):
        studio.work()
    monkeypatch.setattr(
        campaign_work, "_render", lambda *given: (rendered.append(1), render(*given))
    )
    studio.worker.queue.release(studio.worker.name)
    studio.work()
    assert studio.job(job["id"])["output"] == {"pictures": 2, "failed": 0}
    assert len(rendered) == 2


@pytest.mark.parametrize("kind", ["avatars", "campaign"])
def test_a_set_that_is_cancelled_deleted_or_withdrawn_leaves_nothing(
    studio: Studio, look: str, kind: str
) -> None:
    photo = studio.upload(encoded(data.astronaut()))["id"]
    studio.work()
    before = studio.files()
    given: dict[str, Any] = {"kind": kind, "look": look, "photo": photo, "count": 1, "size": 256}
    if kind == "campaign":
        given = {"kind": kind, "name": "x", "looks": [look], "photos": [photo]}
    job = studio.start(**given)["id"]
    assert studio.client.delete(f"/v1/jobs/{job}").status_code == 409
    studio.client.post(f"/v1/jobs/{job}/cancel")
    studio.work()
    assert studio.job(job)["state"] == "cancelled"
    assert studio.files() == before
    first, second = done(studio, **given)["id"], done(studio, **given)["id"]
    kinds = studio.client.get("/v1/jobs", params={"kind": kind}).json()["items"]
    assert [one["id"] for one in kinds] == [second, first, job]
    assert studio.client.delete(f"/v1/jobs/{first}").status_code == 204
    assert studio.client.get(f"/v1/jobs/{first}").status_code == 404
    assert studio.client.delete(f"/v1/looks/{look}").status_code == 204
    assert studio.client.get(f"/v1/jobs/{second}").status_code == 404
    assert not [p for p in (studio.settings.folder / "sets").rglob("*") if p.is_file()]
