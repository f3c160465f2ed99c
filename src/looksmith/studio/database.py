"""The studio's database: SQLite, many processes, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, select

from looksmith.store import sqlite
from looksmith.studio import tables
from looksmith.studio.tables import metadata

LOCAL = "local"
"""The workspace of a studio without accounts."""


class Database:
    """Reading sees one state; writing is all or nothing, and writers wait for each other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(f"sqlite:///{folder / 'studio.db'}")
        sqlite.prepare(self.engine)
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
        with sqlite.writing(self.engine) as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
