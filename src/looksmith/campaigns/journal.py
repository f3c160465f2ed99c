"""What a campaign remembers in its folder: the plan, and one line for each finished picture.

A line is written when its picture is there, so that a run that was killed at any point loses
nothing; a last line that was cut off is passed over.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

import polars as pl
from pydantic import ValidationError

from looksmith.campaigns.plan import Plan
from looksmith.campaigns.work import Done
from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.texts import text

PLAN, JOURNAL, MANIFEST, ASSIGNMENTS = (
    "plan.json",
    "journal.jsonl",
    "manifest.parquet",
    "assignments.csv",
)
SCHEMA = {
    "product": pl.String,
    "look": pl.String,
    "audience": pl.String,
    "user": pl.String,
    "settings": pl.String,
    "file": pl.String,
    "label": pl.String,
    "seconds": pl.Float64,
    "why": pl.String,
}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """No two runs in one folder.

    Raises:
        LooksmithError: another one is at work.
    """
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LooksmithError(text("campaign.locked", folder=folder)) from error
        yield


def keep_plan(plan: Plan, folder: Path) -> None:
    """Write the plan, its paths resolved, for ``resume``."""
    with whole_file(folder / PLAN) as part:
        part.write_text(plan.model_dump_json(indent=1), encoding="utf-8")


def kept_plan(folder: Path) -> Plan:
    """
    Raises:
        LooksmithError: the folder is not that of a campaign.
    """
    try:
        return Plan.model_validate_json((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError) as error:
        raise LooksmithError(text("campaign.no_campaign", folder=folder)) from error


def finished(folder: Path) -> dict[str, Done]:
    """What the journal says, by task; of a task that was tried again, the newest."""
    found: dict[str, Done] = {}
    path = folder / JOURNAL
    if not path.exists():
        return found
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                done = Done(**json.loads(line))
            except (ValueError, TypeError):
                continue
            found[done.task] = done
    return found


def note(journal: IO[str], done: Done) -> None:
    """Append a line; it is with the system when this returns."""
    journal.write(json.dumps(asdict(done), ensure_ascii=False) + "\n")
    journal.flush()


@contextmanager
def opened(folder: Path) -> Iterator[IO[str]]:
    """The journal, to append to; a line that was cut off is ended first."""
    path = folder / JOURNAL
    with path.open("a", encoding="utf-8") as journal:
        if path.stat().st_size:
            with path.open("rb") as end:
                end.seek(-1, 2)
                if end.read(1) != b"\n":
                    journal.write("\n")
        yield journal


def write_manifest(done: list[Done], folder: Path) -> Path:
    """Write one row for each picture as Parquet."""
    rows = [{key: value for key, value in asdict(d).items() if key in SCHEMA} for d in done]
    with whole_file(folder / MANIFEST) as part:
        pl.DataFrame(rows, schema=SCHEMA).write_parquet(part)
    return folder / MANIFEST
