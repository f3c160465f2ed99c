"""Photos to files: every format by its suffix, 16 bit where format and photo have it."""

from __future__ import annotations

import os
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import imagecodecs
import numpy as np
from PIL import Image

from looksmith.errors import PhotoError
from looksmith.files import whole_file, why
from looksmith.photos.exif import ORIENTATION, PREFIX, parse_exif
from looksmith.photos.photo import SUFFIXES, Photo, Pixels
from looksmith.photos.tiff import write_tiff
from looksmith.pixels import to_8_bit
from looksmith.provenance import merged_label
from looksmith.texts import text
from looksmith.xmp import Packet

JPEG_QUALITY = 95
_QUALITY = 92  # of WebP, AVIF and HEIC
_SEGMENT = 65533  # bytes a JPEG segment holds
_XMP_START = b"http://ns.adobe.com/xap/1.0/\0"
_ICC_START = b"ICC_PROFILE\0"


def check_writable(path: Path) -> None:
    """Refuse, before any work, a path whose format or folder can't be written.

    Raises:
        PhotoError: unknown suffix, missing folder, a folder of that name, name too long, no
            permission.
    """
    if path.suffix.lower() not in SUFFIXES:
        key = "photo.format" if path.suffix else "photo.no_format"
        known = ", ".join(SUFFIXES)
        raise PhotoError(text(key, path=path, suffix=path.suffix, known=known))
    try:
        path.parent.stat()
        is_folder = path.exists() and path.is_dir()
    except FileNotFoundError as error:
        raise PhotoError(text("feed.missing", path=path.parent)) from error
    except OSError as error:
        raise PhotoError(text("photo.unwritable", path=path, why=why(error))) from error
    if not path.parent.is_dir():
        raise PhotoError(text("feed.missing", path=path.parent))
    if is_folder:
        raise PhotoError(text("photo.unwritable", path=path, why=text("files.folder")))
    if not os.access(path.parent, os.W_OK):
        raise PhotoError(text("photo.unwritable", path=path, why=text("files.denied")))


def write_photo(photo: Photo, path: Path, xmp: bytes | None = None) -> None:
    """Write in the format of the suffix, at 16 bit where format and photo have it.

    The file appears whole or not at all. ``xmp`` is a label to merge into what the photo says.

    Raises:
        PhotoError: the format is unknown or the file can't be written.
    """
    check_writable(path)
    with whole_file(path, PhotoError) as part:
        # Encoded first, written after: every byte of the write is checked by Python, which the
        # encoders' own writing is not.
        part.write_bytes(_encoded(photo, path, merged_label(photo.xmp, xmp)))


def _encoded(photo: Photo, path: Path, xmp: bytes | None) -> bytes:
    suffix = path.suffix.lower()
    try:
        if suffix in (".jpg", ".jpeg"):
            return encode_jpeg(photo, xmp)
        if suffix == ".png":
            return _encode_png(photo, xmp)
        if suffix in (".tif", ".tiff"):
            return write_tiff(_channels(photo), parse_exif(photo.exif), xmp, photo.profile)
        if suffix in (".heic", ".heif"):
            return _encode_heif(photo, xmp)
        return _encode_by_pillow(photo, xmp, "AVIF" if suffix == ".avif" else "WEBP")
    except OSError:
        raise
    except Exception as error:  # an encoder refuses: too large a side, for example
        said = " ".join(str(error).split()) or type(error).__name__
        raise PhotoError(text("photo.unwritable", path=path, why=said)) from error


def encode_jpeg(photo: Photo, xmp: bytes | None, quality: int = JPEG_QUALITY) -> bytes:
    """JPEG with 4:2:0 chroma; metadata that a segment can't hold is cut to what fits."""
    pixels = np.ascontiguousarray(to_8_bit(photo.pixels))
    data = imagecodecs.jpeg8_encode(pixels, level=quality, subsampling="420")
    segments = []
    exif = parse_exif(photo.exif)
    if exif is not None and (block := exif.fitting(_SEGMENT)):
        segments.append(_segment(0xE1, block))
    if xmp:
        packet: bytes | None = xmp
        if len(xmp) > _SEGMENT - len(_XMP_START):
            packet = Packet(xmp).fitting(_SEGMENT - len(_XMP_START))
        if packet:
            segments.append(_segment(0xE1, _XMP_START + packet))
    segments += _profile_segments(photo.profile)
    # After the start marker and the JFIF segment.
    at = 4 + int.from_bytes(data[4:6], "big") if data[2:4] == b"\xff\xe0" else 2
    return b"".join((data[:at], *segments, memoryview(data)[at:]))


def _profile_segments(profile: bytes | None) -> list[bytes]:
    room = _SEGMENT - len(_ICC_START) - 2
    parts = [profile[i : i + room] for i in range(0, len(profile), room)] if profile else []
    if len(parts) > 255:
        return []
    return [
        _segment(0xE2, _ICC_START + bytes((number, len(parts))) + part)
        for number, part in enumerate(parts, 1)
    ]


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data


def _encode_png(photo: Photo, xmp: bytes | None) -> bytes:
    data = imagecodecs.png_encode(_channels(photo), level=4)
    chunks = []
    if photo.profile:
        chunks.append(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(photo.profile)))
    if photo.exif:
        chunks.append(_chunk(b"eXIf", photo.exif.removeprefix(PREFIX)))
    if xmp:
        chunks.append(_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp))
    header_end = 8 + 25  # signature, then IHDR: length, type, 13 bytes, CRC
    return b"".join((data[:header_end], *chunks, memoryview(data)[header_end:]))


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return len(data).to_bytes(4, "big") + kind + data + check.to_bytes(4, "big")


def _encode_heif(photo: Photo, xmp: bytes | None) -> bytes:
    import pillow_heif

    deep = photo.pixels.dtype == np.uint16
    mode = ("RGBA" if photo.alpha is not None else "RGB") + (";16" if deep else "")
    image = pillow_heif.from_bytes(mode, photo.size, _channels(photo).tobytes())
    if photo.profile:
        image.info["icc_profile"] = photo.profile
    out = BytesIO()
    image.save(out, **_given(quality=_QUALITY, exif=photo.exif, xmp=xmp))
    return out.getvalue()


def _encode_by_pillow(photo: Photo, xmp: bytes | None, kind: str) -> bytes:
    exif = parse_exif(photo.exif)
    if exif is not None and kind == "AVIF":
        # Pillow would take the block apart for it, which not every block survives.
        exif.main.pop(ORIENTATION, None)
    block = exif.to_bytes().removeprefix(PREFIX) if exif else None
    out = BytesIO()
    options = _given(quality=_QUALITY, exif=block, xmp=xmp, icc_profile=photo.profile)
    to_image(photo).save(out, kind, **options)
    return out.getvalue()


def to_image(photo: Photo) -> Image.Image:
    """A plain PIL image of 8 bits a channel."""
    pixels = to_8_bit(photo.pixels)
    if photo.alpha is None:
        return Image.fromarray(pixels)
    return Image.fromarray(np.dstack((pixels, to_8_bit(photo.alpha))))


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _channels(photo: Photo) -> Pixels:
    """``(H, W, 3)``, or 4 with alpha."""
    # Arrays may lie in any order of axes, also after dstack(); encoders want rows of pixels.
    given = photo.pixels if photo.alpha is None else np.dstack((photo.pixels, photo.alpha))
    return cast(Pixels, np.ascontiguousarray(given))
