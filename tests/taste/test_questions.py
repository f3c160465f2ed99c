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


def test_each_pair_counts_once_as_it_was_answered_last(taste: Taste, tmp_path: Path) -> None:
    write_pairs(taste, "u1", read_photos(None), 3, tmp_path, seed=0)
    answers = tmp_path / "answers.txt"

    def answer(words: str, user: str = "u1") -> int:
        answers.write_text(words, encoding="utf-8")
        return answer_file(taste, user, tmp_path, answers)

    assert answer("a b") == 2
    first = taste.profile("u1")
    assert answer("a b") == 0
    assert taste.profile("u1").evidence == first.evidence == 2
    np.testing.assert_array_equal(taste.profile("u1").posterior.mean, first.posterior.mean)
    assert answer("a b a") == 1  # one more line
    assert answer("b = a") == 2  # a change of mind
    assert answer("b = a", "u2") == 2  # another user's own
    one, other = taste.profile("u1"), taste.profile("u2")
    assert one.evidence == other.evidence == 2
    np.testing.assert_allclose(one.posterior.mean, other.posterior.mean, atol=0.05)


def test_the_same_answers_twice_are_told(tmp_path: Path) -> None:
    write_pairs(
        Taste.open(f"sqlite:///{tmp_path / 't.db'}"), "u1", read_photos(None), 1, tmp_path, 0
    )
    answers = tmp_path / "answers.txt"
    answers.write_text("a", encoding="utf-8")
    words = ["taste", "quiz", "u1", "-o", str(tmp_path), "--answers", str(answers)]
    words += ["--database", f"sqlite:///{tmp_path / 't.db'}"]
    said = [CliRunner().invoke(app, words).output for _ in range(2)]
    assert "Noted" in said[0]
    assert "nothing changes" in said[1].replace("\n", " ")


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
