"""Connections to a database that many processes use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from looksmith.store import sqlite

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
