"""``/v1/photos``: upload, look at, delete."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import FileResponse
from sqlalchemy import Connection, func, select

from looksmith.photos import SUFFIXES
from looksmith.studio import schemas, tables
from looksmith.studio.accounts import Caller
from looksmith.studio.context import (
    KEEP,
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
from looksmith.studio.jobs import add_job
from looksmith.studio.problems import Problem
from looksmith.studio.schemas import Id
from looksmith.studio.skin import faces_in

router = APIRouter(prefix="/v1/photos", tags=["photos"])


def shown(row: Any, job: str | None = None) -> schemas.Photo:
    """A row as the API gives it."""
    fields = {name: getattr(row, name) for name in schemas.Photo.model_fields if name != "job"}
    return schemas.Photo(**fields, job=job)


@router.post("", status_code=201)
def upload(
    studio: StudioHere,
    caller: Creator,
    photo: Annotated[UploadFile, File(description="JPEG, PNG, WebP, TIFF, AVIF or HEIC")],
    prepare: Annotated[bool, Form(description="make a preview")] = True,
    idempotency_key: IdempotencyKey = None,
) -> schemas.Photo:
    """Keep a photo. It is opened by a worker, not here."""
    name = _file_name(photo.filename)
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Problem(422, "studio.suffix", name=name, known=", ".join(SUFFIXES))
    identifier = tables.new_id()
    path = studio.files.path("photos", caller.workspace, identifier, suffix)
    size, digest = _store(photo, path)
    studio.files.send(path)
    row: dict[str, Any] = {"id": identifier, "workspace_id": caller.workspace, "name": name}
    row |= {"suffix": suffix, "bytes": size}

    def make() -> dict[str, Any]:
        _check_room(connection, studio, caller, size)
        connection.execute(tables.photos.insert().values(row))
        job = None
        if prepare:
            given = {"photo": identifier}
            most = studio.settings.max_waiting
            job = add_job(connection, caller.workspace, caller.who, "prepare", given, most)
        return {"photo": identifier, "job": job}

    kept = None
    try:
        with studio.database.writing() as connection:
            kept = once(connection, caller, idempotency_key, [name, digest, prepare], make)
            found = owned(connection, tables.photos, caller, kept["photo"])
    finally:
        if kept is None or kept["photo"] != identifier:
            studio.files.remove(caller.workspace, identifier, "photos")
    return shown(found, kept["job"])


def _file_name(given: str | None) -> str:
    """The last part of a path that a client made up, without what a terminal would obey."""
    last = (given or "photo").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in last if c.isprintable()).strip() or "photo"
    suffix = PurePosixPath(name).suffix
    return name[: 200 - len(suffix)].removesuffix(suffix) + suffix[:20]


def _store(photo: UploadFile, path: Path) -> tuple[int, str]:
    """Write an upload; its size and SHA-256."""
    part = path.with_name(f"{path.stem}.part")
    try:
        with part.open("wb") as file:
            shutil.copyfileobj(photo.file, file, 1 << 20)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, digest


def _check_room(connection: Connection, studio: Studio, caller: Caller, size: int) -> None:
    limits, photos = studio.settings, tables.photos
    mine = photos.c.workspace_id == caller.workspace
    count, used = connection.execute(
        select(func.count(), func.coalesce(func.sum(photos.c.bytes), 0)).where(mine)
    ).one()
    if count >= limits.max_photos or used + size > limits.max_stored_gb * 1e9:
        raise Problem(409, "studio.full", photos=limits.max_photos, gb=f"{limits.max_stored_gb:g}")


@router.get("")
def list_photos(
    studio: StudioHere,
    caller: Viewer,
    part: PartAsked,
) -> schemas.Page[schemas.Photo]:
    """The photos of the workspace."""
    return listed(studio, tables.photos, caller, part, shown)


@router.get("/{photo}")
def show(studio: StudioHere, caller: Viewer, photo: Id) -> schemas.Photo:
    """One photo."""
    with studio.database.reading() as connection:
        return shown(owned(connection, tables.photos, caller, photo))


@router.get("/{photo}/preview", response_class=FileResponse)
def preview(studio: StudioHere, caller: Viewer, photo: Id, small: bool = False) -> FileResponse:
    """The photo as sRGB, at most 1600 pixels (JPEG), or 320 (WebP)."""
    return FileResponse(_preview(studio, caller, photo, ".webp" if small else ".jpg"), headers=KEEP)


@router.get("/{photo}/faces")
def faces(studio: StudioHere, caller: Viewer, photo: Id) -> schemas.Faces:
    """How many people look out of a photo: whether it has skin to speak of."""
    return schemas.Faces(count=faces_in(_preview(studio, caller, photo, ".jpg")))


def _preview(studio: Studio, caller: Caller, photo: str, suffix: str) -> Path:
    with studio.database.reading() as connection:
        row = owned(connection, tables.photos, caller, photo)
    if row.state != "ready":
        raise Problem(409, "studio.not_ready")
    return studio.files.here("previews", caller.workspace, row.id, suffix)


@router.delete("/{photo}", status_code=204)
def delete(studio: StudioHere, caller: Creator, photo: Id) -> Response:
    """Delete a photo; results that were made from it stay."""
    with studio.database.writing() as connection:
        owned(connection, tables.photos, caller, photo)
        connection.execute(tables.photos.delete().where(tables.photos.c.id == photo))
        log(connection, caller, "delete photo", photo=photo)
    studio.files.remove(caller.workspace, photo, "photos", "previews")
    return Response(status_code=204)
