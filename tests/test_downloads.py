from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from looksmith import LooksmithError
from looksmith.downloads import fetch


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOOKSMITH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"weights" * 1000)
    return path


def test_a_file_is_downloaded_once_and_kept(published: Path, cache: Path) -> None:
    digest = hashlib.sha256(published.read_bytes()).hexdigest()
    url = published.as_uri()
    first = fetch(url, digest)
    assert first.read_bytes() == b"weights" * 1000
    published.unlink()
    assert fetch(url, digest[:8]) == first == cache / "weights.bin"


def test_another_content_is_refused_and_not_kept(published: Path, cache: Path) -> None:
    with pytest.raises(LooksmithError, match="SHA-256"):
        fetch(published.as_uri(), "0" * 64)
    assert list(cache.iterdir()) == []


def test_offline_says_where_to_put_the_file(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(LooksmithError, match=str(cache / "gone.bin")):
        fetch((tmp_path / "gone.bin").as_uri(), "00")
    assert list(cache.iterdir()) == []
