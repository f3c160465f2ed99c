"""Take events, items and users from files into the database.

A block of rows is stored in one transaction together with the number of rows done, so that an
interrupted import goes on where it stopped and the same file twice changes nothing. Rows that
can't be used are kept in a file of the database's folder.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, Table, select

from looksmith.store import Database
from looksmith.store.bulk import insert_events, known_names, number_names
from looksmith.store.tables import imports, items, users
from looksmith.taste.checking import check_events, check_things
from looksmith.taste.profiles import drop_profiles
from looksmith.taste.reading import Block, Reject, digest_of, read_blocks

Progress = Callable[[float], None]


@dataclass
class Imported:
    """What an import did."""

    rows: int = 0
    """Rows that could be used."""
    new: int = 0
    """Rows that were not known before."""
    rejected: int = 0
    rejects: list[Path] = field(default_factory=list)
    """Files with the rows that can't be used: line, why, row."""
    before: bool = False
    """The file was imported before."""

    def __iadd__(self, other: Imported) -> Imported:
        self.rows += other.rows
        self.new += other.new
        self.rejected += other.rejected
        self.rejects += other.rejects
        return self


def import_events(
    database: Database,
    path: Path,
    progress: Progress = lambda _: None,
    now: float | None = None,
) -> Imported:
    """Import events; users and items that were not known are added.

    Raises:
        TasteError: the file is missing, can't be read, or lacks a column.
    """
    moment = int(time.time() if now is None else now)

    def store(connection: Connection, block: Block) -> tuple[int, int, list[Reject]]:
        good, rejects = check_events(block, moment)
        good = good.unique(["user", "item", "action", "time"], keep="first", maintain_order=True)
        user_ids = number_names(connection, users, good["user"].unique(maintain_order=True))
        item_ids = number_names(connection, items, good["item"].unique(maintain_order=True))
        rows = good.select(
            pl.col("user").replace_strict(user_ids, return_dtype=pl.Int64).alias("user_id"),
            pl.col("item").replace_strict(item_ids, return_dtype=pl.Int64).alias("item_id"),
            "action",
            "time",
            "value",
        ).sort("user_id", "item_id", "action", "time")
        drop_profiles(connection, list(user_ids.values()))
        return len(good), insert_events(connection, rows), rejects

    blocks = read_blocks(path, ("user", "item", "action", "time"), ("value",))
    return _import(database, path, blocks, store, progress)


def import_items(database: Database, path: Path, progress: Progress = lambda _: None) -> Imported:
    """Import items: ``id``, ``image`` (a path, relative to the file's folder), and attributes.
    A known item takes the newer row.

    Raises:
        TasteError: the file is missing, can't be read, or lacks a column.
    """

    def store(connection: Connection, block: Block) -> tuple[int, int, list[Reject]]:
        good, rejects = check_things(block)
        images = good["image"] if "image" in good.columns else [None] * len(good)
        wanted = [
            str(path.parent.resolve() / image.strip()) if image and image.strip() else None
            for image in images
        ]
        new = _put(connection, items, good, [{"image": image} for image in wanted])
        return len(good), new, rejects

    return _import(database, path, read_blocks(path, ("id",), ("image",)), store, progress)


def import_users(database: Database, path: Path, progress: Progress = lambda _: None) -> Imported:
    """Import users: ``id`` and attributes. A known user takes the newer row.

    Raises:
        TasteError: the file is missing, can't be read, or lacks a column.
    """

    def store(connection: Connection, block: Block) -> tuple[int, int, list[Reject]]:
        good, rejects = check_things(block)
        return len(good), _put(connection, users, good, [{} for _ in range(len(good))]), rejects

    return _import(database, path, read_blocks(path, ("id",)), store, progress)


def _put(
    connection: Connection, table: Table, rows: pl.DataFrame, values: list[dict[str, str | None]]
) -> int:
    """Insert or update things by name; returns how many are new."""
    names = rows["id"]
    known = known_names(connection, table, names)
    numbers = number_names(connection, table, names)
    more = rows["more"] if "more" in rows.columns else [None] * len(rows)
    for name, value, attributes in zip(names, values, more, strict=True):
        filled = {k: v for k, v in json.loads(attributes or "{}").items() if v not in (None, "")}
        changed = {**value, "attributes": filled}
        if table is items:
            changed |= {"traits": None, "code": None, "palette": None, "problem": None}
        connection.execute(table.update().where(table.c.id == numbers[name]).values(changed))
    return len(rows) - len(known)


def _import(
    database: Database,
    path: Path,
    blocks: Iterator[Block],
    store: Callable[[Connection, Block], tuple[int, int, list[Reject]]],
    progress: Progress,
) -> Imported:
    """Store block after block, each with the rows done so far in one transaction."""
    digest = digest_of(path)
    with database.reading() as connection:
        row = connection.execute(select(imports).where(imports.c.digest == digest)).first()
    if row is not None and row.finished:
        return Imported(before=True)
    done, seen = (0 if row is None else int(row.rows)), 0
    result = Imported()
    kept = database.folder / "rejected" / f"{digest[:16]}.csv"
    size = path.stat().st_size
    read = 0.0
    for block in blocks:
        count = len(block.rows) + len(block.rejects)
        seen += count
        if seen <= done:
            continue
        with database.writing() as connection:
            good, new, rejects = store(connection, block)
            if rejects:  # before the commit: a row told twice is better than one never told
                _keep(kept, rejects)
            _note(connection, digest, seen, finished=False)
        result += Imported(good, new, len(rejects))
        read += count
        progress(min(0.99, read / max(read, size / 40)))
    with database.writing() as connection:
        _note(connection, digest, seen, finished=True)
    if kept.exists():
        result.rejects = [kept]
    progress(1.0)
    return result


def _note(connection: Connection, digest: str, rows: int, finished: bool) -> None:
    values = {"rows": rows, "finished": finished}
    updated = connection.execute(imports.update().where(imports.c.digest == digest).values(values))
    if updated.rowcount == 0:
        connection.execute(imports.insert().values(digest=digest, **values))


def _keep(path: Path, rejects: list[Reject]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        if fresh:
            writer.writerow(("line", "why", "row"))
        writer.writerows((reject.line, reject.why, reject.row) for reject in rejects)
