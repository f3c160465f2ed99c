"""Labels on generated images, so that people and machines can tell.

The XMP packet carries the IPTC digital source type of what was done, and the implicit label that
GB 45438-2025 (China) asks of generated content. A label is merged into what the photo already says
of itself (rights, keywords, ratings, another service's label): it adds and never hides.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import numpy as np

from looksmith.pixels import Array, to_8_bit
from looksmith.texts import text
from looksmith.xmp import DC, XMP, Packet

_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
ENHANCED = _TYPES + "algorithmicallyEnhanced"
"""Colour and tone changed by a model; every pixel still shows what the camera saw."""
COMPOSITE = _TYPES + "compositeWithTrainedAlgorithmicMedia"
"""A photo with painted or generated pixels."""
GENERATED = _TYPES + "trainedAlgorithmicMedia"
"""Made by a model alone."""
_STRENGTH = (ENHANCED, COMPOSITE, GENERATED)

IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0/"
LOOKSMITH = "urn:looksmith:xmp:1.0:"
PRODUCER = "Looksmith"
_NEAR = 10  # of 64 bits; two pictures differ in 32, and by chance in 10 or fewer once in 10⁸
_FLAT = 3  # parts that differ by a level a channel are alike
AIGC_FIELDS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)


def xmp_label(
    look_name: str,
    source_type: str = ENHANCED,
    produce_id: str = "",
    settings: Mapping[str, float] | None = None,
) -> bytes:
    """The XMP packet that labels a photo as changed by the named look.

    Args:
        look_name: recorded as it is.
        source_type: ``ENHANCED``, ``COMPOSITE`` or ``GENERATED``, by what was done.
        produce_id: number of this content at its producer, as ``content_id`` gives it.
        settings: what else was changed, and how far; nothing that tells whom it was made for.
    """
    fields = dict.fromkeys(AIGC_FIELDS, "")
    # "1": certainly generated, in the words of the standard.
    fields |= {"Label": "1", "ContentProducer": PRODUCER, "ProduceID": produce_id}
    packet = Packet()
    packet.set("Iptc4xmpExt", IPTC_EXT, "DigitalSourceType", source_type)
    packet.set("TC260", TC260, "AIGC", json.dumps(fields, ensure_ascii=False))
    packet.set("looksmith", LOOKSMITH, "Look", look_name)
    if settings:
        packet.set("looksmith", LOOKSMITH, "Settings", json.dumps(dict(settings)))
    packet.set("xmp", XMP, "CreatorTool", PRODUCER)
    packet.set_words("dc", DC, "description", text("label.generated", look=look_name))
    return packet.to_bytes()


def merged_label(source: bytes | None, label: bytes | None) -> bytes | None:
    """The photo's packet with the label in it; None where there is neither.

    The caption and the name of the first program stay the photo's own. Of two source types the one
    that says more of generation stays, and so does the GB 45438 label of another producer.
    """
    if not source or not label:
        return label or source
    packet, added = Packet(source), Packet(label)
    kept_type = _stronger(source_type_of(packet), source_type_of(added))
    if kept_type:
        packet.set("Iptc4xmpExt", IPTC_EXT, "DigitalSourceType", kept_type)
    aigc = added.get(TC260, "AIGC")
    if aigc and aigc_of(packet).get("ContentProducer") in (None, "", PRODUCER):
        packet.set("TC260", TC260, "AIGC", aigc)
    for name in ("Look", "Settings"):  # of the last look: settings of one before would mislead
        packet.remove(LOOKSMITH, name)
        if value := added.get(LOOKSMITH, name):
            packet.set("looksmith", LOOKSMITH, name, value)
    if packet.get(XMP, "CreatorTool") is None and (tool := added.get(XMP, "CreatorTool")):
        packet.set("xmp", XMP, "CreatorTool", tool)
    if packet.get(DC, "description") is None and (words := added.get(DC, "description")):
        packet.set_words("dc", DC, "description", words)
    return packet.to_bytes()


def source_type_of(packet: Packet) -> str | None:
    """The IPTC digital source type."""
    return packet.get(IPTC_EXT, "DigitalSourceType")


def aigc_of(packet: Packet) -> dict[str, str]:
    """The fields of the GB 45438 label; empty where there is none or it is no JSON object."""
    try:
        fields = json.loads(packet.get(TC260, "AIGC") or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in fields.items()} if isinstance(fields, dict) else {}


def content_id(pixels: Array) -> str:
    """32 hexadecimal digits: 16 that stay when a picture is compressed or scaled, then 16 that
    tell it from all others (SHA-256 of every 16th row).

    The first are a difference hash (N. Krawetz, "Kind of like that", 2013): whether each of 8 × 8
    parts is darker than its neighbour to the right.
    """
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels[::16]).tobytes())
    return f"{_difference_hash(pixels):016x}{digest.hexdigest()[:16]}"


def same_content(number: str, pixels: Array) -> bool | None:
    """Whether ``(H, W, 3)`` pixels are the picture that ``content_id`` gave the number to; None
    where the number is none of its making."""
    try:
        given = int(number[:16], 16) if len(number) == 32 else None
    except ValueError:
        given = None
    return None if given is None else (given ^ _difference_hash(pixels)).bit_count() <= _NEAR


def _difference_hash(pixels: Array) -> int:
    height, width = pixels.shape[:2]
    thin = to_8_bit(pixels[:: max(1, height // 512), :: max(1, width // 512)])
    grey = thin.astype(np.float64).sum(-1)
    rows, columns = (
        np.linspace(0, n, k + 1).astype(int) for n, k in zip(grey.shape, (8, 9), strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(grey, rows[:-1], 0), columns[:-1], 1)  # (8, 9)
    means = sums / np.outer(np.diff(rows), np.diff(columns)).clip(1)
    bits = (means[:, 1:] > means[:, :-1] + _FLAT).ravel()
    return int("".join("01"[int(bit)] for bit in bits), 2)


def _stronger(one: str | None, other: str | None) -> str | None:
    def strength(kind: str | None) -> int:
        return _STRENGTH.index(kind) if kind in _STRENGTH else -1

    return one if strength(one) > strength(other) else other or one
