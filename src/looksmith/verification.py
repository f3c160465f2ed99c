"""What a photo's file says of itself, and whether that holds.

label = read_label(Path("me-film.jpg"))
for check in checks(label): print(check.sentence, check.holds)

Labels are words in a file: whoever can write files can write them, and they tell those who ask
what an honest maker said. Signed credentials (``credentials.py``) say who signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from looksmith.credentials import Credentials, read_credentials
from looksmith.photos import Claims, read_claims, read_photo
from looksmith.provenance import (
    AIGC_FIELDS,
    COMPOSITE,
    ENHANCED,
    GENERATED,
    LOOKSMITH,
    PRODUCER,
    aigc_of,
    same_content,
    source_type_of,
)
from looksmith.texts import text
from looksmith.xmp import DC, Packet

_KNOWN = {ENHANCED: "enhanced", COMPOSITE: "composite", GENERATED: "generated"}
_COPYRIGHT, _ARTIST = 33432, 315
_CERTAINTIES = ("1", "2", "3")  # GB 45438: certainly, possibly, suspected to be generated


@dataclass(frozen=True)
class Label:
    """What a file says of itself; None or empty where it says nothing."""

    source_type: str | None
    """The IPTC digital source type, a URL."""
    aigc: dict[str, str]
    """The fields of the GB 45438 label."""
    look: str | None
    caption: str | None
    rights: str | None
    creators: tuple[str, ...]
    credentials: Credentials | None
    """Signed content credentials, if there are any that can be read."""
    belongs: bool | None
    """Whether the picture is the one that was labelled; None where the label does not tell."""

    @property
    def labelled(self) -> bool:
        """Whether anything says that a model changed or made the picture."""
        return self.source_type in _KNOWN or bool(self.aigc)


@dataclass(frozen=True)
class Check:
    """One thing a label should do, and whether it does."""

    sentence: str
    holds: bool


def read_label(path: Path) -> Label:
    """Read what a photo's file says of itself.

    Raises:
        PhotoError: no such file, no photo, damaged.
    """
    claims = read_claims(path)
    packet = Packet(claims.xmp)
    aigc = aigc_of(packet)
    belongs = None
    if aigc.get("ContentProducer") == PRODUCER and (number := aigc.get("ProduceID")):
        belongs = same_content(number, read_photo(path).pixels)
    return Label(
        source_type_of(packet),
        aigc,
        packet.get(LOOKSMITH, "Look"),
        packet.get(DC, "description"),
        packet.get(DC, "rights") or _exif_words(claims, _COPYRIGHT),
        tuple(packet.items(DC, "creator")) or _listed(_exif_words(claims, _ARTIST)),
        read_credentials(path),
        belongs,
    )


def checks(label: Label) -> list[Check]:
    """What should hold of a labelled file, each with whether it does."""
    complete = (
        all(name in label.aigc for name in AIGC_FIELDS)
        and label.aigc["Label"] in _CERTAINTIES
        and bool(label.aigc["ContentProducer"])
        and bool(label.aigc["ProduceID"])
    )
    made = [
        _check("labelled", label.labelled),
        _check("source_type", label.source_type in _KNOWN),
        _check("aigc", complete),
    ]
    if label.belongs is not None:
        made.append(_check("belongs", label.belongs))
    if label.credentials is not None:
        made.append(_check("credentials", label.credentials.sound, name=label.credentials.signer))
    return made


def source_type_words(label: Label) -> str:
    """The source type in a few words of the user's language."""
    known = _KNOWN.get(label.source_type or "")
    return text(f"verify.{known}") if known else label.source_type or text("verify.nothing")


def _check(what: str, holds: bool, **values: str) -> Check:
    return Check(text(f"verify.{what}.yes" if holds else f"verify.{what}.no", **values), holds)


def _exif_words(claims: Claims, tag: int) -> str | None:
    entry = claims.exif.main.get(tag) if claims.exif else None
    words = entry.data.rstrip(b"\0 ").decode("utf-8", "replace") if entry else ""
    return words or None


def _listed(words: str | None) -> tuple[str, ...]:
    return (words,) if words else ()
