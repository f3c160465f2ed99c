"""What a photo's file says beside its pixels: EXIF, XMP and orientation, cleaned for a copy."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image

from looksmith.photos.exif import GPS_IFD, ORIENTATION, Exif, parse_exif
from looksmith.xmp import Packet

_XMP_ORIENTATION = re.compile(rb"tiff:Orientation(?:=[\"']|>)([1-8])")
_LARGEST = 64 << 20


def cleaned_exif(exif: Exif | None, keep_location: bool, turned: bool) -> bytes | None:
    """The block of an upright copy; without location unless it is kept."""
    if exif is None:
        return None
    if not keep_location:
        exif.children.pop(GPS_IFD, None)
    exif.set_upright(turned)
    return exif.to_bytes()


def cleaned_xmp(xmp: bytes | None, keep_location: bool) -> bytes | None:
    """The packet of an upright copy; without location unless it is kept."""
    if not xmp:
        return None
    packet = Packet(xmp)
    packet.clean(keep_location)
    return packet.to_bytes() if packet.names() else None


def orientation_of(exif: Exif | None, xmp: bytes | None) -> int:
    """1 to 8 by EXIF, or by XMP where EXIF says nothing (as Pillow does)."""
    if exif is not None and ORIENTATION in exif.main:
        return exif.orientation
    found = _XMP_ORIENTATION.search(xmp or b"")
    return int(found[1]) if found else 1


def of_image(image: Image.Image) -> tuple[Exif | None, bytes | None]:
    """EXIF and XMP of an open PIL image."""
    exif = as_bytes(image.info.get("exif"))
    if exif is None:
        try:
            exif = image.getexif().tobytes()
        except Exception:  # Pillow can't write every block that it can read
            exif = None
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return parse_exif(exif), as_bytes(xmp)


def as_bytes(value: Any) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return bytes(value) if isinstance(value, (bytes, bytearray, memoryview)) else None


def of_png(file: BinaryIO) -> tuple[bytes | None, bytes | None]:
    """EXIF and XMP of a PNG file, before its pixels or after them."""
    exif = xmp = None
    for kind, data in _png_chunks(file):
        if kind == b"eXIf":
            exif = data
        elif kind == b"iTXt" and data.startswith(b"XML:com.adobe.xmp\0"):
            # keyword, null, compressed?, method, language, null, translated keyword, null, text
            compressed = data[18:19] == b"\1"
            parts = data[20:].split(b"\0", 2)
            xmp = parts[2] if len(parts) == 3 else None
            if xmp and compressed:
                xmp = zlib.decompressobj().decompress(xmp, 4 << 20)
    return exif, xmp


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in (b"eXIf", b"iTXt") and length < _LARGEST:
            yield kind, file.read(length)
            file.seek(4, 1)
        else:
            file.seek(length + 4, 1)
