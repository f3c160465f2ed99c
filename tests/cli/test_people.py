"""The command ``makeup``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from looksmith.cli import app
from looksmith.store import Database, tables
from looksmith.store.bulk import number_names

runner = CliRunner()


def run(*words: object) -> tuple[int, str]:
    result = runner.invoke(app, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "me.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


@pytest.fixture
def painted(tmp_path: Path) -> Path:
    """The same face, its mouth's surroundings red."""
    pixels = np.asarray(data.astronaut()).copy()
    pixels[166:186, 205:245] = pixels[166:186, 205:245] * (1.0, 0.4, 0.4)
    path = tmp_path / "red.png"
    Image.fromarray(pixels).save(path)
    return path


def test_makeup_from_one_face(portrait: Path, painted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    code, output = run("makeup", portrait, "--from", painted, "-o", out, "--cheeks", 0)
    assert code == 0, output
    assert "out.png" in output
    made = Image.open(out)
    assert b"compositeWithTrainedAlgorithmicMedia" in made.info["xmp"]
    assert (np.asarray(made) != np.asarray(Image.open(portrait))).any()


def test_all_parts_off_gives_the_photo_back(portrait: Path, painted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    none = ("--lips", 0, "--cheeks", 0, "--eyes", 0, "--liner", 0, "--brows", 0)
    assert run("makeup", portrait, "--from", painted.parent, "-o", out, *none)[0] == 0
    assert (np.asarray(Image.open(out)) == np.asarray(Image.open(portrait))).all()


def test_what_is_missing_is_said(portrait: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    code, output = run("makeup", portrait, "-o", out)
    assert code == 2 and "--from or --look" in output
    (tmp_path / "empty").mkdir()
    code, output = run("makeup", portrait, "--from", tmp_path / "empty", "-o", out)
    assert code == 2 and "empty" in output
    code, output = run("makeup", portrait, "--from", portrait, "-o", portrait)
    assert code == 2
    assert not out.exists()


def test_a_feed_of_faces_gives_its_look_skin_and_makeup(
    portrait: Path, painted: Path, tmp_path: Path
) -> None:
    code, output = run("learn", portrait.parent, "--name", "red", "-o", tmp_path)
    assert code == 0 and "Makeup" in output and "texture" in output, output
    out = tmp_path / "out" / "out.png"
    out.parent.mkdir()
    code, output = run("makeup", portrait, "--look", tmp_path / "red.look", "-o", out)
    assert code == 0, output
    words = ("apply", tmp_path / "red.look", portrait, "-o", out)
    assert run(*words, "--skin", 0.6, "--protect", "clothes")[0] == 0
    code, output = run(*words, "--protect", "sky")
    assert code == 2 and "no region sky" in output


def test_avatars_from_the_command_line(portrait: Path, tmp_path: Path) -> None:
    assert run("learn", portrait.parent, "--name", "me", "-o", tmp_path)[0] == 0
    words = ("avatar", portrait, "--look", tmp_path / "me.look", "-o", tmp_path / "set")
    code, output = run(*words, "--count", 1, "--size", 256)
    assert code == 0 and "1 avatars saved" in output
    assert (tmp_path / "set" / "contact-sheet.jpg").exists()
    code, output = run(*words, "--count", 0)
    assert code == 2 and "1 to 64" in output


def test_avatars_for_a_user(portrait: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'taste.db'}"
    assert run("learn", portrait.parent, "--name", "me", "-o", tmp_path)[0] == 0
    with Database.open(database).writing() as connection:
        number_names(connection, tables.users, ["u42"])
    words = ("avatar", portrait, "--look", tmp_path / "me.look", "-o", tmp_path / "set")
    more = ("--count", 2, "--size", 256, "--database", database, "--user")
    code, output = run(*words, *more, "u42")
    assert code == 0 and "2 avatars saved" in output, output
    assert run(*words, *more, "nobody")[0] == 2
