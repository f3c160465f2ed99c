"""Many rows at once: names to numbers, and events, as fast as each database takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, func, select

from looksmith.store.tables import events

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 10_000  # names in one query


def known_names(connection: Connection, table: Table, names: Iterable[str]) -> dict[str, int]:
    """The numbers of those names of users or items that the database has."""
    found: dict[str, int] = {}
    for some in _chunks(names, _AT_ONCE):
        query = select(table.c.name, table.c.id).where(table.c.name.in_(some))
        found.update((name, number) for name, number in connection.execute(query))
    return found


def number_names(connection: Connection, table: Table, names: Iterable[str]) -> dict[str, int]:
    """The numbers of users or items by name; names that were not known are added."""
    wanted = list(names)
    found = known_names(connection, table, wanted)
    missing = [name for name in wanted if name not in found]
    if not missing:
        return found
    first = (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1
    rows: list[dict[str, Any]] = [
        {"id": first + index, "name": name, "attributes": {}} for index, name in enumerate(missing)
    ]
    connection.execute(table.insert(), rows)
    found.update((row["name"], row["id"]) for row in rows)
    return found


def insert_events(connection: Connection, rows: pl.DataFrame) -> int:
    """Insert events (user_id, item_id, action, time, value); those that are there stay.
    Returns how many are new."""
    if connection.dialect.name == "postgresql":
        return _copy_events(connection, rows)
    driver = connection.connection.driver_connection
    assert driver is not None
    before = driver.total_changes
    driver.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)", rows.iter_rows())
    return int(driver.total_changes - before)


def _copy_events(connection: Connection, rows: pl.DataFrame) -> int:
    """PostgreSQL's COPY into a temporary table, and from there what is new."""
    driver = connection.connection.driver_connection
    assert driver is not None
    names = ", ".join(column.name for column in events.columns)
    with driver.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS incoming (LIKE events) ON COMMIT DROP")
        cursor.execute("TRUNCATE incoming")
        with cursor.copy(f"COPY incoming ({names}) FROM STDIN") as copy:
            for row in rows.iter_rows():
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO events ({names}) SELECT {names} FROM incoming ON CONFLICT DO NOTHING"
        )
        return int(cursor.rowcount)


def _chunks(names: Iterable[str], size: int) -> Iterator[Sequence[str]]:
    iterator = iter(names)
    while chunk := list(islice(iterator, size)):
        yield chunk
