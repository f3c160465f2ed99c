"""SQLite for many processes: readers never wait, writers wait for each other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event

BUSY_SECONDS = 60
"""How long one writer waits for another."""
WRITES = "looksmith_writes"
"""The execution option of a connection that is going to write."""
_SETTINGS = (
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
)


def prepare(engine: Engine, *more: str) -> None:
    """Let every connection of the engine be set up so, with ``more`` settings of its own."""

    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        for setting in (*_SETTINGS, *more):
            connection.execute(f"PRAGMA {setting}")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first could not wait for it later."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
