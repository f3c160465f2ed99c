"""The queue: jobs that wait in the database, are taken by workers, and are done exactly once.

A worker *claims* a job by writing its name on it, and says every few seconds that it is alive.
What a job makes is written in the same transaction as its end, and only if the claim still holds.
So a job whose worker is killed is taken up by another, and one that was taken for dead can't finish
twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from looksmith.errors import LooksmithError
from looksmith.studio.bell import RINGS
from looksmith.studio.database import Database
from looksmith.studio.tables import jobs, new_id
from looksmith.texts import language, text

RANKS = {"prepare": 0, "apply": 1, "learn": 2, "avatars": 2, "campaign": 2}
"""Kinds of jobs, those first that someone waits for."""
QUICK = 1
"""The highest rank that a worker for quick jobs takes."""
ENDED = ("done", "failed", "cancelled")
SILENCE = 15.0
"""Seconds without a sign of life after which a worker is taken for dead."""
_MOST_ATTEMPTS = 5


class ClaimLost(Exception):
    """The job is another worker's by now, or cancelled: what was made must not be kept."""


class Cancelled(Exception):
    """Someone asked for the job to stop."""


class QueueFull(LooksmithError):
    """The workspace has too many jobs waiting."""


@dataclass(frozen=True)
class Job:
    """A job as a worker sees it."""

    id: str
    workspace: str
    who: str
    kind: str
    input: dict[str, Any]
    language: str
    cancelled: bool = False
    """It is to stop before it begins."""
    hopeless: bool = False
    """Workers have died of it, again and again."""


class Queue:
    """Jobs of all workspaces."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def claim(self, worker: str, quick_only: bool = False) -> Job | None:
        """The next job that waits or whose worker is dead; None if there is none."""
        now = time.time()
        dead = and_(jobs.c.state == "running", jobs.c.alive < now - SILENCE)
        ready = or_(jobs.c.state == "queued", dead)
        if quick_only:
            ready = and_(ready, jobs.c.rank <= QUICK)
        following = select(jobs.c.id).where(ready).order_by(jobs.c.rank, jobs.c.id).limit(1)
        with self.database.reading() as connection:  # most looks find nothing: take no lock
            if connection.execute(following).first() is None:
                return None
        taken = (
            update(jobs)
            .where(jobs.c.id == following.scalar_subquery())
            .values(
                state="running",
                worker=worker,
                alive=now,
                changed=now,
                attempts=jobs.c.attempts + 1,
            )
            .returning(jobs)
        )
        with self.database.writing() as connection:
            row = connection.execute(taken).first()
        if row is None:
            return None
        given = row.id, row.workspace_id, row.who, row.kind, row.input, row.language
        return Job(*given, cancelled=row.cancel, hopeless=row.attempts > _MOST_ATTEMPTS)

    def beat(self, worker: str) -> None:
        """Say that the worker is alive."""
        mine = and_(jobs.c.worker == worker, jobs.c.state == "running")
        with self.database.writing() as connection:
            connection.execute(update(jobs).where(mine).values(alive=time.time()))

    def tell(self, job: Job, worker: str, share: float, note: str | None = None) -> None:
        """Write how far a job is.

        Raises:
            Cancelled: it is to stop.
            ClaimLost: it is another's.
        """
        now = time.time()
        values = {"share": share, "alive": now, "changed": now} | ({"note": note} if note else {})
        told = update(jobs).where(_mine(job.id, worker)).values(values).returning(jobs.c.cancel)
        with self.database.writing() as connection:
            row = connection.execute(told).first()
        if row is None:
            raise ClaimLost(job.id)
        if row.cancel:
            raise Cancelled(job.id)

    def give_up(self, job: Job, worker: str) -> None:
        """Whoever claims the job next finds it hopeless."""
        with self.database.writing() as connection:
            hopeless = update(jobs).where(_mine(job.id, worker)).values(attempts=_MOST_ATTEMPTS)
            connection.execute(hopeless)

    def release(self, worker: str) -> None:
        """A worker is known to be dead: its jobs wait again."""
        mine = and_(jobs.c.worker == worker, jobs.c.state == "running")
        values = {"state": "queued", "worker": None, "changed": time.time()}
        with self.database.writing() as connection:
            connection.execute(update(jobs).where(mine).values(values))
            connection.info[RINGS] = True


def add_job(
    connection: Connection,
    workspace: str,
    who: str,
    kind: str,
    given: dict[str, Any],
    most_waiting: int,
) -> str:
    """Put a job in the queue, in the caller's transaction; returns its identifier.

    Raises:
        QueueFull: too many of the workspace's jobs wait.
    """
    waiting = select(jobs.c.id).where(
        jobs.c.workspace_id == workspace, jobs.c.state.in_(("queued", "running"))
    )
    if len(connection.execute(waiting.limit(most_waiting)).all()) >= most_waiting:
        raise QueueFull(text("studio.queue_full", count=most_waiting))
    name = new_id()
    row = {"id": name, "workspace_id": workspace, "who": who, "kind": kind, "input": given}
    connection.execute(jobs.insert().values(row | {"rank": RANKS[kind], "language": language()}))
    connection.info[RINGS] = True
    return name


def cancel_job(connection: Connection, name: str) -> None:
    """Ask a job to stop; one that waits comes first, so that it is cleared away at once."""
    asked = jobs.c.id == name, jobs.c.state.in_(("queued", "running"))
    now = time.time()
    connection.execute(update(jobs).where(*asked).values(cancel=True, rank=-1, changed=now))
    connection.info[RINGS] = True


def end(
    connection: Connection,
    job: Job,
    worker: str,
    state: str,
    output: dict[str, Any] | None = None,
    problem: str | None = None,
) -> None:
    """The job is done, failed or cancelled, in the transaction that keeps what it made.

    Raises:
        ClaimLost: the job is another's; roll back.
    """
    values = {"state": state, "output": output or {}, "problem": problem, "changed": time.time()}
    if state == "done":
        values["share"] = 1.0
    ended = update(jobs).where(_mine(job.id, worker)).values(values)
    if connection.execute(ended).rowcount != 1:
        raise ClaimLost(job.id)


def holds(connection: Connection, job: Job, worker: str) -> None:
    """Check the claim, in the transaction that keeps a part of what the job makes.

    Raises:
        ClaimLost: the job is another's; roll back.
    """
    if connection.execute(select(jobs.c.id).where(_mine(job.id, worker))).first() is None:
        raise ClaimLost(job.id)


def _mine(name: str, worker: str) -> Any:
    return and_(jobs.c.id == name, jobs.c.worker == worker, jobs.c.state == "running")
