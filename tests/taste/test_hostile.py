"""Bad input and privacy: what users send can be wrong, and their names stay where they belong."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from looksmith.errors import TasteError
from looksmith.look import Look
from looksmith.store.tables import events, items, reactions
from looksmith.taste.api import Taste
from looksmith.taste.directions import CONTENTS, DIRECTIONS, NAMES
from looksmith.taste.evidence import MOST_WEIGHT, pack
from looksmith.taste.features import FEATURES, first_prior
from looksmith.taste.importing import import_events
from looksmith.taste.quiz import Pair
from looksmith.taste.user_training import UserTraining

NAME = "very-secret-user"
NOW = 1_750_000_000.0


def write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(["user,item,action,time", *rows, ""]), encoding="utf-8")
    return path


def pair(name: str) -> Pair:
    difference = np.zeros(FEATURES)
    difference[NAMES.index(name)] = 1.0
    return Pair(0, (np.zeros(DIRECTIONS), np.zeros(DIRECTIONS)), difference)


def measured(taste: Taste, warmth: dict[str, float]) -> None:
    """Give items traits as if their pictures had been read."""
    with taste.database.writing() as connection:
        for name, value in warmth.items():
            traits = np.zeros(DIRECTIONS + CONTENTS)
            traits[0] = value
            changed = items.update().where(items.c.name == name)
            connection.execute(changed.values(traits=pack(traits)))


def test_nobody_is_made_up(taste: Taste, look: Look, product: Path, tmp_path: Path) -> None:
    for ask in (
        lambda: taste.apply_file(look, product, tmp_path / "out.jpg", NAME),
        lambda: taste.feedback(NAME, "0" * 12, "like"),
        lambda: taste.undo(NAME),
        lambda: taste.forget(NAME),
        lambda: taste.require(NAME),
        lambda: taste.recommend_items(NAME),
        lambda: taste.recommend_looks(NAME),
    ):
        with pytest.raises(TasteError, match="no such user"):
            ask()
    assert not (tmp_path / "out.jpg").exists()
    assert taste.vector(NAME) is None
    assert taste.usual_change(NAME) == {}


def test_an_event_twice_counts_once_and_none_from_the_future(taste: Taste, tmp_path: Path) -> None:
    rows = ["u1,i1,like,1700000000"] * 3 + ["u1,i1,like,1800000000"]
    done = import_events(taste.database, write(tmp_path / "e.csv", rows), now=NOW)
    assert (done.new, done.rejected) == (1, 1)
    assert "future" in done.rejects[0].read_text(encoding="utf-8")


def test_contradictions_cancel(taste: Taste, tmp_path: Path) -> None:
    rows = [
        f"{user},{item},{action},{1_700_000_000 + step}"
        for step in range(20)
        for user, action in (("torn", "like"), ("torn", "dislike"), ("sure", "like"))
        for item in ("warm",)
    ]
    import_events(taste.database, write(tmp_path / "e.csv", rows), now=NOW)
    measured(taste, {"warm": 1.0})
    liked = {user: taste.profile(user).likes()["warmth"][0] for user in ("torn", "sure")}
    assert abs(liked["torn"]) < liked["sure"] / 2
    for said in "abababab":
        taste.answer("undecided", pair("fade"), said)
    assert abs(taste.profile("undecided").likes()["fade"][0]) < 0.15


def test_very_many_events_of_one_user_weigh_no_more_than_a_few_hundred(
    taste: Taste, tmp_path: Path
) -> None:
    rows = [f"bot,warm,buy,{1_700_000_000 + step}" for step in range(20_000)]
    import_events(taste.database, write(tmp_path / "e.csv", rows), now=NOW)
    measured(taste, {"warm": 1.0})
    profile = taste.profile("bot")
    assert profile.evidence <= MOST_WEIGHT + 1e-6
    assert np.isfinite(profile.posterior.mean).all()
    deviations = np.sqrt(np.diag(first_prior().covariance))
    assert (np.abs(profile.posterior.mean) < 6 * deviations).all()


def test_two_who_write_at_once_both_arrive(taste: Taste, tmp_path: Path) -> None:
    files = [
        write(
            tmp_path / f"{one}.csv",
            [f"u{step % 9},{one}{step % 5},like,{1_700_000_000 + step}" for step in range(400)],
        )
        for one in "ab"
    ]

    def answers(count: int) -> None:
        own = Taste.open()
        for _ in range(count):
            own.answer("u1", pair("warmth"), "a")

    with ThreadPoolExecutor(4) as pool:
        both = [pool.submit(import_events, Taste.open().database, path) for path in files]
        asked = [pool.submit(answers, 5) for _ in range(2)]
        assert [job.result().new for job in both] == [400, 400]
        assert [job.result() for job in asked] == [None, None]
    with taste.database.reading() as connection:
        count = select(func.count())
        assert connection.execute(count.select_from(events)).scalar_one() == 800
        assert connection.execute(count.select_from(reactions)).scalar_one() == 10
    assert taste.profile("u1").evidence == pytest.approx(10)


def test_names_are_in_no_file_name_log_or_picture(
    taste: Taste,
    look: Look,
    product: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    rows = [f"{NAME},i{step},like,{1_700_000_000 + step}" for step in range(6)]
    with caplog.at_level(logging.DEBUG):
        import_events(taste.database, write(tmp_path / "e.csv", rows), now=NOW)
        taste.answer(NAME, pair("warmth"), "a")
        shown = taste.variants(look, product, NAME, out, count=2, seed=0)
        taste.feedback(NAME, shown[0].identity, "like")
        taste.apply_file(look, product, out / "applied.jpg", NAME)
        taste.fit(minutes=0, settings=UserTraining(steps=1, batch=4))
        with pytest.raises(TasteError) as refused:
            taste.feedback(NAME, "0" * 12, "like")
    assert NAME not in caplog.text
    assert NAME not in str(refused.value)
    assert NAME not in "".join(capfd.readouterr())
    home = taste.database.folder.parent.parent
    assert not [path for path in (*home.rglob("*"), *out.rglob("*")) if NAME in path.name]
    assert not [path for path in out.iterdir() if NAME.encode() in path.read_bytes()]
    assert not [path for path in home.rglob("*.safetensors") if NAME.encode() in path.read_bytes()]


def test_a_statement_that_fails_does_not_say_whom_it_was_about(taste: Taste) -> None:
    from sqlalchemy.exc import IntegrityError

    from looksmith.store.tables import users

    row = {"name": NAME, "attributes": {}}
    with pytest.raises(IntegrityError) as failed, taste.database.writing() as connection:
        connection.execute(users.insert().values(row))
        connection.execute(users.insert().values(row))
    assert NAME not in str(failed.value)
