"""The typed client, against a studio in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from looksmith.client import Client, StudioError
from looksmith.studio.app import create_app
from looksmith.studio.settings import Settings
from looksmith.studio.worker import Worker


class InProcess(httpx2.BaseTransport):
    """Hands requests to an application; the first of them is lost, as if it were starting."""

    def __init__(self, client: TestClient) -> None:
        self.client, self.lost = client, False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if not self.lost:
            self.lost = True
            raise httpx2.ConnectError("starting")
        answer = self.client.request(
            request.method,
            str(request.url),
            content=request.read(),
            headers=dict(request.headers.items()),
        )
        return httpx2.Response(
            answer.status_code,
            content=answer.content,
            headers={"content-type": answer.headers["content-type"]},
        )


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Client]:
    settings = Settings(folder=tmp_path / "studio", hosts=("testserver",))
    worker = Worker(settings, "tester")
    thread = threading.Thread(target=worker.run)
    thread.start()
    transport = InProcess(TestClient(create_app(settings)))
    with Client("http://testserver", transport=transport) as client:
        yield client
    worker.stopping.set()
    thread.join()


def test_a_program_learns_and_applies(studio: Client, feed: Path, tmp_path: Path) -> None:
    paths = sorted(feed.iterdir())[:3]
    seen: list[float] = []
    look = studio.learn("warm", paths, "They are mine.", progress=seen.append)
    assert (look.name, look.state, seen[-1]) == ("warm", "ready", 1.0)
    assert [one.id for one in studio.looks()] == [look.id]
    made = studio.apply(look.id, paths[:2], tmp_path / "out", strength=0.5)
    assert [path.name for path in made] == ["0-warm.jpg", "1-warm.jpg"]
    assert Image.open(made[0]).size == (200, 150)
    assert len(list(studio.photos())) == 2


def test_what_is_refused_is_said_in_a_sentence(studio: Client, tmp_path: Path) -> None:
    (tmp_path / "no.jpg").write_bytes(b"no photo")
    with pytest.raises(StudioError, match="None of these photos could be read"):
        studio.learn("x", [tmp_path / "no.jpg"], "They are mine.")
    with pytest.raises(StudioError, match="There is no 0000"):
        studio.cancel("0" * 36)
