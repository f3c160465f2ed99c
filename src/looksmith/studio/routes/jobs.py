"""``/v1/jobs``: start, follow, cancel; ``/v1/results``: what they made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool

from looksmith.studio import schemas, tables
from looksmith.studio.accounts import Caller
from looksmith.studio.archive import zipped
from looksmith.studio.context import (
    Creator,
    IdempotencyKey,
    Studio,
    StudioHere,
    Viewer,
    log,
    once,
    owned,
    page_of,
)
from looksmith.studio.jobs import ENDED, add_job, cancel_job
from looksmith.studio.problems import Problem
from looksmith.studio.routes.users import user_name
from looksmith.studio.schemas import Id

router = APIRouter(prefix="/v1", tags=["jobs"])
_LOOK = 0.1  # seconds between looks at a job that someone follows
_ALIVE = 15.0  # seconds after which a silent stream says that it is there


def shown(row: Any) -> schemas.Job:
    """A row as the API gives it."""
    return schemas.Job(**{name: getattr(row, name) for name in schemas.Job.model_fields})


def shown_result(row: Any) -> schemas.Result:
    """A row as the API gives it."""
    plain = ("id", "name", "bytes", "controls", "created")
    fields = {name: getattr(row, name) for name in plain}
    return schemas.Result(job=row.job_id, look=row.look_id, photo=row.photo_id, **fields)


@router.post("/jobs", status_code=202)
def start(
    studio: StudioHere,
    caller: Creator,
    given: schemas.JobGiven,
    idempotency_key: IdempotencyKey = None,
) -> schemas.Job:
    """Start a job: learn a look, give a look to photos, or prepare a photo."""

    def make() -> dict[str, Any]:
        inside = given.model_dump(exclude={"kind"})
        names = inside.get("photos") or [inside["photo"]]
        if "photos" in inside:
            inside["photos"] = list(dict.fromkeys(names))
        _check_photos(connection, caller, names)
        if isinstance(given, schemas.ApplyGiven):
            owned(connection, tables.looks, caller, given.look)
            inside["user"] = user_name(caller, "me") if given.personal else None
        elif isinstance(given, schemas.LearnGiven):
            inside["look"] = _new_look(connection, caller, given)
        most = studio.settings.max_waiting
        job = add_job(connection, caller.workspace, caller.who, given.kind, inside, most)
        if given.kind != "prepare":
            log(connection, caller, given.kind, job=job, look=inside["look"], photos=len(names))
        return {"job": job}

    with studio.database.writing() as connection:
        kept = once(connection, caller, idempotency_key, given.model_dump(), make)
        return shown(owned(connection, tables.jobs, caller, kept["job"]))


def _check_photos(connection: Connection, caller: Caller, names: list[str]) -> None:
    photos = tables.photos
    mine = photos.c.workspace_id == caller.workspace, photos.c.id.in_(names)
    known = set(connection.execute(select(photos.c.id).where(*mine)).scalars())
    for name in names:
        if name not in known:
            raise Problem(404, "studio.not_found", id=name)


def _new_look(connection: Connection, caller: Caller, given: schemas.LearnGiven) -> str:
    row: dict[str, Any] = {"id": tables.new_id(), "workspace_id": caller.workspace}
    row |= {"name": given.name, "state": "learning", "consent": given.consent, "about": {}}
    connection.execute(tables.looks.insert().values(row))
    return str(row["id"])


@router.get("/jobs")
def list_jobs(
    studio: StudioHere,
    caller: Viewer,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Id | None = None,
) -> schemas.Page[schemas.Job]:
    """The jobs of the workspace."""
    with studio.database.reading() as connection:
        rows, following = page_of(connection, tables.jobs, caller, limit, after)
    return schemas.Page(items=[shown(row) for row in rows], next=following)


@router.get("/jobs/{job}")
async def follow(
    studio: StudioHere,
    caller: Viewer,
    job: Id,
    wait: Annotated[float, Query(ge=0, le=60, description="seconds for it to end")] = 0,
) -> schemas.Job:
    """One job; with ``wait``, as soon as it has ended."""
    deadline = time.monotonic() + wait
    while True:
        found = await run_in_threadpool(_job, studio, caller, job)
        if found.state in ENDED or time.monotonic() >= deadline:
            return found
        await asyncio.sleep(_LOOK)


def _job(studio: Studio, caller: Caller, job: str) -> schemas.Job:
    with studio.database.reading() as connection:
        return shown(owned(connection, tables.jobs, caller, job))


@router.get("/jobs/{job}/events", response_class=StreamingResponse)
async def events(
    studio: StudioHere, caller: Viewer, job: Id, request: Request
) -> StreamingResponse:
    """Server-sent events: the job, whenever it has changed, until it has ended."""
    await run_in_threadpool(_job, studio, caller, job)

    async def stream() -> AsyncIterator[str]:
        told, last = -1.0, time.monotonic()
        yield "retry: 1000\n\n"
        while not await request.is_disconnected():
            found = await run_in_threadpool(_job, studio, caller, job)
            if found.changed != told:
                told, last = found.changed, time.monotonic()
                yield f"event: job\ndata: {found.model_dump_json()}\n\n"
            elif time.monotonic() - last > _ALIVE:
                last = time.monotonic()
                yield ": still here\n\n"
            if found.state in ENDED:
                return
            await asyncio.sleep(_LOOK)

    return StreamingResponse(
        stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


@router.post("/jobs/{job}/cancel", status_code=202)
def cancel(studio: StudioHere, caller: Creator, job: Id) -> schemas.Job:
    """Ask a job to stop; what it has made so far stays."""
    with studio.database.writing() as connection:
        owned(connection, tables.jobs, caller, job)
        cancel_job(connection, job)
        return shown(owned(connection, tables.jobs, caller, job))


@router.get("/jobs/{job}/results")
def results_of(studio: StudioHere, caller: Viewer, job: Id) -> list[schemas.Result]:
    """What a job has made so far."""
    return [shown_result(row) for row in _results(studio, caller, job)]


def _results(studio: Studio, caller: Caller, job: str) -> list[Any]:
    results = tables.results
    with studio.database.reading() as connection:
        owned(connection, tables.jobs, caller, job)
        query = select(results).where(results.c.job_id == job).order_by(results.c.id)
        return list(connection.execute(query))


@router.get("/jobs/{job}/archive", response_class=StreamingResponse)
def archive(studio: StudioHere, caller: Viewer, job: Id) -> StreamingResponse:
    """All results of a job as one ZIP file."""
    rows = _results(studio, caller, job)
    if not rows:
        raise Problem(409, "studio.no_results")
    paths = [
        (row.name, studio.files.path("results", caller.workspace, row.id, row.suffix))
        for row in rows
    ]
    parts: Iterator[bytes] = zipped(paths)
    headers = {"Content-Disposition": 'attachment; filename="looksmith.zip"'}
    return StreamingResponse(parts, media_type="application/zip", headers=headers)


@router.get("/results")
def list_results(
    studio: StudioHere,
    caller: Viewer,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Id | None = None,
) -> schemas.Page[schemas.Result]:
    """The results of the workspace."""
    with studio.database.reading() as connection:
        rows, following = page_of(connection, tables.results, caller, limit, after)
    return schemas.Page(items=[shown_result(row) for row in rows], next=following)


@router.get("/results/{result}/file", response_class=FileResponse)
def file(studio: StudioHere, caller: Viewer, result: Id) -> FileResponse:
    """The photo with its look, labelled, at full size."""
    with studio.database.reading() as connection:
        row = owned(connection, tables.results, caller, result)
    path = studio.files.path("results", caller.workspace, row.id, row.suffix)
    return FileResponse(path, filename=row.name)


@router.delete("/results/{result}", status_code=204)
def delete(studio: StudioHere, caller: Creator, result: Id) -> Response:
    """Delete a result."""
    with studio.database.writing() as connection:
        owned(connection, tables.results, caller, result)
        connection.execute(tables.results.delete().where(tables.results.c.id == result))
        log(connection, caller, "delete result", result=result)
    studio.files.remove(caller.workspace, result, "results")
    return Response(status_code=204)
