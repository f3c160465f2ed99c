"""IPTC-IIM (4.2), the older home of rights and captions, carried over into XMP.

Agencies and cameras still write it, JPEG and TIFF alone can hold it; in XMP it goes into every
format. What XMP says already stays (IPTC Photo Metadata Standard: XMP first). Places are left out,
as location is elsewhere.
"""

from __future__ import annotations

import struct

from looksmith.xmp import DC, Packet

_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_RESOURCE = 0x0404
_UTF_8 = b"\x1b%G"
# Data sets of record 2 as properties of XMP: prefix, namespace, name, and how they are listed.
_PROPERTIES = {
    116: ("dc", DC, "rights", "Alt"),
    80: ("dc", DC, "creator", "Seq"),
    120: ("dc", DC, "description", "Alt"),
    25: ("dc", DC, "subject", "Bag"),
    5: ("dc", DC, "title", "Alt"),
    105: ("photoshop", _PHOTOSHOP, "Headline", ""),
    110: ("photoshop", _PHOTOSHOP, "Credit", ""),
    115: ("photoshop", _PHOTOSHOP, "Source", ""),
    40: ("photoshop", _PHOTOSHOP, "Instructions", ""),
}


def with_iptc(xmp: bytes | None, records: bytes | None) -> bytes | None:
    """The packet with what only the IPTC records say."""
    said = _words(records or b"")
    if not said:
        return xmp
    packet = Packet(xmp)
    for number, values in said.items():
        prefix, namespace, name, listed = _PROPERTIES[number]
        if packet.get(namespace, name) is not None:
            continue
        if listed == "Alt":
            packet.set_words(prefix, namespace, name, values[0])
        elif listed:
            packet.set_list(prefix, namespace, name, listed, values)
        else:
            packet.set(prefix, namespace, name, values[0])
    return packet.to_bytes()


def of_photoshop(blocks: bytes) -> bytes | None:
    """The IPTC records among Photoshop's image resources (``8BIM`` …)."""
    at = 0
    while blocks[at : at + 4] == b"8BIM" and at + 12 <= len(blocks):
        (number,) = struct.unpack_from(">H", blocks, at + 4)
        at += 6 + _even(blocks[at + 6] + 1)  # a name, its length before it
        if at + 4 > len(blocks):
            return None
        (size,) = struct.unpack_from(">I", blocks, at)
        if number == _RESOURCE:
            return blocks[at + 4 : at + 4 + size]
        at += 4 + _even(size)
    return None


def _words(records: bytes) -> dict[int, list[str]]:
    """The texts of record 2 by data set; what is damaged ends the list."""
    encoding, at = "", 0
    said: dict[int, list[str]] = {}
    while records[at : at + 1] == b"\x1c" and at + 5 <= len(records):
        record, number, size = struct.unpack_from(">BBH", records, at + 1)
        value = records[at + 5 : at + 5 + size]
        at += 5 + size
        if size >= 0x8000 or len(value) < size:  # longer ones hold no text
            break
        if (record, number) == (1, 90) and value == _UTF_8:
            encoding = "utf-8"
        elif record == 2 and number in _PROPERTIES and value.strip(b"\0 "):
            said.setdefault(number, []).append(_decoded(value.strip(b"\0 "), encoding))
    return said


def _decoded(value: bytes, encoding: str) -> str:
    """As declared; else UTF-8 where it is that, else Latin 1."""
    try:
        return value.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _even(size: int) -> int:
    return size + size % 2
