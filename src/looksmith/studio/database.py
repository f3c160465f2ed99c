"""The studio's database: SQLite, many processes, one writer at a time."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, select

from looksmith.store import sqlite
from looksmith.store.connections import Connections
from looksmith.studio import tables
from looksmith.studio.tables import metadata

LOCAL = "local"
"""The workspace of a studio without accounts."""


class Database(Connections):
    """The file ``studio.db`` of a folder, with its tables."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(create_engine(f"sqlite:///{folder / 'studio.db'}"))
        sqlite.prepare(self.engine)
        with self.writing() as connection:
            metadata.create_all(connection)
            known = select(tables.workspaces.c.id).where(tables.workspaces.c.id == LOCAL)
            if connection.execute(known).first() is None:
                connection.execute(tables.workspaces.insert().values(id=LOCAL, name=LOCAL))
