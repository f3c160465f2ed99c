"""The database keeps its promises on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from looksmith.errors import StoreError
from looksmith.home import home
from looksmith.store import Database
from looksmith.store.bulk import number_names
from looksmith.store.database import NEWEST
from looksmith.store.tables import facts, metadata, users


def count(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(users)).scalar_one()


def test_migrations_lead_to_the_tables(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_last() -> None:
    folder = Path(str(__import__("looksmith.store").store.__file__)).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [NEWEST]


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as connection:
        number_names(connection, users, ["u1"])
        raise RuntimeError
    assert count(database) == 0


def test_two_writers_wait_for_each_other(database: Database) -> None:
    def write(prefix: str) -> None:
        for index in range(20):
            with database.writing() as connection:
                number_names(connection, users, [f"{prefix}{index}"])

    writers = [Thread(target=write, args=(prefix,)) for prefix in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert count(database) == 40


def test_a_writer_that_waits_too_long_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKSMITH_HOME", str(tmp_path))
    first, second = Database.open(), Database.open()
    with first.writing(), pytest.raises(StoreError, match="database is locked"):
        with second.reading() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        with second.writing() as connection:
            number_names(connection, users, ["u1"])
    assert count(second) == 0


def test_it_is_itself_when_opened_again(database: Database) -> None:
    again = Database(database.engine)
    assert again.folder == database.folder
    assert home() in again.folder.parents


def test_a_newer_database_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer Looksmith"):
        Database(database.engine)


def test_deleted_bytes_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = Database.open(f"sqlite:///{path}")
    with database.writing() as connection:
        connection.execute(facts.insert().values(name="secret", value="xyzzy" * 40))
    with database.writing() as connection:
        connection.execute(facts.delete().where(facts.c.name == "secret"))
    database.compact()
    assert not any(b"xyzzy" in file.read_bytes() for file in tmp_path.iterdir())
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://host/name",
        "oracle+none://x",
        "postgresql://me:hush@host:x/y",
        "sqlite://x/y",
    ],
)
def test_foreign_urls_are_refused(url: str) -> None:
    with pytest.raises(StoreError, match="URL") as raised:
        Database.open(url)
    assert "hush" not in str(raised.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="can't be used"):
        Database.open(f"sqlite:///{path}")


def test_an_absent_server_is_one_sentence() -> None:
    with pytest.raises(StoreError, match="can't be used"):
        Database.open("postgresql://nobody@127.0.0.1:9/none")
