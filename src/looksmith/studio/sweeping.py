"""Nothing stays for ever: what is old is deleted, and files that no row knows of."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import delete, or_, select

from looksmith.studio.database import Database
from looksmith.studio.files import Files
from looksmith.studio.jobs import ENDED
from looksmith.studio.sets import KINDS, looks_of
from looksmith.studio.tables import answers, jobs, looks, photos, results


def sweep(database: Database, files: Files, keep_days: float) -> None:
    """Delete photos, results and ended jobs older than ``keep_days``, answers older than a day, and
    orphaned files. Looks stay until their consent is withdrawn."""
    oldest = time.time() - 86_400 * keep_days
    with database.writing() as connection:
        for table in (photos, results):
            connection.execute(delete(table).where(table.c.created < oldest))
        old = jobs.c.created < oldest, jobs.c.state.in_(ENDED)
        connection.execute(delete(jobs).where(*old))
        connection.execute(delete(answers).where(answers.c.created < time.time() - 86_400))
    with database.reading() as connection:
        known = {
            name
            for table in (photos, results, looks)
            for name in connection.execute(select(table.c.id)).scalars()
        }
        live = select(jobs.c.id).where(or_(jobs.c.state == "running", jobs.c.kind.in_(KINDS)))
        known |= set(connection.execute(live).scalars())
        going = select(jobs.c.id, jobs.c.input).where(jobs.c.state.not_in(ENDED))
        needed = {name for row in connection.execute(going) for name in (row.id, *_used(row.input))}
    files.sweep(known, needed)


def _used(given: dict[str, Any]) -> list[str]:
    """The photos and looks of a job's input."""
    photos = [given["photo"]] if "photo" in given else list(given.get("photos", ()))
    return [*photos, *looks_of(given)]
