"""``/v1/looks``: the gallery, files in and out, blends, renderings, and taking consent back."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import numpy as np
import torch
from fastapi import APIRouter, File, Query, Response, UploadFile
from fastapi.responses import FileResponse
from PIL import Image
from sqlalchemy import select
from torch import Tensor

from looksmith.base import default_base
from looksmith.errors import LookError
from looksmith.feeds import SHEET_COLUMNS, SHEET_TILE
from looksmith.look import Look, blend
from looksmith.look_lut import any_photo, look_lut, tone_curve
from looksmith.provenance import xmp_label
from looksmith.rendering import WORKING_SIZE
from looksmith.studio import schemas, tables
from looksmith.studio.accounts import Caller
from looksmith.studio.context import (
    Creator,
    Owner,
    Studio,
    StudioHere,
    Viewer,
    log,
    owned,
    page_of,
)
from looksmith.studio.problems import Problem
from looksmith.studio.renderings import packed
from looksmith.studio.schemas import Id
from looksmith.studio.standalone import page
from looksmith.texts import text
from looksmith.travel.cube import write_cube

router = APIRouter(prefix="/v1/looks", tags=["looks"])
_MOST_LOOK_BYTES = 64_000_000


def shown(row: Any) -> schemas.Look:
    """A row as the API gives it."""
    return schemas.Look(**{name: getattr(row, name) for name in schemas.Look.model_fields})


@router.get("")
def list_looks(
    studio: StudioHere,
    caller: Viewer,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Id | None = None,
) -> schemas.Page[schemas.Look]:
    """The looks of the workspace."""
    with studio.database.reading() as connection:
        rows, following = page_of(connection, tables.looks, caller, limit, after)
    return schemas.Page(items=[shown(row) for row in rows], next=following)


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
    looks = [_look(studio, caller, name)[1] for name in given.looks]
    return _keep(studio, caller, blend(looks, given.weights, given.name), "blend looks")


@router.get("/{look}")
def show(studio: StudioHere, caller: Viewer, look: Id) -> schemas.Look:
    """One look."""
    with studio.database.reading() as connection:
        return shown(owned(connection, tables.looks, caller, look))


@router.get("/{look}/curve")
def curve(studio: StudioHere, caller: Viewer, look: Id) -> list[tuple[float, float, float]]:
    """What the look makes of greys from black to white: 33 RGB colours in [0, 1]."""
    return tone_curve(_look(studio, caller, look)[1], default_base())


@router.get("/{look}/sheet", response_class=Response)
def sheet(studio: StudioHere, caller: Viewer, look: Id) -> Response:
    """A small picture of the feed, as WebP."""
    loaded = _look(studio, caller, look)[1]
    image = loaded.sheet_image()
    if image is None:
        raise Problem(404, "studio.no_sheet")
    data = io.BytesIO()
    _whole_rows(image, loaded.about.get("photos", 0)).save(data, "WEBP", quality=85)
    return Response(data.getvalue(), media_type="image/webp")


def _whole_rows(sheet: Image.Image, photos: int) -> Image.Image:
    """The sheet without a last row that is not full: its empty places are white."""
    rows = max(1, min(sheet.height // SHEET_TILE, photos // SHEET_COLUMNS))
    return sheet.crop((0, 0, sheet.width, rows * SHEET_TILE))


@router.get("/{look}/rendering", response_class=Response)
def rendering(studio: StudioHere, caller: Viewer, look: Id, photo: Id | None = None) -> Response:
    """How the look changes a photo, or any photo: safetensors of half floats, for the browser to
    draw."""
    row, loaded = _look(studio, caller, look)
    if photo is None:
        found = any_photo(loaded, default_base())
    else:
        with studio.database.reading() as connection:
            owned(connection, tables.photos, caller, photo)
        found = loaded.predict(default_base(), _working(studio, caller, photo))
    headers = {"X-Look-Version": str(row.version)}
    return Response(
        packed(found, xmp_label(row.name)), media_type="application/octet-stream", headers=headers
    )


def _working(studio: Studio, caller: Caller, photo: str) -> Tensor:
    """The photo as predictions see it, from the worker's own file: ``(1, 3, 128, 128)``."""
    path = studio.files.path("previews", caller.workspace, photo, ".rgb")
    if not path.is_file():
        raise Problem(409, "studio.not_ready")
    pixels = np.frombuffer(path.read_bytes(), np.uint8).reshape(WORKING_SIZE, WORKING_SIZE, 3)
    return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1).unsqueeze(0)


@router.get("/{look}/file", response_class=FileResponse)
def file(studio: StudioHere, caller: Viewer, look: Id) -> FileResponse:
    """The ``.look`` file."""
    row, _ = _look(studio, caller, look)
    path = studio.files.path("looks", caller.workspace, row.id, ".look")
    return FileResponse(path, filename=f"{row.name}.look", media_type="application/octet-stream")


@router.get("/{look}/cube", response_class=Response)
def cube(studio: StudioHere, caller: Viewer, look: Id) -> FileResponse:
    """The look as a 3D LUT (``.cube``)."""
    from starlette.background import BackgroundTask

    row, loaded = _look(studio, caller, look)
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "look.cube"
    write_cube(look_lut(loaded, default_base()), path, loaded.name)
    return FileResponse(
        path,
        filename=f"{row.name}.cube",
        media_type="text/plain",
        background=BackgroundTask(folder.cleanup),
    )


@router.get("/{look}/html", response_class=Response)
def standalone(studio: StudioHere, caller: Viewer, look: Id) -> Response:
    """The look as one page that works offline: photo, camera, sliders."""
    row, loaded = _look(studio, caller, look)
    name = quote(f"{row.name}.html")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(page(loaded, default_base()), media_type="text/html", headers=headers)


@router.delete("/{look}", status_code=204)
def withdraw(studio: StudioHere, caller: Owner, look: Id) -> Response:
    """Take the consent back: the look is removed, and every result that was made with it."""
    results = tables.results
    with studio.database.writing() as connection:
        owned(connection, tables.looks, caller, look)
        made = connection.execute(select(results.c.id).where(results.c.look_id == look)).scalars()
        names = list(made)
        connection.execute(tables.looks.delete().where(tables.looks.c.id == look))
        log(connection, caller, "withdraw look", look=look, results=len(names))
    studio.files.remove(caller.workspace, look, "looks")
    for name in names:
        studio.files.remove(caller.workspace, name, "results")
    return Response(status_code=204)


def _look(studio: Studio, caller: Caller, name: str) -> tuple[Any, Look]:
    with studio.database.reading() as connection:
        row = owned(connection, tables.looks, caller, name)
    if not studio.files.path("looks", caller.workspace, name, ".look").is_file():
        raise Problem(409, "studio.not_learned")
    return row, studio.look(row)


def _keep(studio: Studio, caller: Caller, look: Look, action: str) -> schemas.Look:
    row: dict[str, Any] = {
        "id": tables.new_id(),
        "workspace_id": caller.workspace,
        "name": look.name[:100],
    }
    row |= {"state": "ready", "consent": look.about.get("consent"), "about": look.about}
    look.save(studio.files.path("looks", caller.workspace, row["id"], ".look"))
    with studio.database.writing() as connection:
        connection.execute(tables.looks.insert().values(row))
        log(connection, caller, action, look=row["id"], name=look.name)
        return shown(owned(connection, tables.looks, caller, row["id"]))
