"""The quiz on the command line: pairs as pictures, answers from a file or a terminal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from looksmith.cli import app
from looksmith.errors import TasteError
from looksmith.taste.api import Taste
from looksmith.taste.questions import answer_file, read_photos, terminal_quiz, write_pairs


@pytest.fixture
def taste(tmp_path: Path) -> Taste:
    return Taste.open(f"sqlite:///{tmp_path / 'taste.db'}")


def test_pairs_are_written_as_labelled_pictures_that_differ(taste: Taste, tmp_path: Path) -> None:
    write_pairs(taste, "u1", read_photos(None), 2, tmp_path, seed=0)
    for number in (1, 2):
        first, second = (Image.open(tmp_path / f"pair-{number}-{side}.jpg") for side in "ab")
        assert first.size == second.size
        assert np.abs(np.asarray(first, int) - np.asarray(second, int)).mean() > 0.5
        assert b"AIGC" in first.info["xmp"]


def test_eight_answers_in_a_file_give_a_profile(tmp_path: Path) -> None:
    runner, pairs = CliRunner(), tmp_path / "pairs"
    database = f"sqlite:///{tmp_path / 'taste.db'}"
    asked = ["taste", "quiz", "u99", "-o", str(pairs), "--database", database]
    result = runner.invoke(app, asked)
    assert result.exit_code == 0, result.output
    answers = tmp_path / "answers.txt"
    answers.write_text("\n".join("abababa="), encoding="utf-8")
    result = runner.invoke(app, [*asked, "--answers", str(answers)])
    assert result.exit_code == 0, result.output
    profile = Taste.open(database).profile("u99")
    assert profile.state != "cold"
    assert float(np.abs(profile.posterior.mean).max()) > 0


@pytest.mark.parametrize("words", ["", "x", "a a a"])
def test_answers_that_fit_no_pair_are_refused(taste: Taste, tmp_path: Path, words: str) -> None:
    write_pairs(taste, "u1", read_photos(None), 2, tmp_path, seed=0)
    answers = tmp_path / "answers.txt"
    answers.write_text(words, encoding="utf-8")
    with pytest.raises(TasteError, match=r"answers\.txt"):
        answer_file(taste, "u1", tmp_path, answers)


def test_the_terminal_asks_again_until_it_understands(taste: Taste, tmp_path: Path) -> None:
    said: list[str] = []
    replies = iter(["?", "a", "2"])
    photos = read_photos(None)
    profile = terminal_quiz(
        taste, "u1", photos, 2, tmp_path, 0, said.append, lambda _: next(replies)
    )
    assert len(said) == 3
    assert profile.evidence == 2
