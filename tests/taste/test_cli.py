"""``looksmith taste …`` as a user meets it: what is printed, written and refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from looksmith.cli import app
from looksmith.cli.common import console
from looksmith.look import Look
from looksmith.taste import figures
from looksmith.taste.api import Taste

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """``run("show", "u1")`` is ``looksmith taste show u1`` over a database of its own; returns
    the exit status and all that was said."""
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "home"))
    # A console keeps the COLUMNS of its first day, and a dumb terminal has 80 whatever is said.
    monkeypatch.setattr(console, "_width", 200)
    monkeypatch.setattr(console, "_height", 50)

    def invoke(*words: object) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["taste", *(str(word) for word in words)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return invoke


@pytest.fixture
def film(look: Look, tmp_path: Path) -> Path:
    return look.save(tmp_path / "warm.look")


@pytest.fixture
def quizzed(run: Command, tmp_path: Path) -> str:
    """A user who took four quiz answers from a file."""
    assert run("quiz", "u1", "--pairs", 4, "-o", tmp_path / "quiz")[0] == 0
    (tmp_path / "answers").write_text("\n".join("abab"), encoding="utf-8")
    status, said = run("quiz", "u1", "-o", tmp_path / "quiz", "--answers", tmp_path / "answers")
    assert status == 0
    assert "warming" in said
    return "u1"


@pytest.fixture
def shop(run: Command, tmp_path: Path) -> str:
    """Twelve users who take up items of one half each, without pictures."""
    rows = [
        f"u{user},i{(user + step) % 6 + 6 * (user % 2)},like,{1_700_000_000 + step}"
        for user in range(12)
        for step in range(4)
    ]
    events = tmp_path / "events.csv"
    events.write_text("\n".join(["user,item,action,time", *rows]), encoding="utf-8")
    assert "48 rows are new" in run("import", events)[1]
    assert "nothing changes" in run("import", events)[1]
    return "u0"


def test_show_says_what_is_liked_and_how_sure_it_is(run: Command, quizzed: str, film: Path) -> None:
    status, said = run("show", quizzed, "--look", film)
    assert status == 0
    assert "4.0 clear preferences" in said
    assert "█" in said
    assert said.count("±") == 9
    assert "A look changes by:" in said
    assert "warm, as near to its feed" in said


def test_variants_are_chosen_from_and_taken_back(
    run: Command, film: Path, product: Path, tmp_path: Path
) -> None:
    out = tmp_path / "shown"
    words = ("variants", film, product, "--user", "u7", "-n", 3, "-o", out, "--seed", 1)
    status, said = run(*words)
    assert status == 0
    names = re.findall(r"^([0-9a-f]{12})  ", said, re.MULTILINE)
    assert len(names) == 3
    assert said.splitlines()[0].endswith("as the look is")  # nothing is known of this user yet
    pictures = [np.asarray(Image.open(out / f"{name}.jpg"), np.int16) for name in names]
    assert np.abs(pictures[1] - pictures[0]).mean() > 1
    assert np.abs(pictures[2] - pictures[1]).mean() > 1
    assert (out / f"{names[0]}-sheet.jpg").is_file()
    assert "u7" not in "".join(path.name for path in out.iterdir())

    assert run("feedback", "u7", names[1], "choose")[0] == 0
    chosen = Taste.open().profile("u7").posterior.mean
    assert np.abs(chosen).max() > 0.01
    status, said = run("undo", "u7")
    assert (status, said) == (0, "Taken back: choose.\n")
    assert Taste.open().profile("u7").evidence == 0
    status, said = run("undo", "u7")
    assert status == 2
    assert "taken back" in said


def test_without_exploration_a_new_user_sees_the_look_alone(
    run: Command, film: Path, product: Path, tmp_path: Path
) -> None:
    words = ("variants", film, product, "--user", "u7", "-n", 2, "-o", tmp_path, "--no-explore")
    assert run(*words)[1].count("as the look is") == 2


def test_forget_leaves_nothing(run: Command, quizzed: str) -> None:
    status, said = run("forget", quizzed)
    assert status == 0
    assert "gone" in said
    assert run("show", quizzed) == (
        2,
        "There is no such user; import events or take the quiz first.\n",
    )


def test_items_and_looks_are_recommended(
    run: Command, shop: str, film: Path, product: Path, tmp_path: Path
) -> None:
    run("fit", "--minutes", 0)
    status, said = run("recommend", shop, "-k", 2)
    assert status == 0
    ranked = [line.split()[-1] for line in said.splitlines()]
    assert set(ranked) == {"i4", "i5"}  # of this user's half, and not taken up before
    assert run("recommend", shop, "--kind", "looks") == (0, "")
    run("variants", film, product, "--user", shop, "-n", 1, "-o", tmp_path)
    assert run("recommend", shop, "--kind", "looks")[1].endswith("warm\n")


def test_the_audience_of_a_look_are_users_with_a_profile(
    run: Command, film: Path, quizzed: str
) -> None:
    status, said = run("audience", film)
    assert status == 0
    assert re.fullmatch(r"0\.\d{3}  u1\n", said)


def test_evaluate_prints_and_draws_the_figures(
    run: Command,
    shop: str,
    product: Path,
    photo: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(figures, "PAIRS", (0, 8))
    monkeypatch.setattr(figures, "EVENTS", 3)
    monkeypatch.setattr(figures, "_TESTED", 8)
    photos = tmp_path / "photos"
    photos.mkdir()
    product.rename(photos / "1.jpg")
    Image.fromarray(photo).save(photos / "2.jpg")
    drawn = tmp_path / "figures.svg"
    words = (
        "--users",
        3,
        "--minutes",
        0,
        "--rounds",
        2,
        "--seed",
        3,
        "-o",
        drawn,
        "--photos",
        photos,
    )
    status, said = run("evaluate", *words)
    assert status == 0
    assert "by attributes (1)" in said  # the time is over after one user of each kind
    for named in ("wins", "pairs told right after 8", "regret", "NDCG@10", "popularity"):
        assert named in said
    assert drawn.read_text(encoding="utf-8").count("<polyline") > 30


def test_evaluate_without_events_says_so(run: Command) -> None:
    status, said = run("evaluate", "--users", 0)
    assert status == 0
    assert "import more events" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("feedback", "u1", "0" * 12, "like"), "no such user"),
        (("undo", "u1"), "no such user"),
        (("forget", "u1"), "no such user"),
        (("recommend", "u1"), "no such user"),
        (("recommend", "u1", "--kind", "shoes"), "items or looks"),
        (("audience", "none.look"), "none.look"),
        (("variants", "none.look", "a.jpg", "--user", "u1"), "none.look"),
        (("quiz", "u1", "--answers", "none.txt", "-o", "none"), "no quiz pairs"),
        (("fit",), "nothing to learn from"),
        (("import",), "Nothing to import"),
        (("show", "u1", "--database", "nonsense"), "no URL of a database"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    run: Command, words: tuple[str, ...], says: str
) -> None:
    status, said = run(*words)
    assert status == 2
    assert says in said
    assert said.strip().count("\n") == 0


def test_a_refused_command_adds_no_user(run: Command, film: Path, tmp_path: Path) -> None:
    assert run("variants", film, tmp_path / "none.jpg", "--user", "u9", "-o", tmp_path)[0] == 2
    assert run("show", "u9")[0] == 2
