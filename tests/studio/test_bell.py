"""Redis tells workers of jobs; the database has them. Skipped where there is no redis-server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from looksmith.errors import LooksmithError
from looksmith.studio import bell
from looksmith.studio.bell import Bell

if TYPE_CHECKING:
    from tests.studio.conftest import Studio


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Callable[[], None]]]:
    """The URL of a Redis server, and a function that ends it."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis: apt-get install redis-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = str(tmp_path_factory.mktemp("redis"))
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def end() -> None:
        process.terminate()
        process.wait(10)

    url = f"redis://127.0.0.1:{port}/0"
    for _ in range(200):
        try:
            Bell.of(url).check()
            break
        except LooksmithError:
            time.sleep(0.02)
    yield url, end
    end()


@pytest.fixture
def rung(
    make_studio: Callable[..., Studio],
    redis: tuple[str, Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Studio]:
    """A studio with a worker that looks for jobs only when it is told."""
    monkeypatch.setattr(bell, "_LONGEST", 30.0)
    studio = make_studio(queue=redis[0])
    thread = threading.Thread(target=studio.worker.run)
    thread.start()
    time.sleep(0.3)  # until it waits
    yield studio
    studio.worker.stopping.set()
    studio.worker.database.bell.ring()
    thread.join(10)
    assert not thread.is_alive()


def ended(studio: Studio, jpeg: bytes) -> tuple[str, float]:
    """How a job ends, and after how many seconds."""
    begun = time.monotonic()
    job = studio.upload(jpeg)["job"]
    found = studio.client.get(f"/v1/jobs/{job}", params={"wait": 20}).json()
    return found["state"], time.monotonic() - begun


def test_a_worker_is_told_at_once_and_rests_meanwhile(
    rung: Studio, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    claim = rung.worker.queue.claim
    monkeypatch.setattr(
        rung.worker.queue, "claim", lambda *given: (looks.append(1), claim(*given))[1]
    )
    time.sleep(0.5)
    assert not looks
    state, took = ended(rung, jpeg)
    assert state == "done" and took < 10
    assert 1 <= len(looks) <= 5


def test_jobs_are_done_when_redis_is_gone(
    rung: Studio, jpeg: bytes, redis: tuple[str, Callable[[], None]]
) -> None:
    redis[1]()
    state, took = ended(rung, jpeg)
    assert state == "done" and took < 10


def test_what_is_wrong_with_redis_is_said() -> None:
    with pytest.raises(LooksmithError, match="redis://USER:PASSWORD"):
        Bell.of("http://127.0.0.1")
    with pytest.raises(LooksmithError, match="--queue"):
        Bell.of("redis://127.0.0.1:1").check()


@pytest.mark.parametrize(
    "url", ["http://me:hush@host", "redis://me:hu/sh@host", "redis://me:hush@host:6379x"]
)
def test_the_password_of_a_wrong_address_is_not_repeated(url: str) -> None:
    with pytest.raises(LooksmithError) as raised:
        Bell.of(url)
    assert "me:***@host" in str(raised.value)
    assert "hu" not in str(raised.value)
