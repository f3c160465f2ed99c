"""Imports: complete, idempotent, resumable; what can't be used is told by line."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import func, select

from looksmith.errors import TasteError
from looksmith.store import Database
from looksmith.store.tables import events, items, users
from looksmith.taste import importing, reading
from looksmith.taste.importing import import_events, import_items, import_users

HEADER = "user,item,action,time,value\n"
NOW = 1_750_000_000.0


def stored(database: Database) -> list[tuple[str, str, int, int]]:
    query = (
        select(users.c.name, items.c.name, events.c.action, events.c.time)
        .join(users, users.c.id == events.c.user_id)
        .join(items, items.c.id == events.c.item_id)
        .order_by(events.c.time)
    )
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(query)]


def write(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "".join(row + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_same_file_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", "u1,i1,like,1700000000,", "u2,i1,skip,2024-01-02T03:04:05Z,")
    first = import_events(database, path, now=NOW)
    assert (first.rows, first.new, first.rejected) == (2, 2, 0)
    before = stored(database)
    assert before == [("u1", "i1", 2, 1_700_000_000), ("u2", "i1", 6, 1_704_164_645)]
    assert import_events(database, path, now=NOW).before
    copy = write(tmp_path / "f.csv", "u2,i1,skip,1704164645,", "u1,i1,like,1700000000,3")
    assert import_events(database, copy, now=NOW).new == 0
    assert stored(database) == before


def test_bad_rows_are_kept_with_their_lines(database: Database, tmp_path: Path) -> None:
    path = write(
        tmp_path / "e.csv",
        "u1,i1,like,1700000000,",
        ",i1,like,1700000000,",
        "u1,i1,adore,1700000000,",
        "u1,i1,like,tomorrow,",
        "u1,i1,like,1900000000,",
        "u1,i1,dwell,1700000001,long",
        "u1,i1,like",
        '"a\nb",i1,like,1700000002,',
        "u1,i1,like,-5,",
    )
    done = import_events(database, path, now=NOW)
    assert (done.rows, done.rejected) == (2, 7)
    with done.rejects[0].open(newline="", encoding="utf-8") as opened:
        kept = {int(row["line"]): row["why"] for row in csv.DictReader(opened)}
    assert sorted(kept) == [3, 4, 5, 6, 7, 8, 11]
    assert kept[4] == "unknown action"
    assert kept[6] == "time in the future"


def test_an_interrupted_import_goes_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK", 10)
    path = write(
        tmp_path / "e.csv", *(f"u{i},i{i % 7},like,{1700000000 + i}," for i in range(35)), "x,,,,"
    )

    calls = []
    insert = importing.insert_events

    def fails_third(*args: object) -> int:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return insert(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "insert_events", fails_third)
    with pytest.raises(KeyboardInterrupt):
        import_events(database, path, now=NOW)
    assert len(stored(database)) == 20
    rest = import_events(database, path, now=NOW)
    assert (rest.new, rest.rejected) == (15, 1)
    assert len(stored(database)) == 35


def test_all_kinds_of_file_say_the_same(database: Database, tmp_path: Path) -> None:
    columns = {
        "user": ["u1", "u2"],
        "item": ["i1", "i2"],
        "action": ["dwell", "buy"],
        "time": [1_700_000_000, 1_700_000_500],
        "value": [12.5, None],
    }
    frame = pl.DataFrame(columns)
    frame.write_parquet(tmp_path / "e.parquet")
    frame.write_ndjson(tmp_path / "e.jsonl")
    frame.write_csv(tmp_path / "e.csv")
    results = [import_events(database, tmp_path / f"e.{k}") for k in ("parquet", "jsonl", "csv")]
    assert [r.rows for r in results] == [2, 2, 2]
    assert [r.new for r in results] == [2, 0, 0]
    with database.reading() as connection:
        assert connection.execute(select(func.sum(events.c.value))).scalar() == 12.5


def test_items_and_users_bring_attributes(database: Database, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,image,brand\ni1,a.jpg,Ma\ni2,,\ni1,b.jpg,Mo\n")
    (tmp_path / "users.jsonl").write_text('{"id": "u1", "age": 30}\n{"id": 5}\nnonsense\n')
    assert import_items(database, tmp_path / "items.csv").new == 2
    done = import_users(database, tmp_path / "users.jsonl")
    assert (done.new, done.rejected) == (2, 1)
    with database.reading() as connection:
        item = connection.execute(select(items).where(items.c.name == "i1")).one()
        user = connection.execute(select(users).where(users.c.name == "u1")).one()
    assert item.image == str(tmp_path / "b.jpg")
    assert item.attributes == {"brand": "Mo"}
    assert user.attributes == {"age": 30}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("e.csv", "user,thing\n", "column item"),
        ("e.txt", "", "are read from"),
        ("e.parquet", "nonsense", "can't be read"),
        ("none.csv", None, "no such file"),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str | None, says: str
) -> None:
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path / "home"))
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(TasteError, match=says):
        import_events(Database.open(), tmp_path / name)
