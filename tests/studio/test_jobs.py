"""A job is never lost and never done twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

if TYPE_CHECKING:
    from tests.studio.conftest import Studio

from looksmith.studio import tables
from looksmith.studio.jobs import ClaimLost, Job, Queue, end
from looksmith.studio.worker import Worker

CONSENT = "I took these photos myself."


@pytest.fixture
def queue(studio: Studio) -> Queue:
    return studio.worker.queue


def silent(queue: Queue) -> None:
    """Let every worker have been silent for long."""
    with queue.database.writing() as connection:
        connection.execute(update(tables.jobs).values(alive=time.time() - 100))


def claimed(queue: Queue, worker: str) -> Job:
    job = queue.claim(worker)
    assert job is not None
    return job


def test_a_job_has_one_worker(studio: Studio, queue: Queue, jpeg: bytes) -> None:
    studio.upload(jpeg)
    claimed(queue, "a")
    assert queue.claim("b") is None


def test_a_dead_workers_job_is_taken_up_and_it_cannot_finish_twice(
    studio: Studio, queue: Queue, jpeg: bytes
) -> None:
    studio.upload(jpeg)
    taken_for_dead = claimed(queue, "a")
    silent(queue)
    again = claimed(queue, "b")
    assert again.id == taken_for_dead.id
    with pytest.raises(ClaimLost), queue.database.writing() as connection:
        end(connection, taken_for_dead, "a", "done")
    with pytest.raises(ClaimLost):
        queue.tell(taken_for_dead, "a", 0.5)
    with queue.database.writing() as connection:
        end(connection, again, "b", "done", {"photo": "x"})
    assert studio.job(again.id)["output"] == {"photo": "x"}


def test_what_a_known_dead_worker_held_waits_again_at_once(
    studio: Studio, queue: Queue, jpeg: bytes
) -> None:
    studio.upload(jpeg)
    claimed(queue, "a")
    queue.release("a")
    assert claimed(queue, "b")


def test_a_job_that_kills_its_workers_is_given_up(
    studio: Studio, queue: Queue, jpeg: bytes
) -> None:
    job = studio.upload(jpeg)["job"]
    for index in range(5):
        claimed(queue, f"w{index}")
        queue.release(f"w{index}")
    studio.work()
    ended = studio.job(job)
    assert ended["state"] == "failed"
    assert "took too long or needed too much memory" in ended["problem"]


def test_results_made_before_a_worker_died_are_not_made_again(
    studio: Studio, look: str, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [studio.upload(jpeg, data={"prepare": "false"})["id"] for _ in range(3)]
    job = studio.start(kind="apply", look=look, photos=photos)

    class Killed(BaseException):
        pass

    def die(queue: Queue, job: Job, worker: str, share: float, note: str | None = None) -> None:
        raise Killed

    monkeypatch.setattr(Queue, "tell", die)
    with pytest.raises(Killed):
        studio.work()
    monkeypatch.undo()
    first = studio.client.get(f"/v1/jobs/{job['id']}/results").json()
    assert len(first) == 1
    studio.worker.queue.release("tester")
    studio.work()
    results = studio.client.get(f"/v1/jobs/{job['id']}/results").json()
    assert [r["photo"] for r in results] == photos
    assert results[0] == first[0]
    assert len([name for name in studio.files() if name.endswith(".jpg")]) == 6  # no leftovers


def test_a_quick_worker_leaves_learning_to_others(
    studio: Studio, warm: list[bytes], jpeg: bytes
) -> None:
    name = studio.upload(warm[0], data={"prepare": "false"})["id"]
    studio.start(kind="learn", name="w", photos=[name], consent=CONSENT)
    quick = Worker(studio.settings, "quick", quick_only=True)
    assert not quick.step()
    studio.upload(jpeg)
    assert quick.step()


@pytest.mark.parametrize("when", ["waiting", "running"])
def test_cancelling_leaves_nothing_behind(
    studio: Studio, warm: list[bytes], when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [studio.upload(data, data={"prepare": "false"})["id"] for data in warm]
    job = studio.start(kind="learn", name="w", photos=names, consent=CONSENT, adapt=True)["id"]

    def cancel() -> None:
        assert studio.client.post(f"/v1/jobs/{job}/cancel").status_code == 202

    if when == "waiting":
        cancel()
    else:
        tell: Callable[..., Any] = Queue.tell

        def tell_and_cancel(*given: Any) -> None:
            if given[3] > 0.05:  # the look can be seen already
                assert studio.client.get("/v1/looks").json()["items"][0]["state"] == "learning"
                cancel()
            tell(*given)

        monkeypatch.setattr(Queue, "tell", tell_and_cancel)
    studio.work()
    assert studio.job(job)["state"] == "cancelled"
    assert studio.client.get("/v1/looks").json()["items"] == []
    assert studio.files() == set()


def test_too_many_waiting_jobs_are_refused(make_studio: Callable[..., Studio], jpeg: bytes) -> None:
    studio = make_studio(max_waiting=1)
    studio.upload(jpeg)
    answer = studio.client.post("/v1/photos", files={"photo": ("b.jpg", jpeg)})
    assert answer.status_code == 429
    assert len([name for name in studio.files() if name.endswith(".jpg")]) == 1
