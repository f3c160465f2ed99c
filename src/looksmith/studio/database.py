"""The studio's database: many processes, one writer at a time; SQLite, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from looksmith.errors import StoreError
from looksmith.store import sqlite
from looksmith.store.connections import Connections, database_url
from looksmith.studio import tables
from looksmith.studio.bell import RINGS, Bell
from looksmith.studio.settings import Settings
from looksmith.studio.tables import metadata
from looksmith.texts import text

LOCAL = "local"
"""The workspace of a studio without accounts."""
_SCHEMA = "looksmith_studio"  # the store of tastes has tables of the same names
_LOCK = 0x53545544  # any number that stays the same, for PostgreSQL's advisory lock


class Database(Connections):
    """The tables of a studio. Writers wait for each other on either database."""

    def __init__(self, folder: Path, url: str | None = None, bell: Bell | None = None) -> None:
        """
        Args:
            folder: of the studio; ``studio.db`` in it is the database where there is no URL.
            url: of a PostgreSQL database.
            bell: rung when there are jobs for workers.

        Raises:
            StoreError: the URL is wrong, or the server does not answer.
        """
        self.bell = bell or Bell()
        try:
            super().__init__(_sqlite(folder) if url is None else _postgresql(url))
            with self.writing() as connection:
                metadata.create_all(connection)
                known = select(tables.workspaces.c.id).where(tables.workspaces.c.id == LOCAL)
                if connection.execute(known).first() is None:
                    connection.execute(tables.workspaces.insert().values(id=LOCAL, name=LOCAL))
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise StoreError(text("store.url")) from error
        except DBAPIError as error:
            why = str(error.orig).strip().splitlines()[0]
            raise StoreError(text("store.unusable", why=why)) from error

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """The database of a studio."""
        return cls(settings.folder, settings.database, Bell.of(settings.queue))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction: all or nothing."""
        with super().writing() as connection:
            connection.info.pop(RINGS, None)  # of a transaction that failed
            if self.engine.dialect.name != "sqlite":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield connection
            rings = connection.info.pop(RINGS, False)
        if rings:
            self.bell.ring()


def _sqlite(folder: Path) -> Engine:
    folder.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{folder / 'studio.db'}", hide_parameters=True)
    sqlite.prepare(engine)
    return engine


def _postgresql(url: str) -> Engine:
    parsed = database_url(url)
    if parsed.get_backend_name() != "postgresql":
        raise StoreError(text("store.url"))
    path = {"options": f"-csearch_path={_SCHEMA}"}
    engine = create_engine(parsed, connect_args=path, pool_pre_ping=True, hide_parameters=True)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")
    return engine
