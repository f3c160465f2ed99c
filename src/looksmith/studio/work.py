"""What workers do, one function a kind of job; each takes a ``Work`` and returns the job's output.

Each may be killed at any line and begun again by another worker: what it makes is named by its job,
written whole, and kept in one transaction with the check that the job is still its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import Connection, select, update

from looksmith.errors import LooksmithError, PhotoError
from looksmith.files import whole_file
from looksmith.look import Look
from looksmith.photos import fitted, read_photo, read_rgb
from looksmith.rendering import Controls
from looksmith.studio import tables
from looksmith.studio.database import Database
from looksmith.studio.files import Files
from looksmith.studio.jobs import ClaimLost, Job, Queue, holds
from looksmith.studio.sets import KINDS as SETS
from looksmith.studio.settings import Settings
from looksmith.studio.signing import sign_result
from looksmith.studio.tables import new_id
from looksmith.texts import text
from looksmith.transfer import Transfer, apply_file, working_size

PREVIEW, THUMB = 1600, 320
"""Pixels of the longer side of what browsers see."""
Output = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """A job with everything that is needed to do it."""

    job: Job
    worker: str
    database: Database
    files: Files
    queue: Queue
    settings: Settings
    moved: Callable[[], None] = lambda: None
    """Told whenever the job gets on."""

    def tell(self, share: float, note: str | None = None) -> None:
        """Write how far the job is; raises ``Cancelled`` or ``ClaimLost``."""
        self.moved()
        self.queue.tell(self.job, self.worker, share, note)

    def row(self, table: Any, name: str) -> Any:
        """A row of the job's own workspace.

        Raises:
            LooksmithError: it has been deleted.
        """
        query = select(table).where(table.c.id == name, table.c.workspace_id == self.job.workspace)
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise LooksmithError(text("studio.gone"))
        return row

    def photo_path(self, photo: Any) -> Path:
        """Where a photo of the job's lies."""
        return self.files.here("photos", self.job.workspace, photo.id, photo.suffix)


def prepare(work: Work) -> Output:
    """Read a photo and keep what browsers and predictions need of it."""
    photo = work.row(tables.photos, work.job.input["photo"])
    path = work.photo_path(photo)
    kept: dict[str, Any] = {"state": "ready"}
    try:
        pixels = read_rgb(path, work.settings.max_megapixels)
        kept |= {"width": pixels.shape[1], "height": pixels.shape[0]}
        _keep_previews(work, photo.id, pixels)
    except PhotoError as error:
        kept = {"state": "failed", "problem": named(error, path, photo.name)}
    with work.database.writing() as connection:
        holds(connection, work.job, work.worker)
        changed = update(tables.photos).where(tables.photos.c.id == photo.id).values(kept)
        gone = connection.execute(changed).rowcount == 0
    if gone:  # deleted meanwhile
        work.files.remove(work.job.workspace, photo.id, "previews")
        raise LooksmithError(text("studio.gone"))
    if "problem" in kept:
        raise PhotoError(str(kept["problem"]))
    return {"photo": photo.id}


def _keep_previews(work: Work, photo: str, pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    workspace = work.job.workspace
    working = working_size(pixels)[0].permute(1, 2, 0).mul(255).round().byte().numpy()
    small_copy = work.files.path("previews", workspace, photo, ".rgb")
    with whole_file(small_copy) as part:
        part.write_bytes(working.tobytes())
    work.files.send(small_copy)
    large = pixels if max(pixels.shape[:2]) <= PREVIEW else fitted(pixels, PREVIEW)
    for suffix, size, quality in ((".jpg", PREVIEW, 90), (".webp", THUMB, 82)):
        small = large if max(large.shape[:2]) <= size else fitted(large, size)
        path = work.files.path("previews", workspace, photo, suffix)
        with whole_file(path) as part:
            Image.fromarray(small).save(part, quality=quality)
        work.files.send(path)


def apply(work: Work) -> Output:
    """Give a look to photos at full size; each result is kept as soon as it is there."""
    given, job = work.job.input, work.job
    look_row = work.row(tables.looks, given["look"])
    look = Look.load(work.files.here("looks", job.workspace, look_row.id, ".look"))
    transfer = _transfer(look, dict(given["controls"]))
    scratch = work.files.scratch(job.workspace, job.id)
    query = select(tables.results.c.photo_id, tables.results.c.id).where(
        tables.results.c.job_id == job.id
    )
    with work.database.reading() as connection:  # of a worker that was killed
        done: dict[str, str] = {row.photo_id: row.id for row in connection.execute(query)}
    refused: list[str] = []
    for count, name in enumerate(given["photos"]):
        if name not in done:
            try:
                done[name] = _apply_one(work, transfer, look_row, name, scratch)
            except LooksmithError as error:
                refused.append(str(error))
        if len(given["photos"]) > 1:
            work.tell((count + 1) / len(given["photos"]))
    scratch.rmdir()
    if not done:
        raise LooksmithError(refused[0])
    return {"results": [done[name] for name in given["photos"] if name in done], "refused": refused}


def _transfer(look: Look, controls: dict[str, float]) -> Transfer:
    skin, finish = controls.pop("skin", 0.0), None
    if skin:
        from looksmith.people.finish import Finish

        finish = Finish.of(look, skin)
    return Transfer(look, Controls(**controls), finish=finish)


def _personal(work: Work, transfer: Transfer, source: Path) -> Transfer:
    """The same for a user; it may depend on what the photo shows."""
    from looksmith.studio.personal import People

    photo = read_photo(source, work.settings.max_megapixels)
    taste = People.of(work.settings).taste
    made, _ = taste.transfer(transfer.look, work.job.input["user"], photo, transfer.controls)
    made.finish = transfer.finish
    return made


def _apply_one(work: Work, transfer: Transfer, look: Any, name: str, scratch: Path) -> str:
    photo, job = work.row(tables.photos, name), work.job
    source = work.photo_path(photo)
    if job.input["user"] is not None:
        transfer = _personal(work, transfer, source)
    result = new_id()
    made = scratch / f"{result}{photo.suffix}"
    try:
        apply_file(transfer, source, made, work.settings.max_megapixels, job.input["keep_location"])
    except PhotoError as error:
        raise PhotoError(named(error, source, photo.name)) from error
    sign_result(work.settings, made, source)
    row = {
        "id": result,
        "workspace_id": job.workspace,
        "job_id": job.id,
        "look_id": look.id,
        "photo_id": name,
        "name": f"{Path(photo.name).stem}-{look.name}{photo.suffix}",
        "suffix": photo.suffix,
        "bytes": made.stat().st_size,
        "controls": job.input["controls"],
    }
    final = work.files.path("results", job.workspace, result, photo.suffix)
    work.files.send(final, made)
    with work.database.writing() as connection:
        holds(connection, job, work.worker)
        if (
            connection.execute(
                select(tables.looks.c.id).where(tables.looks.c.id == look.id)
            ).first()
            is None
        ):
            raise LooksmithError(text("studio.gone"))  # its consent was withdrawn meanwhile
        connection.execute(tables.results.insert().values(row))
        made.replace(final)  # last: a row without a file would be worse than the reverse
    return result


def learn(work: Work) -> Output:
    """Learn a look from a feed: zero-shot at once, to be seen while it adapts, if asked to."""
    from looksmith.feeds import read_feed
    from looksmith.people.about import about_people
    from looksmith.training.learn import learn as learn_look

    given = work.job.input
    rows = [work.row(tables.photos, name) for name in given["photos"]]
    names = {work.photo_path(row): row.name for row in rows}
    work.tell(0.02, text("studio.reading", count=len(rows)))
    try:
        feed = read_feed(list(names), work.settings.max_megapixels)
    except PhotoError:
        raise PhotoError(text("studio.feed_unreadable")) from None
    skipped = [_renamed(sentence, names) for sentence in feed.skipped]
    options = {key: given[key] for key in ("name", "consent", "seed", "certain")}
    notes: list[str] = []
    look = learn_look(feed, tell=notes.append, **options)
    if given["adapt"]:
        _keep_look(work, look, "learning")
        work.tell(0.1, text("studio.adapting"))
        look = learn_look(
            feed,
            adapt=True,
            minutes=given["minutes"],
            progress=lambda share: work.tell(0.1 + 0.88 * share),
            **options,
        )
    told = {"skipped": skipped, "notes": notes}
    people = about_people(list(names), work.settings.max_megapixels)
    _keep_look(work, replace(look, about=look.about | people | told), "ready")
    return {"look": given["look"], **told}


def _keep_look(work: Work, look: Look, state: str) -> None:
    job, name = work.job, work.job.input["look"]
    path = work.files.path("looks", job.workspace, name, ".look")
    changed = (
        update(tables.looks)
        .where(tables.looks.c.id == name, tables.looks.c.workspace_id == job.workspace)
        .values(state=state, about=look.about, version=tables.looks.c.version + 1)
    )
    with work.database.writing() as connection:
        holds(connection, job, work.worker)
        if connection.execute(changed).rowcount != 1:  # deleted meanwhile
            raise ClaimLost(job.id)
        look.save(path)
        work.files.send(path)


def forget_feed(connection: Connection, work: Work) -> None:
    """Delete the photos a look was learned from, and the look if nothing came of it: a feed is
    kept no longer than learning takes."""
    given = work.job.input
    connection.execute(tables.photos.delete().where(tables.photos.c.id.in_(given["photos"])))
    unfinished = tables.looks.c.id == given["look"], tables.looks.c.state == "learning"
    connection.execute(tables.looks.delete().where(*unfinished))


def remove_leftovers(work: Work, state: str) -> None:
    """Remove the files that the end of a job leaves without a row."""
    job = work.job
    work.files.remove(job.workspace, job.id, "scratch")
    if job.kind in SETS and state != "done":
        work.files.remove(job.workspace, job.id, "sets")
    if job.kind == "learn":
        for name in job.input["photos"]:
            work.files.remove(job.workspace, name, "photos", "previews")
        if state != "done":
            work.files.remove(job.workspace, job.input["look"], "looks")


def named(error: Exception, path: Path, name: str) -> str:
    """An error's sentence with the name that the user gave the photo, not our path."""
    return str(error).replace(str(path), name)


def _renamed(sentence: str, names: dict[Path, str]) -> str:
    for path, name in names.items():
        sentence = sentence.replace(str(path), name)
    return sentence
