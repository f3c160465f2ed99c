"""A worker: takes one job after the other, under limits of memory and time.

    python -m looksmith.studio.worker [--quick]

Settings come from the supervisor by environment. A job that takes too long ends with its worker,
which the supervisor starts again.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import resource
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from looksmith.errors import LooksmithError
from looksmith.studio.database import Database
from looksmith.studio.files import Files
from looksmith.studio.jobs import Cancelled, ClaimLost, Job, Queue, end
from looksmith.studio.settings import Settings
from looksmith.studio.sweeping import sweep
from looksmith.texts import speaking, text

if TYPE_CHECKING:
    from looksmith.studio.work import Work

WORKER_VARIABLE = "LOOKSMITH_WORKER"
_BEAT = 3.0
_SWEEP = 600.0
_log = logging.getLogger("looksmith.studio")


class Worker:
    """One process's loop over jobs."""

    def __init__(self, settings: Settings, name: str, quick_only: bool = False) -> None:
        self.settings, self.name, self.quick_only = settings, name, quick_only
        self.database = Database.of(settings)
        self.queue, self.files = Queue(self.database), Files.of(settings)
        self.stopping = threading.Event()
        self._job: Job | None = None
        self._until, self._parent = 0.0, os.getppid()

    def run(self) -> None:
        """Work until told to stop; the job in hand is finished first."""
        threading.Thread(target=self._watch, daemon=True).start()
        swept = -_SWEEP
        while not self.stopping.is_set():
            if self.step():
                continue
            if not self.quick_only and time.monotonic() - swept > _SWEEP:
                swept = time.monotonic()
                sweep(self.database, self.files, self.settings.keep_days)
            self.database.bell.wait(self.stopping)

    def step(self) -> bool:
        """Do one job if there is one."""
        job = self.queue.claim(self.name, self.quick_only)
        if job is None:
            return False
        self._allow()
        self._job = job
        try:
            with speaking(job.language):
                self._do(job)
        finally:
            self._job = None
        return True

    def _allow(self) -> None:
        """So much time until the next sign of progress."""
        self._until = time.monotonic() + 60 * self.settings.job_minutes

    def _do(self, job: Job) -> None:
        from looksmith.studio.work import Work, forget_feed, remove_leftovers

        work = Work(
            job,
            self.name,
            self.database,
            self.files,
            self.queue,
            self.settings,
            self._allow,
        )
        state, output, problem = _outcome(work)
        try:
            with self.database.writing() as connection:
                end(connection, job, self.name, state, output, problem)
                if job.kind == "learn":
                    forget_feed(connection, work)
        except ClaimLost:
            return  # another's now, and what it needs with it
        remove_leftovers(work, state)

    def _watch(self) -> None:
        """Say that the worker is alive; end it where a job takes too long."""
        while not self.stopping.wait(_BEAT):
            if os.getppid() != self._parent:
                self.stopping.set()  # the supervisor is gone
            if (job := self._job) is None:
                continue
            if time.monotonic() > self._until:
                self.queue.give_up(job, self.name)
                os._exit(1)  # native code can't be interrupted in any other way
            self.queue.beat(self.name)


def _outcome(work: Work) -> tuple[str, dict[str, Any] | None, str | None]:
    """Do a job: how it ended, its output, and what is wrong."""
    from looksmith.studio.kinds import KINDS

    job = work.job
    if job.cancelled:
        return "cancelled", None, None
    if job.hopeless:
        return "failed", None, text("studio.hopeless")
    try:
        return "done", KINDS[job.kind](work), None
    except (Cancelled, ClaimLost):
        return "cancelled", None, None
    except LooksmithError as error:
        return "failed", None, str(error)
    except MemoryError:
        return "failed", None, text("studio.memory")
    except Exception:
        _log.exception("job %s of kind %s", job.id, job.kind)
        return "failed", None, text("studio.broken")


def limit_memory(gigabytes: float) -> None:
    """What this process may allocate; beyond, Python raises ``MemoryError``."""
    with contextlib.suppress(ValueError, OSError):  # no such limit on this system
        resource.setrlimit(resource.RLIMIT_DATA, (int(gigabytes * 2**30),) * 2)


def main() -> None:
    """The entry point of a worker process."""
    parser = argparse.ArgumentParser(prog="python -m looksmith.studio.worker")
    parser.add_argument("--quick", action="store_true", help="jobs that someone waits for, only")
    quick = parser.parse_args().quick
    settings = Settings.here()
    limit_memory(settings.memory_gb)
    worker = Worker(settings, os.environ.get(WORKER_VARIABLE, f"worker-{os.getpid()}"), quick)
    signal.signal(signal.SIGTERM, lambda *_: worker.stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor says when
    worker.run()


if __name__ == "__main__":
    main()
