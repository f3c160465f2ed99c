"""Files in a store by URL, and the database on PostgreSQL: the studio works the same."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from looksmith.errors import LooksmithError, StoreError
from looksmith.studio.database import Database
from looksmith.studio.files import AREAS, Files
from looksmith.studio.jobs import Queue, add_job
from looksmith.studio.settings import Settings
from looksmith.studio.sweeping import sweep
from looksmith.studio.worker import Worker

if TYPE_CHECKING:
    from tests.studio.conftest import Studio


@pytest.fixture
def stored(make_studio: Callable[..., Studio]) -> Studio:
    """With a store in memory, or of the URL in ``LOOKSMITH_TEST_STORE`` (``s3://bucket``)."""
    store = os.environ.get("LOOKSMITH_TEST_STORE", "memory:/")
    return make_studio(store=f"{store}/{secrets.token_hex(8)}")


def keys(studio: Studio) -> set[str]:
    store = Files.of(studio.settings).store
    assert store is not None
    return {key.split("/")[0] for key in store.keys(float("inf"))}


def lost(studio: Studio) -> None:
    """What lay on this machine is gone, as on another."""
    for area in AREAS:
        shutil.rmtree(studio.settings.folder / area, ignore_errors=True)


def learned(studio: Studio, warm: list[bytes]) -> str:
    names = [studio.upload(one, data={"prepare": "false"})["id"] for one in warm]
    job = studio.start(kind="learn", name="w", photos=names, consent="mine")
    studio.work()
    return str(studio.job(job["id"])["output"]["look"])


def test_everything_is_in_the_store_and_comes_back_from_it(
    stored: Studio, warm: list[bytes]
) -> None:
    look = learned(stored, warm)
    assert keys(stored) == {"looks"}  # the feed is forgotten there, too
    photo = stored.upload(warm[0])["id"]
    lost(stored)
    applied = stored.start(kind="apply", look=look, photos=[photo])
    campaign = stored.start(kind="campaign", name="c", looks=[look], photos=[photo])
    stored.work()
    lost(stored)
    result = stored.job(applied["id"])["output"]["results"][0]
    places = (
        f"/v1/photos/{photo}/preview",
        f"/v1/looks/{look}/file",
        f"/v1/looks/{look}/rendering?photo={photo}",
        f"/v1/results/{result}/file",
        f"/v1/jobs/{applied['id']}/archive",
        f"/v1/jobs/{campaign['id']}/pictures/0",
        f"/v1/jobs/{campaign['id']}/pictures/0?small=true",
        f"/v1/jobs/{campaign['id']}/archive",
    )
    for place in places:
        assert stored.client.get(place).status_code == 200, place
    assert stored.client.delete(f"/v1/looks/{look}").status_code == 204
    assert stored.client.delete(f"/v1/photos/{photo}").status_code == 204
    assert keys(stored) == set()


def test_the_cache_keeps_what_jobs_need_and_fetches_the_rest_again(
    stored: Studio, warm: list[bytes]
) -> None:
    look = learned(stored, warm)
    photo = stored.upload(warm[0])["id"]
    stored.work()

    def sweep_later() -> set[str]:
        days_ago = time.time() - 2 * 86_400
        for path in stored.settings.folder.rglob("*"):
            if path.is_file():
                os.utime(path, (days_ago, days_ago))
        sweep(stored.worker.database, Files.of(stored.settings), keep_days=30)
        areas = (stored.settings.folder / area for area in AREAS)
        return {p.name[:36] for area in areas for p in area.rglob("*") if p.is_file()}

    job = stored.start(kind="campaign", name="c", looks=[look], photos=[photo])
    assert sweep_later() == {look, photo}  # the campaign waits for them
    stored.work()
    assert stored.job(job["id"])["output"] == {"pictures": 1, "failed": 0}
    assert sweep_later() == set()
    address = f"/v1/jobs/{job['id']}"
    for place in ("/pictures/0", "/pictures/0?small=true", "/archive"):
        assert stored.client.get(address + place).status_code == 200, place
    assert stored.client.get(f"/v1/looks/{look}/file").status_code == 200
    Files.of(stored.settings).sweep({job["id"], look, photo})
    assert any(one.endswith(".look") for one in stored.files())  # it was used just now


def test_orphans_in_the_store_are_swept(stored: Studio, warm: list[bytes]) -> None:
    photo = stored.upload(warm[0])["id"]
    files = Files.of(stored.settings)
    files.sweep({photo}, older_than=-10)
    assert keys(stored) == {"photos"}
    files.sweep(set(), older_than=-10)
    assert keys(stored) == set()


def test_a_store_that_does_not_answer_is_said(
    stored: Studio, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError("503 Slow Down")

    store = Files.of(stored.settings).store
    assert store is not None
    monkeypatch.setattr(type(store.system), "put_file", refuses)
    monkeypatch.setattr("looksmith.studio.stores._PAUSE", 0.0)
    answer = stored.client.post("/v1/photos", files={"photo": ("a.jpg", jpeg)})
    assert answer.status_code == 422
    assert "503 Slow Down" in answer.json()["detail"]
    with pytest.raises(LooksmithError, match=r"nowhere://me:\*\*\*@x"):
        Files.of(stored.settings.model_copy(update={"store": "nowhere://me:hush@x"}))


def test_the_studio_works_on_postgresql(
    make_studio: Callable[..., Studio], postgresql: str, warm: list[bytes]
) -> None:
    studio = make_studio(database=postgresql)
    look = learned(studio, warm)
    photo = studio.upload(warm[0])["id"]
    key = {"Idempotency-Key": "one"}
    given = {"kind": "apply", "look": look, "photos": [photo], "personal": True}
    first, again = (
        studio.client.post("/v1/jobs", json=given, headers=key).json()["id"] for _ in range(2)
    )
    assert first == again
    studio.work()
    assert studio.job(first)["state"] == "done"
    reaction = {"look": look, "photo": photo, "reaction": "like"}
    assert studio.client.post("/v1/feedback", json=reaction).json()["evidence"] > 0
    job = studio.start(kind="campaign", name="c", looks=[look], photos=[photo], audience="each")
    studio.work()
    assert studio.job(job["id"])["output"] == {"pictures": 1, "failed": 0}
    assert studio.client.delete(f"/v1/looks/{look}").status_code == 204
    studio.client.app.state.studio.database.close()  # type: ignore[attr-defined]
    studio.client.app.state.studio.people.taste.database.close()  # type: ignore[attr-defined]
    studio.worker.database.close()


def test_on_postgresql_no_job_is_claimed_twice(
    postgresql: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    database = Database(tmp_path_factory.mktemp("unused"), postgresql)
    with database.writing() as connection:
        for _ in range(20):
            add_job(connection, "local", "local", "prepare", {}, 100)
    claimed: list[str] = []

    def take(name: str) -> None:
        queue = Queue(database)
        while job := queue.claim(name):
            claimed.append(job.id)

    threads = [threading.Thread(target=take, args=[f"w{i}"]) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 20
    database.close()


def test_a_wrong_database_is_said(tmp_path: Path) -> None:
    for url in (
        "mysql://x/y",
        "nonsense",
        "postgresql://x:y/z",
        "postgresql://nobody@127.0.0.1:1/x",
    ):
        with pytest.raises(StoreError):
            Worker(Settings(folder=tmp_path, database=url), "w")
