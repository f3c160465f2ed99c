"""The studio's database: SQLite, many processes, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, select

from looksmith.studio import tables
from looksmith.studio.tables import metadata

LOCAL = "local"
"""The workspace of a studio without accounts."""
_BUSY_SECONDS = 60


class Database:
    """Reading sees one state; writing is all or nothing, and writers wait for each other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(f"sqlite:///{folder / 'studio.db'}")
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)
        with self.writing() as connection:
            metadata.create_all(connection)
            known = select(tables.workspaces.c.id).where(tables.workspaces.c.id == LOCAL)
            if connection.execute(known).first() is None:
                connection.execute(tables.workspaces.insert().values(id=LOCAL, name=LOCAL))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that changes nothing."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction."""
        writer = self.engine.connect().execution_options(looksmith_writes=True)
        with writer as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours, below
    for setting in (
        f"busy_timeout={_BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first could not wait for it later."""
    writes = connection.get_execution_options().get("looksmith_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
