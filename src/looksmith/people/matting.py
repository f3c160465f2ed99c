"""A person cut out with hair: where the networks are sure, they say so; at edges colours decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from looksmith.people.colours import oklab
from looksmith.people.faces import Face, scaled
from looksmith.people.filters import Floats, blurred, blurred_under, guided, polygons, resized
from looksmith.people.landmarks import OVAL
from looksmith.people.masks import person_mask, salient_mask
from looksmith.photos import crop_resized

_SIDE = 512  # at which edges are found; they then follow the full picture's
_NEARER = 1.4  # how much nearer to this person what belongs to another may lie
_APART = 0.10  # Oklab distance from which colours on both sides of an edge tell them apart


def matte(pixels: NDArray[np.uint8], face: Face, others: Sequence[Face] = ()) -> Floats:
    """``(S, S)`` share of the person, hair included, in a square portrait without the others.

    Two networks agree on it: one knows people (soft, coarse), one what stands out (crisp, but it
    may take a chair along); where they don't, the first counts twice, and what neither is sure of
    falls away. Other people are parted from this one along the strongest edges between their faces
    (watershed by image foresting transform, Falcão, Stolfi and de Alencar Lotufo 2004). Between
    what is surely person and what surely isn't, a pixel's share follows from its colour between
    the colours on both sides; where both sides look the same, as dark hair before a dark wall, the
    edge is where the networks have it, and firm, since a soft one would carry the old background
    along as a shadow.
    """
    side = pixels.shape[0]
    small = min(side, _SIDE)
    picture = crop_resized(pixels, None, (small, small))
    scale = small / side
    nose = tuple(int(np.clip(v * scale, 0, small - 1)) for v in face.landmarks[1, :2])
    person, salient = person_mask(picture), salient_mask(picture)
    agreed = _agree(person, salient, nose)
    likely = 0.5 * (person + salient) if agreed else _joined(person, salient)
    colours = oklab(picture)
    if others:
        near = [scaled(other, scale) for other in others]
        likely = likely * (1 - _theirs(colours[..., 0], scaled(face, scale), near))
    share = _by_colour(colours, _connected(likely, nose))
    if small == side:
        return share
    full = resized(share, (side, side))
    fine = guided(full, oklab(pixels)[..., 0], max(2, side // 200), 1e-4)
    return np.where((full > 0.005) & (full < 0.995), fine, full).astype(np.float32)


def _by_colour(colours: Floats, likely: Floats) -> Floats:
    """``(S, S)`` share of the person from colours ``(S, S, 3)`` and a likely share."""
    side = colours.shape[0]
    firm = _step((likely - 0.5) / 0.3 + 0.5)
    # Unknown is a band along the edge, wide enough for hair, and all that networks doubt.
    reach = side / 80
    person = (blurred(firm, reach) > 0.97) & (likely > 0.9)
    behind = (blurred(firm, reach) < 0.03) & (likely < 0.1)
    near, back = (_nearby(colours, known, reach) for known in (person, behind))
    apart = near - back
    distance = (apart**2).sum(-1)
    share = ((colours - back) * apart).sum(-1) / (distance + 1e-4)
    # A colour that lies off the line between both sides is neither's: it proves nothing.
    off = ((colours - back - share.clip(0, 1)[..., None] * apart) ** 2).sum(-1)
    trust = distance / (distance + _APART**2) * np.exp(-off / (0.5 * distance + 2e-3))
    # Far from the likely edge only the networks count.
    trust = trust * (1 - np.abs(2 * blurred(firm, reach / 2) - 1) ** 4)
    mixed = firm + trust * (share.clip(0, 1) - firm)
    mixed = np.where(person, 1.0, np.where(behind, 0.0, mixed))
    mixed = guided(mixed.astype(np.float32), colours[..., 0], 2, 1e-4)
    return np.asarray(((mixed - 0.05) / 0.9).clip(0, 1), np.float32)


def _nearby(colours: Floats, known: NDArray[np.bool_], reach: float) -> Floats:
    """``(S, S, 3)`` the colour of what is known, as near as there is any."""
    mask = known.astype(np.float32)
    result = blurred_under(colours, mask, 16 * reach)
    for wider in (4, 1.5):
        there = (blurred(mask, wider * reach) / 0.02).clip(0, 1)[..., None]
        result = result + there * (blurred_under(colours, mask, wider * reach) - result)
    return np.asarray(result, np.float32)


def _step(share: Floats) -> Floats:
    share = share.clip(0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _connected(mask: Floats, nose: tuple[int, ...]) -> Floats:
    """The part of a mask that hangs together with the face: other people behind fall away."""
    labels, _ = ndimage.label(mask > 0.4)
    own = labels[nose[1], nose[0]]
    if own == 0:
        return mask
    kept = (labels == own).astype(np.float32)
    return np.asarray(mask * (blurred(kept, mask.shape[0] / 80) * 3).clip(0, 1))


def _joined(person: Floats, salient: Floats) -> Floats:
    """Evidence of both networks added, that of the one that knows people twice."""
    odds = [np.log(m / (1 - m)) for m in (person.clip(0.01, 0.99), salient.clip(0.05, 0.95))]
    return np.asarray(1 / (1 + np.exp(-odds[0] - 0.5 * odds[1])), np.float32)


def _theirs(lightness: Floats, face: Face, others: Sequence[Face]) -> Floats:
    """``(S, S)`` 1 where a pixel belongs to another's face rather than to this one."""
    side = lightness.shape[0]
    markers = np.zeros((side, side), np.int16)
    for label, one in [(2, other) for other in others] + [(1, face)]:
        markers[polygons((side, side), one.outline(OVAL), _torso(one)) > 0.5] = label
    edges = ndimage.gaussian_gradient_magnitude(lightness, 1.0)
    heights = (edges * 2000).clip(0, 255).astype(np.uint8)
    labels = ndimage.watershed_ift(heights, markers)
    # The flood also reaches around this person, through what is behind.
    away = np.min([_away(other, side) for other in others], 0)
    return blurred(((labels == 2) & (away < _NEARER * _away(face, side))).astype(np.float32), 0.7)


def _away(face: Face, side: int) -> Floats:
    """``(S, S)`` distance from a line down from the nose, in widths of the face."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    nose = face.landmarks[1, :2]
    return np.asarray(np.hypot(x - nose[0], np.minimum(y - nose[1], 0)) / max(face.width, 1.0))


def _torso(face: Face) -> Floats:
    """``(4, 2)`` what is surely body: a narrow column from the chin down."""
    chin, down = face.landmarks[152, :2], face.landmarks[152, :2] - face.landmarks[10, :2]
    aside = np.array((face.width / 4, 0))
    return np.stack([chin - aside, chin + aside, chin + aside + down, chin - aside + down])


def _agree(person: Floats, salient: Floats, nose: tuple[int, ...]) -> bool:
    """Whether what stands out is the person: it has the face and is about as large."""
    shared = float(np.minimum(person, salient).sum())
    whole = float(np.maximum(person, salient).sum())
    return bool(salient[nose[1], nose[0]] > 0.5) and shared > 0.75 * whole


def clean_edges(pixels: Floats, alpha: Floats) -> Floats:
    """Colours ``(S, S, 3)`` without the old background in half-covered hair and edges."""
    side = pixels.shape[0]
    sure = (alpha > 0.97).astype(np.float32)
    own = blurred_under(pixels, sure, side / 110)
    near = blurred(sure, side / 110)[..., None]
    doubt = ((1 - alpha) * 1.4).clip(0, 1)[..., None] * (near > 0.02)
    return np.asarray(pixels + doubt * (own - pixels), np.float32)
