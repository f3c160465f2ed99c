from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from looksmith.base import default_base
from looksmith.errors import LooksmithError
from looksmith.look import Look
from looksmith.photos import read_photo, write_photo
from looksmith.watch import FAILED, Watcher


def copied(source: Path, target: Path) -> None:
    write_photo(read_photo(source), target)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    return tmp_path / "in", tmp_path / "out"


@pytest.fixture
def watcher(folders: tuple[Path, Path]) -> Watcher:
    return Watcher(*folders, copied, interval=0.01, patience=0)


def test_a_photo_is_rendered_once_it_stands_still(
    watcher: Watcher, save: Callable[..., Path]
) -> None:
    photo = save("a.jpg")
    (watcher.source / "day").mkdir()
    shutil.copy(photo, watcher.source / "day" / "a.jpg")
    assert list(watcher.look()) == []
    (outcome,) = watcher.look()
    assert outcome.target == watcher.target / "day" / "a.jpg"
    assert outcome.target.exists()
    assert list(watcher.look()) == []


def test_half_a_file_is_waited_for(watcher: Watcher, save: Callable[..., Path]) -> None:
    data, arriving = save("a.jpg").read_bytes(), watcher.source / "b.jpg"
    watcher.patience = 60
    for share in (0.3, 0.6):  # each part stays long enough to look complete
        arriving.write_bytes(data[: int(len(data) * share)])
        assert [o for _ in range(3) for o in watcher.look()] == []
    arriving.write_bytes(data)
    assert [o.why for _ in range(3) for o in watcher.look()] == [None]
    assert not (watcher.target / FAILED).exists()


def test_what_cannot_be_read_is_explained_in_a_folder(watcher: Watcher) -> None:
    (watcher.source / "bad.jpg").write_bytes(b"no photo")
    outcomes = [o for _ in range(4) for o in watcher.look()]
    assert len(outcomes) == 1
    words = (watcher.target / FAILED / "bad.jpg.txt").read_text()
    assert "bad.jpg" in words
    assert words.strip() == outcomes[0].why


def test_a_mended_photo_is_rendered_and_its_sentence_goes(
    watcher: Watcher, save: Callable[..., Path]
) -> None:
    (watcher.source / "a.jpg").write_bytes(b"no photo")
    assert len([o for _ in range(3) for o in watcher.look()]) == 1
    time.sleep(0.02)
    (watcher.source / "a.jpg").write_bytes(save("good.jpg").read_bytes())
    assert [o.why for _ in range(3) for o in watcher.look()] == [None]
    assert not list((watcher.target / FAILED).glob("*"))


def test_a_restart_goes_on_where_it_ended(watcher: Watcher, save: Callable[..., Path]) -> None:
    shutil.copy(save("a.jpg"), watcher.source / "a.jpg")
    assert len([o for _ in range(2) for o in watcher.look()]) == 1
    shutil.copy(save("b.jpg"), watcher.source / "b.jpg")
    again = Watcher(watcher.source, watcher.target, copied, patience=0)
    assert [o.source.name for _ in range(2) for o in again.look()] == ["b.jpg"]


@pytest.mark.parametrize(("source", "target"), [("in", "in"), ("in", "in/out"), ("in/a", "in")])
def test_folders_inside_each_other_are_refused(source: str, target: str, tmp_path: Path) -> None:
    (tmp_path / source).mkdir(parents=True)
    with pytest.raises(LooksmithError, match="must not lie"):
        Watcher(tmp_path / source, tmp_path / target, copied)


def test_ctrl_c_ends_the_command_with_what_it_did(
    folders: tuple[Path, Path], save: Callable[..., Path], tmp_path: Path
) -> None:
    look = Look(
        "plain",
        torch.zeros(1, 256),
        torch.eye(3, 4).unsqueeze(0),
        torch.zeros(1, 64),
        torch.zeros(1),
        base=default_base().identity,
    ).save(tmp_path / "plain.look")
    source, target = folders
    shutil.copy(save("a.jpg"), source / "a.jpg")
    command = [sys.executable, "-m", "looksmith.cli", "watch", source, target, "--look", look]
    process = subprocess.Popen(
        [*map(str, command), "--interval", "0.05"], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not (target / "a.jpg").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    assert "1 photos written, 0 refused" in words
