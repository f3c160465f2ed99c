"""Odd files and names, as a hostile but fair user gives them: one sentence, status 2."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from looksmith.base import default_base
from looksmith.cli import app
from looksmith.look import Look

LONG = "x" * 300
runner = CliRunner()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Callable[..., Path]) -> Path:
    """A folder with a look, a photo, a feed of one, and odd files."""
    Look(
        name="warm",
        code=torch.zeros(1, 256),
        transport=torch.eye(3, 4).unsqueeze(0),
        correction=torch.zeros(1, 64),
        weights=torch.ones(1),
        base=default_base().identity,
    ).save(tmp_path / "warm.look")
    photo = save("me.jpg")
    (tmp_path / "feed").mkdir()
    os.link(photo, tmp_path / "feed" / "a.jpg")
    (tmp_path / "made.cube").mkdir()
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "soft.jpg").symlink_to("me.jpg")
    os.link(photo, tmp_path / "hard.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "pipe.look").symlink_to("pipe.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"apply warm.look {LONG}.jpg", "too long"),
        (f"apply warm.look me.jpg -o {LONG}.jpg", "too long"),
        (f"apply warm.look {'y' * 249}.jpg", "too long"),
        (f"apply warm.look feed -o {LONG}", "too long"),
        (f"apply {LONG}.look me.jpg", "too long"),
        (f"learn feed --name {LONG}", "can't be a look's name"),
        (f"learn feed --name a -o {LONG}", "too long"),
        ("learn feed --name a -o a.look", "--name says what the file is called"),
        ("import me.jpg -o a.look", "--name says what the file is called"),
        ("apply warm.look me.jpg -o out", "ends in none of"),
        ("apply warm.look me.jpg --max-megapixels 0.001", "me.jpg: 0.03 megapixels"),
        ("export warm.look --cube warm.txt", "must end in .cube"),
        ("export warm.look --xmp warm.cube", "must end in .xmp"),
        ("export warm.look --onnx warm", "must end in .onnx"),
        ("export warm.look --html warm.jpg", "must end in .html"),
        ("export warm.look --cube w.cube --hald w.jpg", "must end in .png, .tif"),
        (f"blend warm.look warm.look -o {LONG}.look", "too long"),
        ("blend warm.look warm.look -o b.jpg", "NAME.look"),
        ("blend warm.look warm.look -o b.look --name a/b", "can't be a look's name"),
        ("blend warm.look warm.look --weights nan 1 -o b.look", "one weight"),
        ("apply warm.look loop.jpg", "leads back to itself"),
        ("apply warm.look me.jpg -o soft.jpg", "overwrite the photo itself"),
        ("apply warm.look soft.jpg -o me.jpg", "overwrite the photo itself"),
        ("apply warm.look me.jpg -o hard.jpg", "overwrite the photo itself"),
        ("apply warm.look pipe.jpg", "not a file"),
        ("apply pipe.look me.jpg", "no such look"),
        ("apply warm.look me.jpg -o /dev/full", "ends in none of"),
        ("apply warm.look me.jpg --strength nan", "between 0 and 1.5"),
        ("apply warm.look feed -o me.jpg", "need a folder"),
        ("apply warm.look feed -o loop.jpg", "can't be made or written to"),
        ("learn pipe.jpg --name a", "no such folder"),
        ("learn feed --name a --minutes nan", "--minutes"),
        ("learn feed --name a --minutes 0", "--minutes"),
        ("learn feed --name a --seed -1", "--seed"),
        ("export warm.look --cube made.cube", "folder"),
        ("paint me.jpg --style me.jpg -o p.png --style-scale 1e9", "--style-scale"),
        ("paint me.jpg --style me.jpg -o p.png --style-weight inf", "--style-weight"),
        ("paint me.jpg --style me.jpg -o p.png --content-weight -1", "--content-weight"),
        ("paint me.jpg --style pipe.jpg -o p.png --size 64", "not a file"),
        ("train --photos loop.jpg", "No photo was found"),
    ],
)
def test_odd_files_are_one_sentence(words: str, expected: str, here: Path) -> None:
    before = {path: path.lstat().st_mtime_ns for path in here.rglob("*.*")}
    result = runner.invoke(app, words.split())
    assert result.exit_code == 2, result.output
    assert expected in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert {path: path.lstat().st_mtime_ns for path in here.rglob("*.*")} == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("taste fit", "nothing to learn from"),
        ("studio --add-account x --role king", "no role 'king'"),
        ("studio --folder me.jpg", "a file of this name is there already"),
        ("learn feed --name a -o me.jpg", "a file of this name is there already"),
        ("sign me.jpg --certificate no.pem --key no.pem", "no such file"),
    ],
)
def test_what_can_not_be_done_at_all_is_one_sentence(
    words: str, expected: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKSMITH_HOME", str(here / "home"))
    result = runner.invoke(app, words.split())
    assert result.exit_code == 2, result.output
    assert expected in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_nobody_liking_a_look_is_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKSMITH_HOME", str(here / "home"))
    result = runner.invoke(app, ["taste", "audience", "warm.look"])
    assert result.exit_code == 0, result.output
    assert "Nobody" in result.stderr


def test_a_file_that_may_not_be_read_is_one_sentence(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)  # tests may run as root
    for words in ("apply warm.look me.jpg", "learn feed --name a", "show warm.look"):
        result = runner.invoke(app, words.split())
        assert result.exit_code == 2
        assert len(result.stderr.strip().splitlines()) == 1


def test_odd_names_that_are_names_work(here: Path) -> None:
    for name in ("照片.jpg", "[bold]x.jpg", "-dash.jpg", "new\nline.jpg", "\x1b[31m.jpg"):
        os.link(here / "me.jpg", here / name)
        result = runner.invoke(app, ["apply", "warm.look", "-o", "out.jpg", "--", name])
        assert result.exit_code == 0, result.output
        assert "\x1b" not in result.stderr


def test_a_full_disk_loses_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    good = (here / "warm.look").read_bytes()
    monkeypatch.setattr(Path, "write_bytes", full)
    result = runner.invoke(app, ["blend", "warm.look", "warm.look", "-o", "warm.look"])
    assert result.exit_code == 2
    assert "no space left" in result.stderr
    assert (here / "warm.look").read_bytes() == good
    assert Look.load(here / "warm.look").name == "warm"
