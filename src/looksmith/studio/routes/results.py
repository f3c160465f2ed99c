"""``/v1/results``, and what jobs made: pictures, archives."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, StreamingResponse
from sqlalchemy import select

from looksmith.studio import schemas, tables
from looksmith.studio.accounts import Caller
from looksmith.studio.archive import zipped
from looksmith.studio.context import (
    KEEP,
    Creator,
    PartAsked,
    Studio,
    StudioHere,
    Viewer,
    listed,
    log,
    owned,
)
from looksmith.studio.problems import Problem
from looksmith.studio.schemas import Id
from looksmith.studio.sets import LIST, Listed, read_list, small_copy

router = APIRouter(prefix="/v1", tags=["results"])


def shown(row: Any) -> schemas.Result:
    """A row as the API gives it."""
    plain = ("id", "name", "bytes", "controls", "created")
    fields = {name: getattr(row, name) for name in plain}
    return schemas.Result(job=row.job_id, look=row.look_id, photo=row.photo_id, **fields)


@router.get("/jobs/{job}/results")
def results_of(studio: StudioHere, caller: Viewer, job: Id) -> list[schemas.Result]:
    """What a job has made so far."""
    return [shown(row) for row in _results(studio, caller, job)]


def _results(studio: Studio, caller: Caller, job: str) -> list[Any]:
    results = tables.results
    with studio.database.reading() as connection:
        owned(connection, tables.jobs, caller, job)
        query = select(results).where(results.c.job_id == job).order_by(results.c.id)
        return list(connection.execute(query))


@router.get("/jobs/{job}/archive", response_class=StreamingResponse)
def archive(studio: StudioHere, caller: Viewer, job: Id) -> StreamingResponse:
    """All that a job has made as one ZIP file."""
    rows = _results(studio, caller, job)
    listed_files = _set(studio, caller, job).files
    places = [(name, ("sets", caller.workspace, job, "", where)) for name, where in listed_files]
    places += [(row.name, ("results", caller.workspace, row.id, row.suffix, "")) for row in rows]
    paths = [(name, studio.files.here(*place)) for name, place in places]
    if not paths:
        raise Problem(409, "studio.no_results")
    headers = {"Content-Disposition": 'attachment; filename="looksmith.zip"'}
    return StreamingResponse(zipped(paths), media_type="application/zip", headers=headers)


@router.get("/jobs/{job}/pictures")
def pictures(
    studio: StudioHere,
    caller: Viewer,
    job: Id,
    first: Annotated[int, Query(ge=0, description="the number of the first")] = 0,
) -> list[schemas.Picture]:
    """The pictures of a set: of avatars when it is done, of a campaign as they come."""
    return [
        schemas.Picture(number=number, name=one.name, about=one.about, problem=one.problem)
        for number, one in enumerate(_set(studio, caller, job).pictures)
        if number >= first
    ]


@router.get("/jobs/{job}/pictures/{number}", response_class=FileResponse)
def picture(
    studio: StudioHere,
    caller: Viewer,
    job: Id,
    number: Annotated[int, PathParameter(ge=0)],
    small: bool = False,
) -> FileResponse:
    """One picture of a set, labelled, at full size, when the set is done; or small, as WebP."""
    listed_set = _set(studio, caller, job)
    found = listed_set.pictures
    if number >= len(found) or found[number].file is None:
        raise Problem(404, "studio.not_found", id=number)
    if not small and not listed_set.files:
        raise Problem(409, "studio.not_yet")
    inside = small_copy(number) if small else str(found[number].file)
    path = studio.files.here("sets", caller.workspace, job, inside=inside)
    if small:
        return FileResponse(path, headers=KEEP)
    return FileResponse(path, filename=PurePosixPath(found[number].name).name)


def _set(studio: Studio, caller: Caller, job: str) -> Listed:
    with studio.database.reading() as connection:
        owned(connection, tables.jobs, caller, job)
    return read_list(studio.files.here("sets", caller.workspace, job, inside=LIST, anew=True))


@router.get("/results")
def list_results(
    studio: StudioHere,
    caller: Viewer,
    part: PartAsked,
) -> schemas.Page[schemas.Result]:
    """The results of the workspace."""
    return listed(studio, tables.results, caller, part, shown)


@router.get("/results/{result}/file", response_class=FileResponse)
def file(studio: StudioHere, caller: Viewer, result: Id) -> FileResponse:
    """The photo with its look, labelled, at full size."""
    with studio.database.reading() as connection:
        row = owned(connection, tables.results, caller, result)
    path = studio.files.here("results", caller.workspace, row.id, row.suffix)
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
