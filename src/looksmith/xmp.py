"""XMP packets (ISO 16684-1): read safely, changed property by property, written again.

Packets come from strangers' files: no document type, no entities, no network, a bound on size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lxml import etree

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
XMP = "http://ns.adobe.com/xap/1.0/"
TIFF = "http://ns.adobe.com/tiff/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"
_META = "adobe:ns:meta/"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LARGEST = 4 << 20
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What describes data that is not copied with the photo: gain maps, motion and depth parts.
_PARTS = (
    "http://ns.google.com/photos/1.0/",
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://ns.apple.com/HDRGainMap/1.0/",
)
_TURNED = ("Orientation", "ImageWidth", "ImageLength")


class Packet:
    """The properties of one photo; several ``rdf:Description`` elements count as one."""

    def __init__(self, data: bytes | None = None) -> None:
        """Parse a packet; what is missing, damaged or unsafe becomes an empty one."""
        parsed = _parse(data) if data else None
        self._rdf: Any = parsed
        if parsed is None:
            self._rdf = etree.Element(_name(RDF, "RDF"), nsmap={"rdf": RDF})
        if not self._descriptions():
            etree.SubElement(self._rdf, _name(RDF, "Description")).set(_name(RDF, "about"), "")

    def get(self, namespace: str, name: str) -> str | None:
        """A simple property, or the first item of a list; None where there is none."""
        items = self.items(namespace, name)
        return items[0] if items else None

    def items(self, namespace: str, name: str) -> list[str]:
        """All items of a list; a simple property is a list of one."""
        full = _name(namespace, name)
        for description in self._descriptions():
            if full in description.attrib:
                return [str(description.attrib[full])]
            for element in description.findall(full):
                listed = element.findall(f".//{_name(RDF, 'li')}")
                resource = element.get(_name(RDF, "resource"))
                texts = [resource] if resource else [e.text or "" for e in (listed or [element])]
                return [t.strip() for t in texts]
        return []

    def names(self) -> list[tuple[str, str]]:
        """Namespace and name of every property."""
        found = []
        for description in self._descriptions():
            for full in (*description.attrib, *(child.tag for child in description)):
                name = etree.QName(full)
                if name.namespace not in (None, RDF, "http://www.w3.org/XML/1998/namespace"):
                    found.append((str(name.namespace), name.localname))
        return found

    def set(self, prefix: str, namespace: str, name: str, value: str) -> None:
        """Replace a property by a simple one."""
        self.remove(namespace, name)
        element = etree.SubElement(
            self._descriptions()[0], _name(namespace, name), nsmap={prefix: namespace}
        )
        element.text = _printable(value)

    def set_words(self, prefix: str, namespace: str, name: str, value: str) -> None:
        """Replace a property by a text in the default language."""
        self.set_list(prefix, namespace, name, "Alt", [value])

    def set_list(
        self, prefix: str, namespace: str, name: str, kind: str, values: Sequence[str]
    ) -> None:
        """Replace a property by a list: ``Bag``, ``Seq``, or ``Alt`` in the default language."""
        self.set(prefix, namespace, name, "")
        element = self._descriptions()[0].find(_name(namespace, name))
        element.text = None
        listed = etree.SubElement(element, _name(RDF, kind))
        for value in values:
            item = etree.SubElement(listed, _name(RDF, "li"))
            item.text = _printable(value)
            if kind == "Alt":
                item.set(_XML_LANG, "x-default")

    def remove(self, namespace: str, name: str) -> None:
        full = _name(namespace, name)
        for description in self._descriptions():
            description.attrib.pop(full, None)
            for element in description.findall(full):
                description.remove(element)

    def clean(self, keep_location: bool) -> None:
        """Take out what is no longer true of an upright copy, and the place unless it is kept."""
        for namespace, name in self.names():
            stale = (
                (namespace == TIFF and name in _TURNED)
                or (namespace == EXIF and name in ("PixelXDimension", "PixelYDimension"))
                or (namespace == XMP and name in ("Thumbnails", "ThumbnailsFormat"))
                or namespace.startswith(_PARTS)
            )
            if stale:
                self.remove(namespace, name)
        if not keep_location:
            self._remove_location()

    def _remove_location(self) -> None:
        for element in list(self._rdf.iter(etree.Element)):
            for full in list(element.attrib):
                if _is_location(full):
                    del element.attrib[full]
            if _is_location(element.tag) and (parent := element.getparent()) is not None:
                parent.remove(element)

    def fitting(self, limit: int) -> bytes | None:
        """The packet in at most ``limit`` bytes: what is longest goes first."""
        while len(data := self.to_bytes()) > limit:
            ranked = [(self._length(n, name), n, name) for n, name in self.names()]
            if not ranked:
                return None
            self.remove(*max(ranked)[1:])
        return data

    def _length(self, namespace: str, name: str) -> int:
        full, length = _name(namespace, name), 0
        for description in self._descriptions():
            length += len(description.attrib.get(full, ""))
            length += sum(len(etree.tostring(e)) for e in description.findall(full))
        return length

    def to_bytes(self) -> bytes:
        """The packet in its wrapper, UTF-8."""
        meta = etree.Element(_name(_META, "xmpmeta"), nsmap={"x": _META})
        parent = self._rdf.getparent()
        meta.append(self._rdf)  # which takes it out of where it was
        etree.cleanup_namespaces(meta)
        body: bytes = etree.tostring(meta, encoding="utf-8", xml_declaration=False)
        if parent is not None:
            parent.append(self._rdf)
        start = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
        return start + body + b'\n<?xpacket end="w"?>'

    def _descriptions(self) -> list[Any]:
        return self._rdf.findall(_name(RDF, "Description"))


def _parse(data: bytes) -> Any | None:
    """The ``rdf:RDF`` element, or None."""
    data = data.strip(b"\0 \r\n\t")
    if len(data) > _LARGEST or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.doctype:
        return None
    return root if root.tag == _name(RDF, "RDF") else root.find(f".//{_name(RDF, 'RDF')}")


def _name(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _is_location(full: object) -> bool:
    return isinstance(full, str) and full.startswith(f"{{{EXIF}}}GPS")


def _printable(value: str) -> str:
    """Without the characters that XML forbids."""
    return _FORBIDDEN.sub("", value)
