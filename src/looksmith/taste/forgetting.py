"""Forget a user: rows, files made for them, kept rows of imports, and the bytes all that stood in.

Trained weights hold no vector of a single user; the next ``taste fit`` is what it would be had the
user never been there.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

from sqlalchemy import select

from looksmith.files import whole_file
from looksmith.store import Database
from looksmith.store.tables import events, profiles, reactions, results, users


def forget(database: Database, user: int, name: str) -> None:
    """Remove everything of a user, given by number and name."""
    with database.reading() as connection:
        query = select(results.c.id, results.c.path, results.c.digest).where(
            results.c.user_id == user
        )
        made = connection.execute(query).all()
    for identity, path, digest in made:
        _remove(Path(path), digest)
        Path(path).with_name(f"{identity}-sheet.jpg").unlink(missing_ok=True)
    for kept in (database.folder / "rejected").glob("*.csv"):
        _drop_rows(kept, name)
    with database.writing() as connection:
        for table in (reactions, results, profiles, events):
            connection.execute(table.delete().where(table.c.user_id == user))
        connection.execute(users.delete().where(users.c.id == user))
    database.compact()


def _remove(path: Path, digest: str) -> None:
    """Delete a result's file, unless another file has taken its place."""
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
        path.unlink()


def _drop_rows(path: Path, name: str) -> None:
    """Take the rows that mention a user out of a file of rows that could not be used."""
    with path.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.reader(opened))
    kept = [row for row in rows if not _mentions(row[-1], name)]
    if len(kept) == len(rows):
        return
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows(kept)


def _mentions(row: str, name: str) -> bool:
    if row == "row":
        return False
    fields = json.loads(row)
    if isinstance(fields, dict):
        fields = list(fields.values())
    if isinstance(fields, list):
        return any(isinstance(field, str) and field.strip() == name for field in fields)
    return name in str(fields)
