"""Skin as a feed has it: even or textured, matte or glowing; eyes, brows, lips, hair stay sharp.

Luma under the skin mask is split into bands whose widths are shares of the face's width, so that
a pore is a pore at every resolution:

    texture    finer than 1/150       pores, down, grain
    marks      1/150 to 1/45          blemishes, fine lines
    blotches   1/45 to 1/14           uneven tone, bags
    form       coarser                the face's shape in its light

Each band's contrast (standard deviation over local luma) is read from the feed's own skin. A band
that is stronger in the photo than in the feed is turned down to it; none is turned up but the
highlights of the form, which is what glow is. The mean of the skin is kept as it was: it keeps its
tone, unless lighter skin is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from looksmith.color import LUMA_WEIGHTS
from looksmith.errors import LooksmithError
from looksmith.people.faces import moved, scaled
from looksmith.people.filters import Floats, add, blurred_under, guided, resized
from looksmith.people.find import People
from looksmith.people.masks import face_oval
from looksmith.photos import crop_resized
from looksmith.pixels import to_8_bit
from looksmith.texts import text

LEAST_FACE = 48.0
"""Width in pixels of the smallest face whose skin says or needs anything."""
_FACE = 360.0  # width at which bands are worked on; finer ones stay as they are
_SIGMAS = (1 / 150, 1 / 45, 1 / 14)
# What is left of a band that is turned down as far as it goes.
_LEAST_GAINS = {"texture": 0.5, "marks": 0.25, "blotches": 0.65, "redness": 0.35}
_LEAST_SHINE, _MOST_GLOW = 0.75, 1.3
_EDGE = 0.08  # contrast from which a mark is a feature of the face and stays
_LIGHTER = 0.05  # luma added at full strength where lighter skin is asked for


@dataclass(frozen=True)
class SkinAmounts:
    """Contrasts of a skin's bands; the defaults are those of retouched studio portraits."""

    texture: float = 0.006
    marks: float = 0.006
    blotches: float = 0.022
    redness: float = 0.014
    """Standard deviation of the red share within marks and blotches."""
    highlights: float = 0.11
    """How far the brightest twentieth of the skin stands above its median, over the median."""

    @classmethod
    def from_numbers(cls, numbers: Mapping[str, Any] | None) -> SkinAmounts:
        """From what ``median_skin`` gave; what it lacks keeps its default.

        Raises:
            LooksmithError: an amount is no number from 0 on.
        """
        known = {f.name for f in fields(cls)}
        given = {k: v for k, v in (numbers or {}).items() if k in known}
        if not all(isinstance(v, (int, float)) and 0 <= v < math.inf for v in given.values()):
            raise LooksmithError(text("skin.damaged"))
        return cls(**given)


@dataclass(frozen=True)
class _Patch:
    """The skin that belongs to one face, at a size at which the face is ``_FACE`` pixels wide."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom in the photo's pixels."""
    mask: Floats
    """``(h, w)`` share of skin."""
    luma: Floats
    shares: Floats
    """``(h, w, 3)`` colour over luma."""
    levels: tuple[Floats, Floats, Floats]
    """Luma blurred under the mask, ever more: without texture, marks, blotches."""
    face: Floats
    """``(h, w)`` the face proper, where contrasts are measured."""
    width: float
    """Of the face, in pixels of this patch."""
    finest: float
    """Width of a photo's pixel as a share of the face's."""


def median_skin(photos: Iterable[People]) -> dict[str, float]:
    """What a feed's skin is like: medians over its faces, as plain numbers.

    Returns:
        ``faces`` (how many could be read) and, where there are any, the fields of
        ``SkinAmounts``; bands too fine for the photos are left out.
    """
    read = [_contrasts(patch) for people in photos for patch in _patches(people.pixels, people)]
    numbers: dict[str, float] = {"faces": float(len(read))}
    for field in fields(SkinAmounts):
        values = [r[field.name] for r in read if field.name in r]
        if values:
            numbers[field.name] = round(float(np.median(values)), 5)
    return numbers


def smooth_skin(
    pixels: NDArray[Any],
    people: People,
    amounts: SkinAmounts | None = None,
    strength: float = 1.0,
    lighten: float = 0.0,
) -> NDArray[Any]:
    """The photo with its skin as the amounts say.

    Args:
        pixels: ``(H, W, 3)`` uint8 or uint16, the photo (or a rendering of it, same size).
        people: the people found in it.
        amounts: what the skin should be like; None: as in retouched portraits.
        strength: 0 leaves the photo as it is, bit for bit; 1 is all.
        lighten: 0 keeps the skin's tone; 1 makes it lighter, evenly.

    Returns:
        Pixels of the same shape and type; outside the skin mask they are the same bit for bit.
    """
    if strength <= 0 and lighten <= 0:
        return pixels
    wanted = amounts or SkinAmounts()
    result = pixels.copy()
    for patch in _patches(pixels, people):
        change = _change(patch, wanted, strength)
        mean = float(change.mean(-1).sum() / max(patch.mask.sum(), 1e-6))
        change = change + (lighten * _LIGHTER - mean) * patch.mask[..., None]
        left, top, right, bottom = patch.box
        full = resized(change.astype(np.float32), (right - left, bottom - top))
        add(result[top:bottom, left:right], full)
    return result


def _patches(pixels: NDArray[Any], people: People) -> Iterator[_Patch]:
    """One patch a face that is large enough; every skin pixel belongs to the face next to it."""
    faces = people.working_faces
    if not faces:
        return
    height, width = people.skin.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    distances = []
    for face in faces:
        left, top, right, bottom = face.box
        across, down = x - (left + right) / 2, y - (top + bottom) / 2
        distances.append(np.hypot(across, down) / max(face.width, 1.0))
    nearest = np.argmin(distances, 0)
    for i, face in enumerate(people.faces):
        mask = people.skin * (nearest == i)
        if face.width >= LEAST_FACE and mask.max() > 0.5:
            yield _patch(pixels, people, i, mask)


def _patch(pixels: NDArray[Any], people: People, index: int, mask: Floats) -> _Patch:
    face, scale = people.faces[index], people.scale
    rows, columns = np.nonzero(mask.max(1) > 0.02)[0], np.nonzero(mask.max(0) > 0.02)[0]
    ends = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    margin = face.width * scale * _SIGMAS[1]
    low = np.maximum(np.floor((ends[:2] - margin) / scale), 0).astype(int)
    high = np.minimum(np.ceil((ends[2:] + margin) / scale), people.size).astype(int)
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    zoom = min(1.0, _FACE / face.width)
    size = max(1, round((box[2] - box[0]) * zoom)), max(1, round((box[3] - box[1]) * zoom))
    part = crop_resized(to_8_bit(pixels[box[1] : box[3], box[0] : box[2]]), None, size)
    colours = part.astype(np.float32) / 255
    luma = colours @ np.array(LUMA_WEIGHTS, np.float32)
    placed = _cut(mask, box, scale, size)
    width = face.width * zoom
    if scale < zoom:  # the mask is coarser than the patch: move its edges to the photo's
        placed = placed * guided(placed, luma, max(2, round(width / 40)), 2e-4)
    levels = [blurred_under(luma, placed, sigma * width) for sigma in _SIGMAS]
    local = scaled(moved(face, box[:2]), zoom)
    return _Patch(
        box,
        placed,
        luma,
        colours / np.maximum(luma, 1 / 255)[..., None],
        (levels[0], levels[1], levels[2]),
        face_oval(local, size) * placed,
        width,
        1 / face.width,
    )


def _cut(
    mask: Floats, box: tuple[int, int, int, int], scale: float, size: tuple[int, int]
) -> Floats:
    """The part of a mask of working size that a box of the photo covers, at ``size``."""
    image = Image.fromarray(mask.astype(np.float32))
    right, bottom = min(box[2] * scale, image.width), min(box[3] * scale, image.height)
    edges = (box[0] * scale, box[1] * scale, right, bottom)
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR, box=edges))


def _contrasts(patch: _Patch) -> dict[str, float]:
    """The numbers of ``SkinAmounts`` for one face; a band finer than two pixels has none."""
    fine, middle, coarse = patch.levels
    local = np.maximum(coarse, 0.02)
    found = {}
    if patch.finest < _SIGMAS[0]:
        found["texture"] = _spread((patch.luma - fine) / local, patch.face)
    if patch.finest < _SIGMAS[1] / 2:
        found["marks"] = _spread((fine - middle) / local, patch.face)
    found["blotches"] = _spread((middle - coarse) / local, patch.face)
    red = patch.shares[..., 0]
    even = blurred_under(red, patch.mask, _SIGMAS[2] * patch.width)
    found["redness"] = _spread(red - even, patch.face)
    inside = middle[patch.face > 0.5]
    if inside.size:
        median, high = np.percentile(inside, (50, 95))
        found["highlights"] = float((high - median) / max(median, 0.02))
    return found


def _spread(band: Floats, mask: Floats) -> float:
    """Robust standard deviation under a mask: what a feature of the face adds counts little."""
    inside = np.abs(band[mask > 0.5])
    return float(1.4826 * np.median(inside)) if inside.size else 0.0


def _change(patch: _Patch, wanted: SkinAmounts, strength: float) -> Floats:
    """``(h, w, 3)`` what is to be added to the pixels, in [−1, 1]."""
    own = _contrasts(patch)
    down = {
        name: strength * (1 - min(1.0, max(least, getattr(wanted, name) / own[name])))
        for name, least in _LEAST_GAINS.items()
        if own.get(name, 0.0) > 0
    }
    fine, middle, coarse = patch.levels
    local = np.maximum(coarse, 0.02)
    bands = {"texture": patch.luma - fine, "marks": fine - middle, "blotches": middle - coarse}
    luma = patch.luma + strength * _highlight_change(patch, own, wanted)
    for name, band in bands.items():
        edge = 2 * _EDGE if name == "blotches" else _EDGE
        luma = luma - down.get(name, 0.0) * band * np.exp(-((band / local / edge) ** 4))
    even = blurred_under(patch.shares, patch.mask, _SIGMAS[2] * patch.width)
    shares = patch.shares + down.get("redness", 0.0) * (even - patch.shares)
    change = luma[..., None] * shares - patch.luma[..., None] * patch.shares
    return change * patch.mask[..., None]


def _highlight_change(patch: _Patch, own: Mapping[str, float], wanted: SkinAmounts) -> Floats:
    """Luma that tames shine (where the feed is more matte) or adds glow."""
    ratio = wanted.highlights / max(own.get("highlights", 0.0), 1e-3)
    ratio = min(_MOST_GLOW, max(_LEAST_SHINE, ratio))
    middle = patch.levels[1]
    inside = middle[patch.mask > 0.5]
    start = float(np.percentile(inside, 60)) if inside.size else 1.0
    above = np.maximum(middle - start, 0)
    soft = above * above / (above + 0.04)
    if ratio > 1:
        soft = blurred_under(soft, patch.mask, _SIGMAS[2] * patch.width)
    return (ratio - 1) * soft
