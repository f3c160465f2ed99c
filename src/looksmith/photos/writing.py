"""Photos to files: every format by its suffix, 16 bit where format and photo have it."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image

from looksmith.errors import PhotoError
from looksmith.files import whole_file
from looksmith.photos.photo import SUFFIXES, Photo, Pixels
from looksmith.pixels import to_8_bit
from looksmith.texts import text

JPEG_QUALITY = 95


def check_writable(path: Path) -> None:
    """Refuse, before any work, a path whose format or folder can't be written.

    Raises:
        PhotoError: unknown suffix, missing folder, no permission.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise PhotoError(
            text("photo.format", path=path, suffix=path.suffix or "?", known=", ".join(SUFFIXES))
        )
    if not path.parent.is_dir():
        raise PhotoError(text("feed.missing", path=path.parent))
    if not os.access(path.parent, os.W_OK):
        raise PhotoError(text("photo.unwritable", path=path, why="permission denied"))


def write_photo(photo: Photo, path: Path, xmp: bytes | None = None) -> None:
    """Write in the format of the suffix, at 16 bit where format and photo have it.

    The file appears whole or not at all.

    Raises:
        PhotoError: the format is unknown or the file can't be written.
    """
    check_writable(path)
    with whole_file(path, PhotoError) as part:
        _encode(photo, part, xmp)


def _encode(photo: Photo, path: Path, xmp: bytes | None) -> None:
    suffix = path.suffix.lower()
    if photo.pixels.dtype == np.uint16 and suffix in (".png", ".tif", ".tiff"):
        (_write_deep_png if suffix == ".png" else _write_deep_tiff)(photo, path, xmp)
        return
    if suffix in (".heic", ".heif"):
        _write_heif(photo, path, xmp)
        return
    image = _to_image(photo, alpha=suffix not in (".jpg", ".jpeg"))
    options: dict[str, Any] = {"icc_profile": photo.profile}
    if photo.exif:
        options["exif"] = photo.exif
    if suffix in (".jpg", ".jpeg"):
        options |= {"quality": JPEG_QUALITY, "xmp": xmp}
    elif suffix == ".png":
        options |= {"pnginfo": _png_info(xmp), "compress_level": 4}
    elif suffix in (".tif", ".tiff"):
        options |= {"compression": "tiff_deflate", "tiffinfo": {700: xmp} if xmp else None}
    else:
        options |= {"quality": 92, "xmp": xmp}
    image.save(path, **{k: v for k, v in options.items() if v is not None})


def _to_image(photo: Photo, alpha: bool) -> Image.Image:
    pixels = to_8_bit(photo.pixels)
    if photo.alpha is None or not alpha:
        return Image.fromarray(pixels)
    return Image.fromarray(np.dstack((pixels, to_8_bit(photo.alpha))))


def _png_info(xmp: bytes | None) -> object:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    if xmp:
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    return info


def _deep_array(photo: Photo) -> Pixels:
    if photo.alpha is None:
        return photo.pixels
    return cast(Pixels, np.dstack((photo.pixels, photo.alpha)))


def _write_deep_png(photo: Photo, path: Path, xmp: bytes | None) -> None:
    """16-bit PNG, its metadata chunks copied from an 8-bit PNG that Pillow writes."""
    import imagecodecs

    deep = imagecodecs.png_encode(_deep_array(photo), level=4)
    shell = BytesIO()
    options: dict[str, object] = {"pnginfo": _png_info(xmp)}
    if photo.profile:
        options["icc_profile"] = photo.profile
    if photo.exif:
        options["exif"] = photo.exif
    Image.new("RGB", (1, 1)).save(shell, "PNG", **options)
    chunks = b"".join(
        raw for kind, raw in _png_chunks(shell.getvalue()) if kind in (b"iCCP", b"eXIf", b"iTXt")
    )
    header_end = 8 + 25  # signature, then IHDR: length, type, 13 bytes, CRC
    path.write_bytes(deep[:header_end] + chunks + deep[header_end:])


def _png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at : at + 12 + length]))
        at += 12 + length
    return chunks


def _write_deep_tiff(photo: Photo, path: Path, xmp: bytes | None) -> None:
    import tifffile

    extra = [(700, 7, len(xmp), xmp, True)] if xmp else []
    tifffile.imwrite(
        path,
        _deep_array(photo),
        photometric="rgb",
        compression="zlib",
        iccprofile=photo.profile,
        extratags=extra,
        extrasamples=None if photo.alpha is None else ["unassalpha"],
    )


def _write_heif(photo: Photo, path: Path, xmp: bytes | None) -> None:
    import pillow_heif

    deep = photo.pixels.dtype == np.uint16
    array = _deep_array(photo)
    mode = ("RGBA" if photo.alpha is not None else "RGB") + (";16" if deep else "")
    image = pillow_heif.from_bytes(mode, photo.size, np.ascontiguousarray(array).tobytes())
    options: dict[str, object] = {"quality": 92}
    if photo.exif:
        options["exif"] = photo.exif
    if xmp:
        options["xmp"] = xmp
    if photo.profile:
        image.info["icc_profile"] = photo.profile
    image.save(path, **options)
