from __future__ import annotations

import os
import resource
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from looksmith.errors import LooksmithError
from looksmith.files import whole_file


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Files may have 10,000 bytes, as on a disk that fills up in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_appears_when_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with whole_file(path) as part:
        part.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert _names(tmp_path) == ["a.txt"]


def test_an_error_leaves_the_old_file_and_no_crumbs(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file(path) as part:
        part.write_text("new")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["a.txt"]


def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path: Path, small_disk: None) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(LooksmithError, match="can't be written"), whole_file(path) as part:
        part.write_bytes(bytes(20_000))
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_file_gets_the_permissions_that_any_new_file_gets(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        (tmp_path / "usual").touch()
        with whole_file(tmp_path / "ours") as part:
            part.write_text("x")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "ours")]
    assert modes[0] == modes[1] == 0o666 & ~umask


def test_files_of_other_threads_keep_their_permissions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: int) -> int:
        raise AssertionError("the umask is the whole process's")

    monkeypatch.setattr(os, "umask", forbidden)
    thread = threading.Thread(target=(tmp_path / "other").touch)
    with whole_file(tmp_path / "ours") as part:
        thread.start()
        part.write_text("x")
    thread.join()
    assert (tmp_path / "ours").read_text() == "x"


@pytest.mark.parametrize("name", ["x" * 300, "missing/a.txt"])
def test_what_the_system_refuses_is_a_sentence(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(LooksmithError, match="can't be written"),
        whole_file(tmp_path / name) as part,
    ):
        part.write_text("x")
    assert _names(tmp_path) == []
