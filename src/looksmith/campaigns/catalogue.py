"""The products of a campaign: a folder of photos, or a table of ids and pictures, on any storage
that fsspec knows (a disk, ``s3://``, ``https://``)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import fsspec
import polars as pl
from fsspec.core import url_to_fs

from looksmith.errors import LooksmithError
from looksmith.files import why
from looksmith.photos import SUFFIXES
from looksmith.texts import text
from looksmith.urls import without_secrets

ID, IMAGE = "id", "image"
TABLES = (".csv", ".parquet")
_OF_A_DISK = (OSError, ImportError, ValueError, pl.exceptions.PolarsError)
_TRIES = 3  # of reading a picture from a store that does not answer
_PAUSE = 0.5  # seconds, doubled with every try


class StoreUnreachable(LooksmithError):
    """A store does not answer; what it holds may be right."""


@dataclass(frozen=True)
class Product:
    """One product and where its picture lies."""

    id: str
    image: str


def _first_line(error: Exception) -> str:
    return without_secrets(str(error).split("\n")[0])


def read_catalogue(place: str) -> list[Product]:
    """All products, in their order.

    Args:
        place: a folder (the relative path is the id), or a CSV or Parquet file with the columns
            ``id`` and ``image`` (a path relative to the file's folder, or a URL).

    Raises:
        LooksmithError: not there, not such a table, empty, or two products have the same id.
    """
    shown = without_secrets(place)
    try:
        found = _products(place)
    except Exception as error:
        if "://" not in place and not isinstance(error, _OF_A_DISK):  # stores have their own errors
            raise
        said = why(error) if isinstance(error, OSError) and error.errno else _first_line(error)
        raise LooksmithError(text("catalogue.unreadable", place=shown, why=said)) from error
    if not found:
        raise LooksmithError(text("catalogue.empty", place=shown))
    seen: set[str] = set()
    for product in found:
        if product.id in seen:
            raise LooksmithError(text("catalogue.twice", place=shown, id=product.id))
        seen.add(product.id)
    return found


def _products(place: str) -> list[Product]:
    suffix = Path(place).suffix.lower()
    if suffix not in TABLES:
        return _folder(place)
    with fsspec.open(place, "rb") as file:
        table = pl.read_csv(file, infer_schema=False) if suffix == ".csv" else pl.read_parquet(file)
    missing = {ID, IMAGE} - set(table.columns)
    if missing:
        raise ValueError(text("catalogue.columns", columns=", ".join(sorted(missing))))
    rows = table.select(pl.col(ID, IMAGE).cast(pl.String)).rows()
    if any(value is None for row in rows for value in row):
        raise ValueError(text("catalogue.blank"))
    base = place.rsplit("/", 1)[0]
    return [Product(id, image if _is_absolute(image) else f"{base}/{image}") for id, image in rows]


def _is_absolute(image: str) -> bool:
    return "://" in image or image.startswith("/")


def _folder(place: str) -> list[Product]:
    system, root = url_to_fs(place)
    if not system.isdir(root):
        raise FileNotFoundError(text("catalogue.missing"))
    paths = [p for p in sorted(system.find(root)) if Path(p).suffix.lower() in SUFFIXES]
    local = "file" in system.protocol or "local" in system.protocol
    names = [path if local else system.unstrip_protocol(path) for path in paths]
    return [
        Product(path.removeprefix(root).lstrip("/"), name)
        for path, name in zip(paths, names, strict=True)
    ]


def stamp(image: str) -> str:
    """What tells a local picture from a changed one: size and time; empty on other storage."""
    if "://" in image:
        return ""
    try:
        found = Path(image).stat()
    except OSError:
        return ""
    return f"{found.st_size}-{found.st_mtime_ns}"


def read_image(image: str) -> bytes:
    """The bytes of a picture; a store that does not answer is asked again.

    Raises:
        LooksmithError: there is no such picture.
        StoreUnreachable: the store still does not answer.
    """
    shown = without_secrets(image)
    for attempt in range(_TRIES):
        try:
            with fsspec.open(image, "rb") as file:
                return bytes(file.read())
        except (FileNotFoundError, IsADirectoryError) as error:
            raise LooksmithError(text("travel.missing", path=shown)) from error
        except Exception as error:  # each store has errors of its own
            if attempt + 1 == _TRIES:
                said = _first_line(error)
                raise StoreUnreachable(text("catalogue.store", place=shown, why=said)) from error
            time.sleep(_PAUSE * 2**attempt)
    raise AssertionError
