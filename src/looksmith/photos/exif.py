"""EXIF blocks (CIPA DC-008), read and written entry by entry.

Entries stay the bytes they were, whatever their type, in the byte order they came in: nothing is
rounded, and a damaged entry is left out instead of stopping the photo. The same structure is that
of a TIFF file (TIFF 6.0, section 2), classic or BigTIFF, so this reads the metadata of TIFF, too.
Thumbnails are left behind, since they would show the photo as it was.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Literal

import numpy as np

PREFIX = b"Exif\0\0"
ORIENTATION, EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x0112, 0x8769, 0x8825, 0xA005
_WIDTH, _HEIGHT, _MAKER_NOTE = 0xA002, 0xA003, 0x927C
_CHILDREN = (EXIF_IFD, GPS_IFD, INTEROP_IFD)
# Bytes a value, by field type: BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG,
# SRATIONAL, FLOAT, DOUBLE, IFD, UTF-8.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
_POINTER_SIZES = {4: 4, 13: 4, 16: 8, 18: 8}
_MOST_ENTRIES, _MOST_BYTES = 1000, 1 << 24
# What a TIFF file says of its own pixels; XMP, IPTC, ICC and Photoshop's blocks, kept elsewhere.
_STRUCTURE = frozenset(
    (*range(254, 267), 273, *range(277, 282), 284, *range(288, 294), 301, *range(317, 326), 330)
) | frozenset((*range(332, 348), *range(512, 522), 700, 33723, 34377, 34675, 37724, 59932))
# What TIFF shares with EXIF: description, camera, resolution, software, date, artist, host,
# white point, rating, copyright, and Windows' title, comment, author, keywords and subject.
_DESCRIPTIVE = frozenset((270, 271, 272, 274, 282, 283, 296, 305, 306, 315, 316, 318, 319)) | {
    *(529, 531, 532, 18246, 18249, 33432, 40091, 40092, 40093, 40094, 40095)
}


@dataclass(frozen=True)
class Entry:
    """One field: type, count, and its values as bytes in the block's byte order."""

    type: int
    count: int
    data: bytes


Ifd = dict[int, Entry]


@dataclass
class Exif:
    """The directories of a block: the main one and its children by the tag that points there."""

    order: Literal["<", ">"]
    """``<`` (II) or ``>`` (MM)."""
    main: Ifd
    children: dict[int, Ifd]

    @property
    def orientation(self) -> int:
        """1 to 8; 1 where nothing sensible is said."""
        entry = self.main.get(ORIENTATION)
        if entry is None or entry.type != 3 or not entry.data:
            return 1
        value: int = struct.unpack_from(self.order + "H", entry.data)[0]
        return value if value in range(1, 9) else 1

    def set_upright(self, turned: bool) -> None:
        """Orientation 1; ``turned`` says that width and height changed places."""
        self.main[ORIENTATION] = Entry(3, 1, struct.pack(self.order + "H", 1))
        fields = self.children.get(EXIF_IFD, {})
        if turned and _WIDTH in fields and _HEIGHT in fields:
            fields[_WIDTH], fields[_HEIGHT] = fields[_HEIGHT], fields[_WIDTH]

    def forget_size(self) -> None:
        """Leave out width and height, for a copy of another size."""
        for tag in (_WIDTH, _HEIGHT):
            self.children.get(EXIF_IFD, {}).pop(tag, None)

    def in_order(self, order: Literal["<", ">"]) -> Exif:
        """The same values in another byte order; UNDEFINED bytes stay as they are."""
        if order == self.order:
            return self

        def turned(entry: Entry) -> Entry:
            width = {5: 4, 10: 4}.get(entry.type, _SIZES[entry.type])
            numbers = np.frombuffer(entry.data, np.dtype(f"u{width}"))
            return Entry(entry.type, entry.count, numbers.byteswap().tobytes())

        def all_turned(ifd: Ifd) -> Ifd:
            return {tag: turned(entry) for tag, entry in ifd.items()}

        children = {tag: all_turned(ifd) for tag, ifd in self.children.items()}
        return Exif(order, all_turned(self.main), children)

    def to_bytes(self) -> bytes:
        """``Exif\\0\\0`` and the block."""
        header = (b"II*\0" if self.order == "<" else b"MM\0*") + _pack(self.order, "I", 8)
        return PREFIX + header + directories(self, 8)

    def fitting(self, limit: int) -> bytes | None:
        """The block in at most ``limit`` bytes: the maker note goes first, then what is longest."""
        while len(block := self.to_bytes()) > limit:
            sizes = [
                (tag == _MAKER_NOTE, len(entry.data), id(ifd), tag)
                for ifd in (self.main, *self.children.values())
                for tag, entry in ifd.items()
            ]
            _, size, _, tag = max(sizes)
            if size <= 4:
                return None
            for ifd in (self.main, *self.children.values()):
                if tag in ifd and len(ifd[tag].data) == size:
                    del ifd[tag]
                    break
        return block


def parse_exif(block: bytes | None) -> Exif | None:
    """Read a block as JPEG, PNG, WebP, AVIF or HEIF hold it; None where there is nothing in it."""
    while block and block.startswith(PREFIX):
        block = block[len(PREFIX) :]
    if not block:
        return None
    exif = read_directories(BytesIO(block))
    if exif is not None:
        exif.main = {tag: e for tag, e in exif.main.items() if tag not in _STRUCTURE}
    return exif if exif and (exif.main or any(exif.children.values())) else None


def exif_of_tiff(file: BinaryIO) -> Exif | None:
    """What a TIFF file says that belongs into EXIF; nothing of how its pixels lie."""
    exif = read_directories(file)
    if exif is None:
        return None
    exif.main = {tag: e for tag, e in exif.main.items() if tag in _DESCRIPTIVE}
    return exif if exif.main or any(exif.children.values()) else None


def read_directories(file: BinaryIO) -> Exif | None:
    """All entries of the first directory and its children, TIFF or BigTIFF."""
    file.seek(0)
    header = file.read(16)
    orders: dict[bytes, Literal["<", ">"]] = {b"II": "<", b"MM": ">"}
    order = orders.get(header[:2])
    if order is None or len(header) < 8:
        return None
    magic = _unpack(order, "H", header[2:4])
    if magic not in (42, 43) or (magic == 43 and len(header) < 16):
        return None
    big = magic == 43
    start = _unpack(order, "Q", header[8:16]) if big else _unpack(order, "I", header[4:8])
    main, pointers = _read_ifd(file, start, order, big)
    children = {}
    for tag in (EXIF_IFD, GPS_IFD):
        if tag in pointers:
            child, deeper = _read_ifd(file, pointers[tag], order, big)
            if child:
                children[tag] = child
            if tag == EXIF_IFD and INTEROP_IFD in deeper:
                children[INTEROP_IFD], _ = _read_ifd(file, deeper[INTEROP_IFD], order, big)
    return Exif(order, main, children)


def _read_ifd(file: BinaryIO, start: int, order: str, big: bool) -> tuple[Ifd, dict[int, int]]:
    """Entries, and where children start; what is damaged is left out."""
    length, width, inline = ("Q", 20, 8) if big else ("H", 12, 4)
    count_format = "Q" if big else "I"
    raw = _read_at(file, start, 8 if big else 2)
    if raw is None:
        return {}, {}
    entries = _unpack(order, length, raw)
    table = _read_at(file, start + len(raw), min(entries, _MOST_ENTRIES) * width) or b""
    ifd: Ifd = {}
    pointers: dict[int, int] = {}
    for at in range(0, len(table) - width + 1, width):
        tag, kind = struct.unpack_from(order + "HH", table, at)
        count = _unpack(order, count_format, table[at + 4 : at + 4 + inline])
        value = table[at + 4 + inline : at + width]
        if tag in _CHILDREN:
            if kind in _POINTER_SIZES and count == 1:
                size = min(_POINTER_SIZES[kind], inline)
                pointers[tag] = int.from_bytes(value[:size], "little" if order == "<" else "big")
            continue
        size = _SIZES.get(kind, 0) * count
        if not 0 < size <= _MOST_BYTES:
            continue
        if size > inline:
            value = _read_at(file, _unpack(order, count_format, value), size) or b""
        if len(value) >= size:
            ifd[tag] = Entry(kind, count, value[:size])
    return ifd, pointers


def directories(exif: Exif, start: int) -> bytes:
    """All directories as bytes that will stand at ``start`` (even) in a file, the main one first.

    The main directory must not hold the tags that point to children.
    """
    order = exif.order
    main, children = dict(exif.main), {t: dict(i) for t, i in exif.children.items() if i}
    pointer = Entry(4, 1, bytes(4))
    if INTEROP_IFD in children:
        children.setdefault(EXIF_IFD, {})[INTEROP_IFD] = pointer
    for tag in (EXIF_IFD, GPS_IFD):
        if tag in children:
            main[tag] = pointer
    at = start + _ifd_size(main)
    places = {}
    for tag in _CHILDREN:
        if tag in children:
            places[tag] = at
            at += _ifd_size(children[tag])
    for ifd in (main, *children.values()):
        for tag in places.keys() & ifd.keys():
            ifd[tag] = Entry(4, 1, _pack(order, "I", places[tag]))
    blocks = [_ifd_bytes(main, start, order)]
    blocks += [_ifd_bytes(children[tag], places[tag], order) for tag in places]
    return b"".join(blocks)


def _ifd_size(ifd: Ifd) -> int:
    return 6 + 12 * len(ifd) + sum(_even(len(e.data)) for e in ifd.values() if len(e.data) > 4)


def _ifd_bytes(ifd: Ifd, start: int, order: str) -> bytes:
    table, values = [_pack(order, "H", len(ifd))], []
    at = start + 6 + 12 * len(ifd)
    for tag, entry in sorted(ifd.items()):
        table.append(struct.pack(order + "HHI", tag, entry.type, entry.count))
        if len(entry.data) <= 4:
            table.append(entry.data.ljust(4, b"\0"))
            continue
        table.append(_pack(order, "I", at))
        values.append(entry.data.ljust(_even(len(entry.data)), b"\0"))
        at += len(values[-1])
    return b"".join((*table, bytes(4), *values))


def _even(size: int) -> int:
    return size + size % 2


def _read_at(file: BinaryIO, start: int, size: int) -> bytes | None:
    if start < 0 or start >= 1 << 62:
        return None
    file.seek(start)
    data = file.read(size)
    return data if len(data) == size else None


def _pack(order: str, code: str, value: int) -> bytes:
    return struct.pack(order + code, value)


def _unpack(order: str, code: str, data: bytes) -> int:
    value: int = struct.unpack(order + code, data)[0]
    return value
