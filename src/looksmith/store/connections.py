"""Connections to a database that many processes use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from looksmith.errors import StoreError
from looksmith.store import sqlite
from looksmith.texts import text

_WRITERS = 0x4C4F4F4B  # any number that stays the same: PostgreSQL's writers wait for this lock


class Connections:
    """Reading sees one state; writing is all or nothing, and writers wait for each other."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database and changes nothing."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction: all or nothing; other writers wait."""
        writer = self.engine.connect().execution_options(**{sqlite.WRITES: True})
        with writer as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def database_url(url: str) -> URL:
    """A URL of SQLite or PostgreSQL, the latter with the driver that we use.

    Raises:
        StoreError: it is none. The error does not repeat it, since it may have a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # ValueError: the port is no number
        raise StoreError(text("store.url")) from error
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise StoreError(text("store.url"))
    ours = backend == "postgresql" and "+" not in parsed.drivername
    return parsed.set(drivername="postgresql+psycopg") if ours else parsed
