from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

from looksmith.cli import app

RUN = CliRunner()


@pytest.fixture
def blue(tmp_path: Path, photos: list[NDArray[np.uint8]]) -> Path:
    path = tmp_path / "blue.png"
    Image.fromarray((photos[1] * np.array([0.4, 0.6, 0.9])).astype(np.uint8)).save(path)
    return path


def mean(path: Path) -> NDArray[np.float64]:
    return np.asarray(Image.open(path), np.float64)[..., :3].mean((0, 1))


def test_a_photo_comes_nearer_to_the_picture(
    save: Callable[..., Path], blue: Path, tmp_path: Path
) -> None:
    me, out = save("me.png"), tmp_path / "out.png"
    result = RUN.invoke(app, ["match", str(me), "--to", str(blue), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert "One picture can't tell" in " ".join(result.output.split())
    goal = mean(blue)
    assert np.abs(mean(out) - goal).sum() < np.abs(mean(me) - goal).sum()


def test_controls_at_nothing_give_the_pixels_back(
    save: Callable[..., Path], blue: Path, tmp_path: Path
) -> None:
    me, out = save("me.png"), tmp_path / "out.png"
    off = ["--strength", "0", "--mood", "0", "--normalise", "0"]
    assert (
        RUN.invoke(app, ["match", str(me), "--to", str(blue), "-o", str(out), *off]).exit_code == 0
    )
    assert np.array_equal(np.asarray(Image.open(out)), np.asarray(Image.open(me)))


def test_a_missing_picture_and_a_control_out_of_range_are_said(
    save: Callable[..., Path], blue: Path, tmp_path: Path
) -> None:
    me, out = str(save("me.png")), str(tmp_path / "out.png")
    for words in (["--to", "none.jpg"], ["--to", str(blue), "--mood", "9"]):
        result = RUN.invoke(app, ["match", me, *words, "-o", out])
        assert result.exit_code == 2 and "Traceback" not in result.output
    assert not Path(out).exists()


def test_a_picture_of_three_colours_leaves_a_photo_without_holes(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    flag, out = tmp_path / "flag.png", tmp_path / "out.png"
    stripes = np.zeros((90, 120, 3), np.uint8)
    stripes[:30], stripes[30:60], stripes[60:] = (200, 30, 40), (240, 220, 60), (20, 60, 150)
    Image.fromarray(stripes).save(flag)
    me = save("me.png")
    result = RUN.invoke(app, ["match", str(me), "--to", str(flag), "-o", str(out)])
    assert result.exit_code == 0, result.output
    before, after = (np.asarray(Image.open(p).convert("L"), np.float64) for p in (me, out))
    # Light and dark keep their order, and the photo does not fall into three flat parts.
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.8
    assert len(np.unique(np.asarray(Image.open(out).convert("L")))) > 100


def test_a_picture_that_tells_nothing_is_said_to_be_so(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    broken, grey = tmp_path / "broken.png", tmp_path / "grey.png"
    broken.write_text("no picture")
    Image.new("RGB", (64, 48), (128, 128, 128)).save(grey)
    me, out = str(save("me.png")), tmp_path / "out.png"
    for to, words in ((broken, "broken.png: this is not a photo"), (grey, "a single colour")):
        result = RUN.invoke(app, ["match", me, "--to", str(to), "-o", str(out)])
        assert result.exit_code == 2 and words in " ".join(result.output.split())
    assert not out.exists()


def test_of_several_photos_what_can_not_be_read_is_said_and_the_rest_goes_on(
    save: Callable[..., Path], blue: Path, tmp_path: Path
) -> None:
    broken, me, out = tmp_path / "broken.png", save("me.png"), tmp_path / "out"
    broken.write_text("no photo")
    words = ["match", str(broken), str(me), "--to", str(blue), "-o", str(out)]
    result = RUN.invoke(app, words)
    assert result.exit_code == 2
    assert "broken.png: this is not a photo" in result.output
    assert "1 photos written, 1 refused" in result.output
    assert [path.name for path in out.iterdir()] == ["me.png"]


def test_a_folder_to_match_is_said_to_be_one(blue: Path, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["match", str(tmp_path), "--to", str(blue), "-o", "out.jpg"])
    assert result.exit_code == 2 and "this is a folder" in result.output
