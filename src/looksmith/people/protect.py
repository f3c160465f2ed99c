"""Regions that keep their true colours while the rest takes a look, or that alone take it.

mask = protect_mask(pixels, "clothes")
pixels = kept(original, rendered, mask)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from looksmith.errors import LooksmithError
from looksmith.people.filters import Floats, resized
from looksmith.people.find import People, find_people
from looksmith.people.masks import face_oval, salient_mask
from looksmith.pixels import Array
from looksmith.texts import text

REGIONS = ("person", "face", "product", "clothes")
_NOTHING, _SURE = 0.1, 0.5  # a product begins at the one and is whole after the other
_ROWS = 512  # photos are mixed in bands of so many rows


def check_regions(what: Sequence[str]) -> None:
    """
    Raises:
        LooksmithError: one of the names is no region.
    """
    for one in what:
        if one not in REGIONS:
            raise LooksmithError(text("protect.unknown", what=one, regions=", ".join(REGIONS)))


def protect_mask(pixels: Array, what: str, people: People | None = None) -> Floats:
    """``(h, w)`` share of a region, at working size.

    Args:
        pixels: ``(H, W, 3)`` sRGB.
        what: ``person`` (hair and clothes too), ``face``, ``product`` (what the photo shows, less
            the people in it) or ``clothes``.
        people: the people in the photo, if they are found already.

    Raises:
        LooksmithError: there is no such region.
    """
    check_regions([what])
    people = people or find_people(pixels)
    if what == "person":
        return people.person
    if what == "product":
        return _product(people)
    heads = [face_oval(face, people.person.shape[::-1]) for face in people.working_faces]
    nothing = np.zeros_like(people.person)
    if what == "face":
        return np.maximum.reduce([nothing, *heads])
    return _clothes(people) if people.faces else people.person


def protect_masks(pixels: Array, what: Sequence[str]) -> Floats:
    """The union of several regions."""
    people = find_people(pixels)
    return np.maximum.reduce([protect_mask(pixels, one, people) for one in what])


def kept(original: Array, rendered: Array, mask: Floats) -> Array:
    """The rendering with the original where the mask is 1; same shape and type."""
    result = rendered.copy()
    height, width = original.shape[:2]
    full = resized(mask, (width, height))
    integer = rendered.dtype.kind == "u"
    for top in range(0, height, _ROWS):
        rows = slice(top, top + _ROWS)
        share = full[rows, :, None]
        mixed = rendered[rows] * (1 - share) + original[rows] * share
        result[rows] = mixed + 0.5 if integer else mixed
    return result


def _product(people: People) -> Floats:
    """Seen from both sides, since the network is less sure of some things the one way round; and
    firm: a share of a half inside a thin product would change its colours by half the look."""
    mirrored = np.ascontiguousarray(people.working[:, ::-1])
    salient = (salient_mask(people.working) + salient_mask(mirrored)[:, ::-1]) / 2
    salient = ((salient - _NOTHING) / _SURE).clip(0, 1)
    if not people.faces:
        return np.asarray(salient, np.float32)
    return np.asarray(salient * (1 - people.person), np.float32)


def _clothes(people: People) -> Floats:
    """Person, less skin and less heads: what lies above the chin within a head's width."""
    size = people.person.shape[::-1]
    cloth = people.person * (1 - people.skin)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    for face in people.working_faces:
        left, top, right, _ = face.box
        chin, middle, width = float(face.landmarks[152, 1]), (left + right) / 2, face.width
        across = np.abs(x - middle) / width
        above = ((chin - y) / (0.15 * width)).clip(0, 1)
        near = ((1.4 - across) / 0.2).clip(0, 1) * ((y - top + 1.2 * width) / width > 0)
        cloth = cloth * (1 - above * near)
    return np.asarray(cloth, np.float32)
