"""``/v1/looks/ID/…``: what a look shows of itself, how it changes photos, and the files it goes
away as."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from PIL import Image

from looksmith.base import default_base
from looksmith.card import described
from looksmith.feeds import SHEET_COLUMNS, SHEET_TILE
from looksmith.look import Look
from looksmith.look_lut import any_photo, look_lut, tone_curve
from looksmith.provenance import xmp_label
from looksmith.rendering import Controls, Rendering
from looksmith.studio.accounts import Caller
from looksmith.studio.context import Studio, StudioHere, Viewer, learned, working_copy
from looksmith.studio.problems import Problem
from looksmith.studio.renderings import packed
from looksmith.studio.routes.users import user_name
from looksmith.studio.schemas import Fact, Id
from looksmith.studio.skin import skin_layer
from looksmith.studio.standalone import page
from looksmith.texts import text
from looksmith.travel.cube import write_cube
from looksmith.travel.haldclut import LEVEL, write_haldclut

router = APIRouter(prefix="/v1/looks", tags=["looks"])
Personal = Annotated[bool, Query(description="as the caller likes it")]
Amount = Annotated[float, Query(ge=0, le=1.5)]
Normalise = Annotated[float, Query(ge=0, le=1, description="how far the photo is made right first")]


@router.get("/{look}/curve")
def curve(studio: StudioHere, caller: Viewer, look: Id) -> list[tuple[float, float, float]]:
    """What the look makes of greys from black to white: 33 RGB colours in [0, 1]."""
    return tone_curve(learned(studio, caller, look)[1], default_base())


@router.get("/{look}/card")
def facts(studio: StudioHere, caller: Viewer, look: Id) -> list[Fact]:
    """What the look does, and how sure that is, in words: grade, consistency of the feed, light,
    mood."""
    said = described(learned(studio, caller, look)[1])
    return [Fact(term=text(f"card.{key}"), words=words) for key, words in said.items()]


@router.get("/{look}/sheet", response_class=Response)
def sheet(studio: StudioHere, caller: Viewer, look: Id) -> Response:
    """A small picture of the feed, as WebP."""
    loaded = learned(studio, caller, look)[1]
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
def rendering(
    studio: StudioHere,
    caller: Viewer,
    look: Id,
    photo: Id | None = None,
    personal: Personal = False,
    normalise: Normalise = 1.0,
) -> Response:
    """How the look changes a photo, or any photo: safetensors of half floats, for the browser to
    draw. ``normalise`` counts for a photo: what follows is predicted from the photo made right."""
    row, loaded = learned(studio, caller, look)
    if photo is None:
        found = any_photo(loaded, default_base())
    else:
        found = _on_photo(studio, caller, loaded, photo, personal, normalise)
    headers = {"X-Look-Version": str(row.version)}
    data = packed(found, xmp_label(row.name))
    return Response(data, media_type="application/octet-stream", headers=headers)


def _on_photo(
    studio: Studio, caller: Caller, look: Look, photo: str, personal: bool, normalise: float
) -> Rendering:
    working = working_copy(studio, caller, photo)
    controls = Controls(normalise=normalise)
    if personal:
        return studio.people.rendering(user_name(caller, "me"), look, working, controls)
    return look.predict(default_base(), working, controls)


@router.get("/{look}/skin", response_class=Response)
def skin(
    studio: StudioHere,
    caller: Viewer,
    look: Id,
    photo: Id,
    strength: Amount = 1.0,
    mood: Amount = 1.0,
    normalise: Normalise = 1.0,
    personal: Personal = False,
) -> Response:
    """What skin as the look's feed has it adds to the preview of a photo with the look, for the
    browser to mix: a PNG whose pixel p adds (p − 128) / 508."""
    loaded = learned(studio, caller, look)[1]
    found = _on_photo(studio, caller, loaded, photo, personal, normalise)
    found = found.controlled(Controls(strength, mood))
    preview = studio.files.here("previews", caller.workspace, photo, ".jpg")
    return Response(skin_layer(preview, loaded, found), media_type="image/png")


@router.get("/{look}/file", response_class=FileResponse)
def file(studio: StudioHere, caller: Viewer, look: Id) -> FileResponse:
    """The ``.look`` file."""
    row, _ = learned(studio, caller, look)
    path = studio.files.here("looks", caller.workspace, row.id, ".look")
    return FileResponse(path, filename=f"{row.name}.look", media_type="application/octet-stream")


@router.get("/{look}/cube", response_class=Response)
def cube(studio: StudioHere, caller: Viewer, look: Id) -> Response:
    """The look as a 3D LUT (``.cube``)."""
    row, loaded = learned(studio, caller, look)
    lut = look_lut(loaded, default_base())
    data = _written(".cube", lambda path: write_cube(lut, path, loaded.name))
    return _download(data, f"{row.name}.cube", "text/plain")


@router.get("/{look}/hald", response_class=Response)
def hald(studio: StudioHere, caller: Viewer, look: Id) -> Response:
    """The look as a HaldCLUT: a picture of 16 bits."""
    row, loaded = learned(studio, caller, look)
    lut = look_lut(loaded, default_base(), LEVEL**2)
    data = _written(".png", lambda path: write_haldclut(lut, path))
    return _download(data, f"{row.name}.png", "image/png")


@router.get("/{look}/html", response_class=Response)
def standalone(studio: StudioHere, caller: Viewer, look: Id) -> Response:
    """The look as one page that works offline: photo, camera, sliders."""
    row, loaded = learned(studio, caller, look)
    data = page(loaded, default_base()).encode()
    return _download(data, f"{row.name}.html", "text/html; charset=utf-8")


def _written(suffix: str, write: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"look{suffix}"
        write(path)
        return path.read_bytes()


def _download(data: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=kind, headers=headers)
