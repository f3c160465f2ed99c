"""Open, migrate, read, write and compact the database.

database = Database.open()                                  # SQLite under home()
database = Database.open("postgresql+psycopg://host/name")  # PostgreSQL
with database.writing() as connection: ...
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from looksmith.errors import StoreError
from looksmith.home import home
from looksmith.texts import text

try:
    import sqlalchemy
    from sqlalchemy import Connection, Engine, create_engine, inspect, select
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

    from looksmith.store import sqlite
    from looksmith.store.connections import Connections, database_url
    from looksmith.store.tables import facts
except ImportError as missing:
    raise StoreError(text("store.extra")) from missing

NEWEST = "0001"
"""The newest migration."""


class Database(Connections):
    """A migrated database and its folder for files that belong to it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._migrate()
        self.folder = home() / "taste" / self._identity()

    @classmethod
    def open(cls, url: str | None = None) -> Database:
        """Open, create where missing, and migrate.

        Args:
            url: of SQLAlchemy; None is SQLite in ``home()``.

        Raises:
            StoreError: the URL is wrong, the server does not answer, the file can't be written or
                is no database, or a newer Looksmith made it.
        """
        try:
            return cls(_engine(url))
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise StoreError(text("store.url")) from error
        except (DBAPIError, OSError) as error:
            raise _unusable(error) from error

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database and changes nothing.

        Raises:
            StoreError: the server is gone, or the file can't be read.
        """
        with _clearly(), super().reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction: all or nothing; other writers wait.

        Raises:
            StoreError: another writer takes longer than a minute, the disk is full, or the server
                is gone.
        """
        with _clearly(), super().writing() as connection:
            yield connection

    def compact(self) -> None:
        """Give deleted rows' space back, so that no byte of theirs stays in the files."""
        self.engine.dispose()  # an idle reader would keep the log from being emptied
        # Neither statement may run in a transaction.
        with _clearly(), closing(self.engine.raw_connection()) as raw:
            driver: Any = raw.driver_connection
            if self.is_sqlite:
                driver.execute("VACUUM")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                driver.autocommit = True
                driver.execute("VACUUM FULL")
                driver.autocommit = False

    def _identity(self) -> str:
        with self.reading() as connection:
            known = connection.execute(
                select(facts.c.value).where(facts.c.name == "identity")
            ).scalar_one()
        return str(known)

    def _migrate(self) -> None:
        """Bring the tables up to date; costs one look where they are."""
        if self._version() == NEWEST:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.util.exc import CommandError

        config = Config()
        config.set_main_option("script_location", "looksmith.store:migrations")
        config.set_main_option("path_separator", "os")
        with self.writing() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, NEWEST)
            except CommandError as error:
                raise StoreError(text("store.newer")) from error
            named = select(facts.c.value).where(facts.c.name == "identity")
            if connection.execute(named).first() is None:
                identity = secrets.token_hex(8)
                connection.execute(facts.insert().values(name="identity", value=identity))

    def _version(self) -> str | None:
        with self.reading() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            query = sqlalchemy.text("SELECT version_num FROM alembic_version")
            return connection.execute(query).scalar()


@contextmanager
def _clearly() -> Iterator[None]:
    """A StoreError for what the server or the disk refuses; bulk imports use SQLite's driver
    directly."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        raise _unusable(error) from error


def _unusable(error: Exception) -> StoreError:
    """The driver's own words, without the statement and what it was about."""
    why = str(getattr(error, "orig", error)).strip().splitlines()[0]
    return StoreError(text("store.unusable", why=why))


def _engine(url: str | None) -> Engine:
    if url is None:
        home().mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{home() / 'looksmith.db'}"
    parsed = database_url(url)
    engine = create_engine(parsed, hide_parameters=True)  # no error or log says whom it was about
    if engine.dialect.name == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # What is deleted is overwritten; 200 MB keep bulk imports in memory.
        sqlite.prepare(engine, "secure_delete=ON", "cache_size=-200000")
    return engine
