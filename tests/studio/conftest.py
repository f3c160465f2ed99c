"""A studio in a temporary folder: the application, a worker in this process, and photos in it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from PIL import Image

from looksmith.studio.app import create_app
from looksmith.studio.settings import Settings
from looksmith.studio.worker import Worker
from looksmith.training.learn import learn

CONSENT = "I took these photos myself."


@dataclass
class Studio:
    """What tests need of a running studio."""

    client: TestClient
    worker: Worker
    settings: Settings

    def work(self) -> None:
        """Do everything that waits."""
        while self.worker.step():
            pass

    def upload(self, content: bytes, name: str = "me.jpg", **more: Any) -> dict[str, Any]:
        answer = self.client.post("/v1/photos", files={"photo": (name, content)}, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def start(self, **given: Any) -> dict[str, Any]:
        answer = self.client.post("/v1/jobs", json=given)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def job(self, name: str) -> dict[str, Any]:
        return dict(self.client.get(f"/v1/jobs/{name}").json())

    def files(self) -> set[str]:
        """The files of the studio, but for the database."""
        found = (p for p in self.settings.folder.rglob("*") if p.is_file())
        return {p.name for p in found if not p.name.startswith("studio.db")}


@pytest.fixture(scope="session")
def jpeg(photos: list[NDArray[np.uint8]]) -> bytes:
    """A photo with EXIF."""
    exif = Image.Exif()
    exif[0x0110] = "Camera"
    data = io.BytesIO()
    Image.fromarray(photos[0]).save(data, "JPEG", quality=92, exif=exif)
    return data.getvalue()


@pytest.fixture(scope="session")
def warm(photos: list[NDArray[np.uint8]]) -> list[bytes]:
    """A feed of four warm photos."""
    made = []
    for array in photos:
        data = io.BytesIO()
        Image.fromarray((array * np.array([1.0, 0.85, 0.6])).astype(np.uint8)).save(data, "JPEG")
        made.append(data.getvalue())
    return made


@pytest.fixture
def make_studio(tmp_path: Path) -> Iterator[Callable[..., Studio]]:
    """``make_studio(**settings)`` is a studio in an empty folder."""
    made: list[Studio] = []

    def make(**options: Any) -> Studio:
        settings = Settings(folder=tmp_path / "studio", hosts=("testserver",), **options)
        client = TestClient(create_app(settings), raise_server_exceptions=False)
        made.append(Studio(client, Worker(settings, "tester"), settings))
        return made[-1]

    yield make
    for studio in made:
        studio.client.close()


@pytest.fixture
def studio(make_studio: Callable[..., Studio]) -> Studio:
    return make_studio()


@pytest.fixture(scope="session")
def learned(warm: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a look of the feed."""
    folder = tmp_path_factory.mktemp("feed")
    for index, content in enumerate(warm):
        (folder / f"{index}.jpg").write_bytes(content)
    look = learn(folder, "warm", consent=CONSENT)
    return look.save(folder / "warm.look").read_bytes()


@pytest.fixture
def look(studio: Studio, learned: bytes) -> str:
    """That look in the studio."""
    answer = studio.client.post("/v1/looks", files={"file": ("warm.look", learned)})
    return str(answer.json()["id"])
