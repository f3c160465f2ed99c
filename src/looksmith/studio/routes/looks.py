"""``/v1/looks``: the gallery, files in and out, blends, renderings, and taking consent back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import torch
from fastapi import APIRouter, File, Response, UploadFile
from sqlalchemy import Connection, select

from looksmith.base import default_base
from looksmith.card import strength_of
from looksmith.errors import LookError
from looksmith.look import Look, blend
from looksmith.rendering import WORKING_SIZE
from looksmith.studio import schemas, tables
from looksmith.studio.accounts import Caller
from looksmith.studio.context import (
    Creator,
    Owner,
    PartAsked,
    Studio,
    StudioHere,
    Viewer,
    learned,
    listed,
    log,
    owned,
)
from looksmith.studio.problems import Problem
from looksmith.studio.schemas import Id
from looksmith.studio.sets import KINDS, looks_of
from looksmith.texts import text

router = APIRouter(prefix="/v1/looks", tags=["looks"])
_MOST_LOOK_BYTES = 64_000_000


def shown(row: Any) -> schemas.Look:
    """A row as the API gives it."""
    stored = schemas.Look.model_fields.keys() - {"strength"}
    fields = {name: getattr(row, name) for name in stored}
    return schemas.Look(**fields, strength=strength_of(row.about))


@router.get("")
def list_looks(
    studio: StudioHere,
    caller: Viewer,
    part: PartAsked,
) -> schemas.Page[schemas.Look]:
    """The looks of the workspace."""
    return listed(studio, tables.looks, caller, part, shown)


@router.post("", status_code=201)
def bring(
    studio: StudioHere, caller: Creator, file: Annotated[UploadFile, File(description=".look")]
) -> schemas.Look:
    """Bring a look from its file."""
    data = file.file.read(_MOST_LOOK_BYTES + 1)
    if len(data) > _MOST_LOOK_BYTES:
        raise Problem(413, "studio.too_large", limit=_MOST_LOOK_BYTES // 1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "brought.look"
        path.write_bytes(data)
        try:
            look = Look.load(path)
            look.predict(default_base(), torch.full((1, 3, WORKING_SIZE, WORKING_SIZE), 0.5))
        except LookError as error:
            raise LookError(str(error).replace(str(path), file.filename or "look")) from error
        except RuntimeError as error:  # tensors that fit their names, but not each other
            raise LookError(text("look.foreign", path=file.filename, why="shape")) from error
    return _keep(studio, caller, look, "bring look")


@router.post("/blend", status_code=201)
def mix(studio: StudioHere, caller: Creator, given: schemas.BlendGiven) -> schemas.Look:
    """A look that is the weighted mean of others."""
    looks = [learned(studio, caller, name)[1] for name in given.looks]
    return _keep(studio, caller, blend(looks, given.weights, given.name), "blend looks")


@router.get("/{look}")
def show(studio: StudioHere, caller: Viewer, look: Id) -> schemas.Look:
    """One look."""
    with studio.database.reading() as connection:
        return shown(owned(connection, tables.looks, caller, look))


@router.delete("/{look}", status_code=204)
def withdraw(studio: StudioHere, caller: Owner, look: Id) -> Response:
    """Take the consent back: the look is removed, every mix it is part of, and every result and
    set that was made with any of them."""
    looks, results = tables.looks, tables.results
    with studio.database.writing() as connection:
        row = owned(connection, looks, caller, look)
        gone = [look, *_mixes_of(connection, row)]
        made = select(results.c.id).where(results.c.look_id.in_(gone))
        names = list(connection.execute(made).scalars())
        sets = _sets_with(connection, caller, set(gone))
        connection.execute(tables.jobs.delete().where(tables.jobs.c.id.in_(sets)))
        connection.execute(looks.delete().where(looks.c.id.in_(gone)))
        log(connection, caller, "withdraw look", look=look, name=row.name, results=len(names))
    for name in gone:
        studio.files.remove(caller.workspace, name, "looks")
    for name in names:
        studio.files.remove(caller.workspace, name, "results")
    for name in sets:
        studio.files.remove(caller.workspace, name, "sets")
    return Response(status_code=204)


def _sets_with(connection: Connection, caller: Caller, gone: set[str]) -> list[str]:
    """The sets of the workspace in which any of the looks is."""
    jobs = tables.jobs
    mine = jobs.c.workspace_id == caller.workspace, jobs.c.kind.in_(KINDS)
    rows = connection.execute(select(jobs.c.id, jobs.c.input).where(*mine))
    return [row.id for row in rows if gone.intersection(looks_of(row.input))]


def _mixes_of(connection: Connection, row: Any) -> list[str]:
    """The looks of the workspace that a look is part of: parts are known by their feed's digest."""
    digest = row.about.get("digest")
    others = select(tables.looks).where(tables.looks.c.workspace_id == row.workspace_id)
    return [
        other.id
        for other in connection.execute(others)
        if digest and any(p.get("digest") == digest for p in other.about.get("parts", []))
    ]


def _keep(studio: Studio, caller: Caller, look: Look, action: str) -> schemas.Look:
    row: dict[str, Any] = {
        "id": tables.new_id(),
        "workspace_id": caller.workspace,
        "name": look.name[:100],
    }
    row |= {"state": "ready", "consent": look.about.get("consent"), "about": look.about}
    path = studio.files.path("looks", caller.workspace, row["id"], ".look")
    look.save(path)
    studio.files.send(path)
    with studio.database.writing() as connection:
        connection.execute(tables.looks.insert().values(row))
        log(connection, caller, action, look=row["id"], name=look.name)
        return shown(owned(connection, tables.looks, caller, row["id"]))
