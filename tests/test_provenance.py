from __future__ import annotations

import json

import numpy as np
import pytest

from looksmith.provenance import (
    AIGC_FIELDS,
    COMPOSITE,
    ENHANCED,
    GENERATED,
    IPTC_EXT,
    LOOKSMITH,
    TC260,
    aigc_of,
    content_id,
    merged_label,
    source_type_of,
    xmp_label,
)
from looksmith.xmp import DC, Packet


def test_a_label_says_what_was_done_by_whom_and_with_which_look() -> None:
    packet = Packet(xmp_label("海 & <film>", COMPOSITE, "0a1b"))
    assert source_type_of(packet) == COMPOSITE
    assert packet.get(LOOKSMITH, "Look") == "海 & <film>"
    fields = aigc_of(packet)
    assert tuple(fields) == AIGC_FIELDS
    assert (fields["Label"], fields["ProduceID"]) == ("1", "0a1b")
    assert "海" in (packet.get(DC, "description") or "")


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        (None, ENHANCED, ENHANCED),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", ENHANCED, ENHANCED),
        (GENERATED, ENHANCED, GENERATED),
        (ENHANCED, COMPOSITE, COMPOSITE),
    ],
)
def test_the_source_type_that_says_more_stays(before: str | None, now: str, kept: str) -> None:
    source = Packet()
    if before:
        source.set("Iptc4xmpExt", IPTC_EXT, "DigitalSourceType", before)
    merged = merged_label(source.to_bytes(), xmp_label("film", now))
    assert source_type_of(Packet(merged)) == kept


def test_another_producers_label_and_the_caption_stay() -> None:
    source = Packet()
    source.set("TC260", TC260, "AIGC", json.dumps({"Label": "1", "ContentProducer": "Other"}))
    source.set_words("dc", DC, "description", "The sea")
    packet = Packet(merged_label(source.to_bytes(), xmp_label("film")))
    assert aigc_of(packet)["ContentProducer"] == "Other"
    assert packet.get(DC, "description") == "The sea"
    assert packet.get(LOOKSMITH, "Look") == "film"


def test_a_second_look_replaces_the_first_ones_name() -> None:
    once = merged_label(None, xmp_label("one", produce_id="1", settings={"warmth": 0.2}))
    packet = Packet(merged_label(once, xmp_label("two", produce_id="2")))
    assert packet.get(LOOKSMITH, "Look") == "two"
    assert packet.get(LOOKSMITH, "Settings") is None
    assert aigc_of(packet)["ProduceID"] == "2"


def test_content_ids_tell_pictures_apart() -> None:
    one, other = np.zeros((40, 20, 3), np.uint8), np.zeros((20, 40, 3), np.uint8)
    assert len(content_id(one)) == 32
    assert content_id(one) == content_id(one.copy())
    assert len({content_id(one), content_id(other), content_id(one + 1)}) == 3
