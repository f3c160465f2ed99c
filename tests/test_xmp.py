from __future__ import annotations

import pytest

from looksmith.xmp import DC, Packet

HEAD = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
SIMPLE = HEAD + b' dc:format="image/jpeg"><dc:source>me</dc:source></rdf:Description></rdf:RDF>'


def test_properties_are_read_as_attributes_and_as_elements() -> None:
    packet = Packet(SIMPLE)
    assert packet.get(DC, "format") == "image/jpeg"
    assert packet.get(DC, "source") == "me"
    assert packet.get(DC, "rights") is None


def test_what_is_set_replaces_what_was_there_and_survives_writing() -> None:
    packet = Packet(SIMPLE)
    packet.set("dc", DC, "format", "a\0<b>&")
    packet.set_words("dc", DC, "source", "海")
    again = Packet(packet.to_bytes())
    assert again.get(DC, "format") == "a<b>&"
    assert again.items(DC, "source") == ["海"]
    assert sorted(again.names()) == [(DC, "format"), (DC, "source")]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no xml at all",
        SIMPLE[:-20],
        b"\xff\xfe" + SIMPLE,
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + SIMPLE,
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + SIMPLE.replace(b">me<", b">&a;<"),
        (b'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x>' + SIMPLE).decode().encode("utf-16"),
        HEAD + b">" + b"<dc:source>" * 5000,
    ],
    ids=["nothing", "text", "cut", "bytes", "bomb", "file", "utf-16", "deep"],
)
def test_damaged_and_unsafe_packets_are_taken_for_empty(packet: bytes) -> None:
    assert Packet(packet).names() == []


def test_the_longest_goes_first() -> None:
    packet = Packet(SIMPLE)
    packet.set("x", "urn:x:", "History", "h" * 5000)
    packet.set_words("dc", DC, "rights", "r" * 600)
    fitted = Packet(packet.fitting(1500))
    assert fitted.get(DC, "rights") == "r" * 600
    assert fitted.get("urn:x:", "History") is None
    assert packet.fitting(50) is None
