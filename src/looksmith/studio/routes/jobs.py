"""``/v1/jobs``: start, follow, cancel, delete; what they made is in ``results.py``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection, select
from starlette.concurrency import run_in_threadpool

from looksmith.studio import schemas, tables
from looksmith.studio.accounts import Caller
from looksmith.studio.context import (
    Creator,
    IdempotencyKey,
    PartAsked,
    Studio,
    StudioHere,
    Viewer,
    listed,
    log,
    once,
    owned,
)
from looksmith.studio.jobs import ENDED, add_job, cancel_job
from looksmith.studio.problems import Problem
from looksmith.studio.routes.users import user_name
from looksmith.studio.schemas import Id
from looksmith.studio.sets import KINDS, looks_of

router = APIRouter(prefix="/v1", tags=["jobs"])
_LOOK = 0.1  # seconds between looks at a job that someone follows
_ALIVE = 15.0  # seconds after which a silent stream says that it is there


def shown(row: Any) -> schemas.Job:
    """A row as the API gives it."""
    return schemas.Job(**{name: getattr(row, name) for name in schemas.Job.model_fields})


@router.post("/jobs", status_code=202)
def start(
    studio: StudioHere,
    caller: Creator,
    given: schemas.JobGiven,
    idempotency_key: IdempotencyKey = None,
) -> schemas.Job:
    """Start a job: learn a look, give a look to photos, make a set, or prepare a photo."""

    def make() -> dict[str, Any]:
        inside = given.model_dump(exclude={"kind"})
        for plural in ("photos", "looks"):
            if plural in inside:
                inside[plural] = list(dict.fromkeys(inside[plural]))
        names = inside.get("photos") or [inside["photo"]]
        _check_photos(connection, caller, names)
        for look in looks_of(inside):
            owned(connection, tables.looks, caller, look)
        if isinstance(given, schemas.ApplyGiven):
            inside["user"] = user_name(caller, "me") if given.personal else None
        elif isinstance(given, schemas.LearnGiven):
            inside["look"] = _new_look(connection, caller, given)
        elif isinstance(given, schemas.CampaignGiven):
            inside["user"] = _audience(studio, caller, given)
        most = studio.settings.max_waiting
        job = add_job(connection, caller.workspace, caller.who, given.kind, inside, most)
        if given.kind != "prepare":
            looks = looks_of(inside)
            log(connection, caller, given.kind, job=job, look=",".join(looks), photos=len(names))
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


def _audience(studio: Studio, caller: Caller, given: schemas.CampaignGiven) -> str | None:
    """The one user that a campaign is for.

    Raises:
        Problem: nothing is known of the user, or of anyone (409).
    """
    if given.audience == "user":
        user = user_name(caller, given.user)
        if not studio.people.known(user):
            raise Problem(409, "studio.no_taste", user=given.user)
        return user
    if given.audience == "each" and not studio.people.names(caller.workspace):
        raise Problem(409, "studio.no_users")
    return None


def _new_look(connection: Connection, caller: Caller, given: schemas.LearnGiven) -> str:
    row: dict[str, Any] = {"id": tables.new_id(), "workspace_id": caller.workspace}
    row |= {"name": given.name, "state": "learning", "consent": given.consent, "about": {}}
    connection.execute(tables.looks.insert().values(row))
    return str(row["id"])


@router.get("/jobs")
def list_jobs(
    studio: StudioHere,
    caller: Viewer,
    part: PartAsked,
    kind: schemas.JobKind | None = None,
) -> schemas.Page[schemas.Job]:
    """The jobs of the workspace."""
    table = tables.jobs
    only = [] if kind is None else [table.c.kind == kind]
    return listed(studio, table, caller, part, shown, *only)


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


@router.delete("/jobs/{job}", status_code=204)
def delete(studio: StudioHere, caller: Creator, job: Id) -> Response:
    """Delete a job that has ended, and what it made."""
    results = tables.results
    with studio.database.writing() as connection:
        row = owned(connection, tables.jobs, caller, job)
        if row.state not in ENDED:
            raise Problem(409, "studio.still_running")
        made = select(results.c.id).where(results.c.job_id == job)
        names = list(connection.execute(made).scalars())
        connection.execute(tables.jobs.delete().where(tables.jobs.c.id == job))
        log(connection, caller, "delete job", job=job, kind=row.kind)
    for name in names:
        studio.files.remove(caller.workspace, name, "results")
    if row.kind in KINDS:
        studio.files.remove(caller.workspace, job, "sets")
    return Response(status_code=204)
