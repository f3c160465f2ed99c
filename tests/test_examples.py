"""The examples run as they say."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from looksmith import learn

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def here(tmp_path: Path, feed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``feed/``, ``me.png``, ``warm.look`` and ``cold.look``."""
    monkeypatch.chdir(tmp_path)
    Image.open(feed / "0.jpg").save("me.png")
    learn(feed, "warm").save("warm.look")
    learn([feed / "1.jpg", feed / "2.jpg"], "cold").save("cold.look")
    return tmp_path


def run(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [name, *words.split()])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")


@pytest.mark.parametrize(
    ("name", "words", "made"),
    [
        ("learn_and_apply", "feed me.png", ["me-0.5.jpg", "me-1.jpg"]),
        ("blend_looks", "warm.look cold.look me.png", [f"me-{i}.png" for i in range(5)]),
        ("paint_a_picture", "me.png feed/1.jpg painted.png 64 2", ["painted.png"]),
    ],
)
def test_an_example_makes_its_pictures(
    name: str, words: str, made: list[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = np.asarray(Image.open("me.png"))
    run(name, words, monkeypatch)
    for path in made:
        with Image.open(path) as image:
            small = image.resize((before.shape[1], before.shape[0])).convert("RGB")
            assert np.abs(np.asarray(small, float) - before).mean() > 1


def test_frames_are_rendered_alike(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("frames").mkdir()
    for index in range(2):
        Image.open("me.png").save(f"frames/{index}.png")
    run("one_rendering_for_many", "warm.look frames out", monkeypatch)
    first, second = (np.asarray(Image.open(f"out/{index}.png")) for index in range(2))
    np.testing.assert_array_equal(first, second)


def test_every_example_is_run_here() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == {"learn_and_apply", "blend_looks", "paint_a_picture", "one_rendering_for_many"}
