"""Run a campaign on one machine: a pool of processes, a journal, and no picture rendered twice.

summary = run(plan, Path("spring"), workers=2)
"""

from __future__ import annotations

import hashlib
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from csv import writer
from dataclasses import dataclass
from pathlib import Path

from looksmith.campaigns.audiences import Group, assigned, groups
from looksmith.campaigns.catalogue import Product, read_catalogue, stamp
from looksmith.campaigns.journal import (
    ASSIGNMENTS,
    finished,
    keep_plan,
    locked,
    note,
    opened,
    write_manifest,
)
from looksmith.campaigns.on_ray import performed_on_ray
from looksmith.campaigns.plan import EVERYONE, Plan
from looksmith.campaigns.report import write_report
from looksmith.campaigns.work import (
    Done,
    Task,
    branch_path,
    one_thread,
    perform,
    start_worker,
    unfinished,
)
from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.look import Look
from looksmith.taste.api import Taste
from looksmith.taste.fit import weights_path
from looksmith.texts import text

LEAST_FREE = 200_000_000  # bytes on the disk; below, a campaign stops and can be resumed
STORE_FAILURES = 8  # in a row; then the store counts as unreachable
_AHEAD = 3  # tasks that wait for each worker
_LIVES = 3  # how often a task is tried that was there when a worker died

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Summary:
    """What a run came to."""

    pictures: int
    failed: int
    rendered: int
    """Of the pictures, those that this run tried."""
    seconds: float


def run(
    plan: Plan,
    folder: Path,
    workers: int = 1,
    progress: Progress = lambda _: None,
    taste: Taste | None = None,
    ray: str | None = None,
) -> Summary:
    """Render what a plan asks for into a folder; what is there already stays.

    Args:
        plan: what is to be rendered for whom.
        folder: where results go.
        workers: processes on this machine.
        progress: told the share done.
        taste: the taste store; that in ``home()`` where None.
        ray: the address of a Ray cluster that is to do the work instead, or ``local``.

    Raises:
        LooksmithError: a look, a segment or the catalogue can't be used; another run is at work
            in the folder; the disk is full or the store unreachable (then the run can be resumed).
    """
    begun = time.monotonic()
    looks = {name: Look.load(path) for name, path in plan.looks.items()}
    products = read_catalogue(plan.catalogue)
    if taste is None and any(audience.name != EVERYONE for audience in plan.audiences):
        taste = Taste.open()
    people = groups(plan, looks, taste)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder), unfinished(folder):
        keep_plan(plan, folder)
        _write_assignments(plan, people, folder)
        known = {task: done for task, done in finished(folder).items() if _stands(done, folder)}
        branch = _keep_branch(people, taste, folder)
        wanted = list(_tasks(plan, products, people, branch))
        missing = [task for task in wanted if task.id not in known]
        before, in_a_row = len(wanted) - len(missing), 0
        with opened(folder) as journal:
            made = performed_on_ray(missing, folder, ray) if ray else None
            for count, done in enumerate(made or _performed(missing, folder, workers), 1):
                note(journal, done)
                known[done.task] = done
                progress((before + count) / len(wanted))
                in_a_row = in_a_row + 1 if done.store_failed else 0
                _check(folder, in_a_row, done)
        rows = [known[task.id] for task in wanted]
        write_manifest(rows, folder)
        summary = Summary(
            len(rows), sum(r.why is not None for r in rows), len(missing), time.monotonic() - begun
        )
        write_report(plan, rows, folder)
    return summary


def _stands(done: Done, folder: Path) -> bool:
    return done.file is not None and (folder / done.file).exists()


def tasks_of(plan: Plan, taste: Taste | None = None) -> int:
    """How many pictures a plan asks for."""
    looks = {name: Look.load(path) for name, path in plan.looks.items()}
    each = sum(len(group.looks) for group in groups(plan, looks, taste))
    return len(read_catalogue(plan.catalogue)) * each


def _keep_branch(people: Sequence[Group], taste: Taste | None, folder: Path) -> str | None:
    """Copy the user branch into the folder, for workers on any machine; returns its digest."""
    if taste is None or all(group.vector is None for group in people):
        return None
    weights = weights_path(taste.database).read_bytes()
    digest = hashlib.sha256(weights).hexdigest()
    with whole_file(branch_path(folder, digest)) as part:
        part.write_bytes(weights)
    return digest


def _tasks(
    plan: Plan, products: Sequence[Product], people: Sequence[Group], branch: str | None
) -> Iterator[Task]:
    digests = {
        name: hashlib.sha256(Path(path).read_bytes()).hexdigest()
        for name, path in plan.looks.items()
    }
    for product in products:
        state = stamp(product.image)
        for group in people:
            for look in group.looks:
                yield Task(
                    product=product.id,
                    image=product.image,
                    stamp=state,
                    look=look,
                    look_file=plan.looks[look],
                    look_digest=digests[look],
                    audience=group.audience,
                    user=group.user,
                    strength=plan.settings.strength,
                    mood=plan.settings.mood,
                    normalise=plan.settings.normalise,
                    taste=group.taste,
                    vector=group.vector,
                    branch=branch if group.vector else None,
                    protect=tuple(plan.protect),
                    format=plan.format,
                    max_megapixels=plan.max_megapixels,
                )


def _write_assignments(plan: Plan, people: Sequence[Group], folder: Path) -> None:
    if plan.experiment is None:
        return
    with (
        whole_file(folder / ASSIGNMENTS) as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        rows = writer(file)
        rows.writerow(("user", "audience", "variant"))
        rows.writerows(assigned(people, plan.experiment, plan.name))


def _performed(tasks: Sequence[Task], folder: Path, workers: int) -> Iterator[Done]:
    """Results as they come. A worker that dies takes only what it was at: that is tried again."""
    if workers == 1:  # needs no process of its own
        with one_thread():
            yield from (perform(task, str(folder)) for task in tasks)
        return
    waiting, died = list(reversed(tasks)), dict[str, int]()
    while waiting:
        with _pool(workers) as pool:
            at_work: dict[Future[Done], Task] = {}
            try:
                while waiting or at_work:
                    while waiting and len(at_work) < workers * _AHEAD:
                        task = waiting.pop()
                        at_work[pool.submit(perform, task, str(folder))] = task
                    ended, _ = wait(at_work, return_when=FIRST_COMPLETED)
                    for future in ended:
                        done = future.result()
                        del at_work[future]
                        yield done
            except BrokenProcessPool:
                for task in at_work.values():
                    died[task.id] = died.get(task.id, 0) + 1
                    if died[task.id] < _LIVES:
                        waiting.append(task)
                    else:
                        yield Done.lost(task, text("campaign.worker", place=task.image))
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, initializer=start_worker)


def _check(folder: Path, store_failures: int, done: Done) -> None:
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise LooksmithError(text("campaign.disk", folder=folder))
    if store_failures >= STORE_FAILURES:
        raise LooksmithError(text("campaign.store", why=done.why, folder=folder))
