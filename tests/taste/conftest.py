"""Fixtures of taste: a look and a place for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from looksmith.look import Look
from looksmith.taste.api import Taste
from looksmith.training.learn import learn


@pytest.fixture(scope="session")
def look(tmp_path_factory: pytest.TempPathFactory, photos: list) -> Look:  # type: ignore[type-arg]
    """A warm look of four photos, zero-shot."""
    import numpy as np
    from PIL import Image

    folder = tmp_path_factory.mktemp("feed")
    for index, array in enumerate(photos):
        warm = (array * np.array([1.0, 0.85, 0.6])).astype(np.uint8)
        Image.fromarray(warm).save(folder / f"{index}.png")
    return learn(folder, "warm")


@pytest.fixture
def taste(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Taste:
    """Taste over an empty SQLite database."""
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "home"))
    return Taste.open()


@pytest.fixture
def product(tmp_path: Path, photos: list) -> Path:  # type: ignore[type-arg]
    """A photo to be given a look."""
    from PIL import Image

    path = tmp_path / "product.jpg"
    Image.fromarray(photos[1]).save(path, quality=95)
    return path
