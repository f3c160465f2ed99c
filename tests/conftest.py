"""Fixtures: small real photos from scikit-image, as files and arrays."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from looksmith.store import Database

NAMES = ("astronaut", "coffee", "chelsea", "rocket")


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSMITH_LANG", "en")


@pytest.fixture(scope="session")
def photos() -> list[NDArray[np.uint8]]:
    """Four photos of about 200 × 150 pixels."""
    arrays = [getattr(data, name)() for name in NAMES]
    return [np.asarray(Image.fromarray(a).resize((200, 150))) for a in arrays]


@pytest.fixture
def photo(photos: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return photos[0]


@pytest.fixture
def feed(tmp_path: Path, photos: list[NDArray[np.uint8]]) -> Path:
    """A folder of eight JPEGs: the four photos and their mirror images, warmed."""
    folder = tmp_path / "feed"
    folder.mkdir()
    for index, array in enumerate([*photos, *(p[:, ::-1] for p in photos)]):
        warm = (array * np.array([1.0, 0.85, 0.6])).astype(np.uint8)
        Image.fromarray(warm).save(folder / f"{index}.jpg", quality=92)
    return folder


@pytest.fixture
def save(tmp_path: Path, photo: NDArray[np.uint8]) -> Callable[..., Path]:
    """``save("a.jpg", **options)`` writes the photo and returns its path."""

    def write(name: str, **options: object) -> Path:
        path = tmp_path / name
        Image.fromarray(photo).save(path, **options)
        return path

    return write


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """A database of its own on each server; ``.ci/run`` starts PostgreSQL."""
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "home"))
    if request.param == "sqlite":
        opened = Database.open()
        yield opened
        opened.close()
        return
    server = os.environ.get("LOOKSMITH_TEST_POSTGRES")
    if server is None:
        pytest.skip("no PostgreSQL: run scripts/with_postgres.sh pytest …")
    name = f"test_{secrets.token_hex(6)}"
    admin = create_engine(
        make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    own = make_url(server).set(database=name).render_as_string(hide_password=False)
    opened = Database.open(own)
    yield opened
    opened.close()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
