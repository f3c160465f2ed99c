"""Where makeup goes on the canonical face map, and the layer that a face, or a feed, wears.

A layer is a smooth map of Oklab differences to the face's own bare skin, so that it says what the
makeup adds and not how light the skin is that wears it. Both halves of the face are averaged: light
from one side is no makeup.
"""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from looksmith.color import oklab_to_srgb
from looksmith.errors import LooksmithError
from looksmith.people.colours import oklab
from looksmith.people.face_map import SIDE, face_patch, map_places, unwrapped
from looksmith.people.faces import Face
from looksmith.people.filters import Floats, blurred, blurred_under, polygons, resized
from looksmith.people.hands import find_hands, hand_mask
from looksmith.people.landmarks import BROWS, EYES, LIPS_INNER, LIPS_OUTER
from looksmith.people.masks import grown
from looksmith.texts import text

PARTS = ("lips", "cheeks", "eyes", "liner", "brows")
"""``eyes`` is eye shadow."""
LEAST_FACE = 64.0
MOST_YAW = 50.0
_READ_WIDTH = 240.0
_STORED_SIDE = 48
_STORED_RANGE = 0.5  # of Oklab differences, either way
# How far a part's colours are smoothed on the map, in its pixels.
_SMOOTHING = {"lips": 3.0, "cheeks": 9.0, "eyes": 2.5, "liner": 2.0}
_SHADOW = (
    ((124, 46, 53, 52, 65, 55, 193), (244, 233, 232, 231, 230, 229, 228, 31, 226)),
    ((353, 276, 283, 282, 295, 285, 417), (464, 453, 452, 451, 450, 449, 448, 261, 446)),
)
_CHEEKS = (
    (116, 117, 118, 119, 100, 142, 203, 206, 216, 192, 147, 123),
    (345, 346, 347, 348, 329, 371, 423, 426, 436, 416, 376, 352),
)
_BARE = (
    *(9, 107, 336, 69, 299, 108, 337, 151, 104, 333),  # forehead
    *(199, 175, 200, 208, 428, 171, 396, 32, 262),  # chin
    *(195, 5, 197, 6),  # bridge of the nose
)


@cache
def regions() -> Mapping[str, Floats]:
    """A soft mask ``(SIDE, SIDE)`` for each part."""
    size = (SIDE, SIDE)
    eyes = polygons(size, *(map_places(eye) for eye in EYES))
    brows = polygons(size, *(grown(map_places(brow), 1.02, 1.25) for brow in BROWS))
    shadow = polygons(size, *(map_places(upper + lower) for upper, lower in _SHADOW))
    lining = polygons(size, *(grown(map_places(eye), 1.1, 1.35) for eye in EYES))
    lips = polygons(size, map_places(LIPS_OUTER)) - polygons(size, map_places(LIPS_INNER))
    cheeks = polygons(size, *(map_places(cheek) for cheek in _CHEEKS))
    lined = blurred(lining, 0.8) * (1 - eyes)
    return {
        "lips": blurred(lips.clip(0, 1), 0.8),
        "cheeks": blurred(cheeks, 8.0),
        "eyes": blurred(shadow, 3.0) * (1 - eyes) * (1 - blurred(brows, 1.5)) * (1 - lined),
        "liner": lined,
        "brows": blurred(brows, 1.5),
    }


@dataclass(frozen=True)
class Layer:
    """Makeup: what it adds to bare skin on the face map, for each part."""

    difference: Floats
    """``(P, SIDE, SIDE, 3)`` Oklab, one map for each of ``PARTS``, smooth beyond its region."""
    skin: Floats
    """``(3,)`` Oklab of the skin it was seen on."""
    finish: float
    """Contrast of the lips' highlights: matte is about 0.05, gloss 0.2."""
    faces: int = 1
    """On how many faces it was seen."""
    colours: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    """Each part's mean difference."""

    def to_numbers(self) -> dict[str, Any]:
        """What a look's header holds: plain numbers and one compressed map."""
        small = np.stack([resized(part, (_STORED_SIDE, _STORED_SIDE)) for part in self.difference])
        bytes_ = (small / (2 * _STORED_RANGE) * 255 + 127.5).round().clip(0, 255).astype(np.uint8)
        return {
            "map": base64.b85encode(zlib.compress(bytes_.tobytes(), 9)).decode(),
            "skin": [round(float(v), 4) for v in self.skin],
            "finish": round(self.finish, 4),
            "faces": self.faces,
            "colours": {k: [round(float(v), 4) for v in c] for k, c in self.colours.items()},
        }

    def swatches(self) -> dict[str, tuple[int, int, int]]:
        """Each part's mean colour on the skin it was seen on, sRGB of 8 bits."""
        parts = torch.tensor(list(self.colours.values())) + torch.tensor(self.skin)
        srgb = oklab_to_srgb(parts.T[:, :, None]).clamp(0, 1)[..., 0].T
        values = (srgb * 255).round().int().tolist()
        return {p: (r, g, b) for p, (r, g, b) in zip(self.colours, values, strict=True)}

    @classmethod
    def from_numbers(cls, numbers: Mapping[str, Any]) -> Layer:
        """
        Raises:
            LooksmithError: the numbers don't describe a layer.
        """
        shape = len(PARTS), _STORED_SIDE, _STORED_SIDE, 3
        try:
            unpacker = zlib.decompressobj()
            content = unpacker.decompress(base64.b85decode(numbers["map"]), 2 * math.prod(shape))
            small = np.frombuffer(content, np.uint8).reshape(shape)
            skin = np.array(numbers["skin"], np.float32).reshape(3)
            finish, faces = float(numbers["finish"]), int(numbers["faces"])
        except (KeyError, TypeError, ValueError, zlib.error, binascii.Error) as error:
            raise LooksmithError(text("makeup.damaged")) from error
        if not np.isfinite([*skin, finish]).all():
            raise LooksmithError(text("makeup.damaged"))
        floats = (small.astype(np.float32) - 127.5) / 255 * 2 * _STORED_RANGE
        difference = np.stack([resized(part, (SIDE, SIDE)) for part in floats])
        return cls(difference, skin, finish, faces, mean_colours(difference))


def worn(pixels: NDArray[np.uint8], face: Face) -> Layer:
    """The makeup that a face wears, or its bare colours where it wears none."""
    patch = face_patch(pixels, face, _READ_WIDTH)
    hands = [patch.places(hand) for hand in find_hands(pixels, face)]
    colours, seen = bare_map(oklab(patch.pixels), 1 - hand_mask(patch.pixels, hands), patch.face)
    skin = bare_skin(colours, seen)
    difference = smoothed(colours - skin, seen)
    return Layer(difference, skin, finish_of(colours, seen), 1, mean_colours(difference))


def bare_map(colours: Floats, free: Floats, face: Face) -> tuple[Floats, Floats]:
    """A face's colours ``(h, w, 3)`` as a map ``(SIDE, SIDE, 3)``, and how well each place is seen:
    not at all where ``free`` ``(h, w)`` is 0."""
    flat, seen = unwrapped(np.dstack([colours, free]), face)
    return flat[..., :3], seen * flat[..., 3]


def median_layer(layers: Sequence[Layer]) -> Layer:
    """What most of a feed's faces wear; faces far from the others are left out."""
    stack = np.stack([layer.difference for layer in layers])
    middle = np.median(stack, 0)
    masks = np.stack([regions()[part] for part in PARTS])
    far = (np.abs(stack - middle).mean(-1) * masks).sum((1, 2, 3)) / masks.sum()
    kept = far <= 2.5 * np.median(far) + 1e-6
    difference = np.median(stack[kept], 0).astype(np.float32)
    chosen = [layer for layer, keep in zip(layers, kept, strict=True) if keep]
    skin = np.median([layer.skin for layer in chosen], 0)
    finish = float(np.median([layer.finish for layer in chosen]))
    return Layer(difference, skin, finish, len(chosen), mean_colours(difference))


def usable(face: Face) -> bool:
    """Whether makeup can be read from a face: large enough and turned to the camera enough."""
    return face.width >= LEAST_FACE and abs(face.pose.yaw) <= MOST_YAW


def mean_colours(difference: Floats) -> dict[str, tuple[float, float, float]]:
    """Each part's mean Oklab difference to skin."""
    found = {}
    for part, values in zip(PARTS, difference, strict=True):
        mask = regions()[part]
        mean = (values * mask[..., None]).sum((0, 1)) / mask.sum()
        found[part] = (float(mean[0]), float(mean[1]), float(mean[2]))
    return found


def bare_skin(colours: Floats, seen: Floats) -> Floats:
    """``(3,)`` median Oklab of forehead, chin and nose, as far as they are seen."""
    places = map_places(_BARE).round().astype(int).clip(1, SIDE - 2)
    values, weights = [], []
    for x, y in places:
        values.append(colours[y - 1 : y + 2, x - 1 : x + 2].mean((0, 1)))
        weights.append(seen[y, x])
    chosen = np.array(values)[np.array(weights) > 0.5]
    chosen = chosen if len(chosen) else np.array(values)
    # A fringe is darker than skin: of the places, the lighter half and a bit.
    order = np.argsort(chosen[:, 0])[len(chosen) // 4 :]
    return np.asarray(np.median(chosen[order], 0), np.float32)


def smoothed(difference: Floats, seen: Floats) -> Floats:
    """Differences ``(SIDE, SIDE, 3)`` without texture or sides: each part by itself, both halves
    of the face averaged; ``(P, SIDE, SIDE, 3)``."""
    both = seen + 1e-3
    mirrored = both[:, ::-1]
    even = (difference * both[..., None] + difference[:, ::-1] * mirrored[..., None]) / (
        both + mirrored
    )[..., None]
    visible = np.maximum(both, mirrored)
    return np.stack([_smooth_part(part, even, visible) for part in PARTS]).astype(np.float32)


def _smooth_part(part: str, even: Floats, visible: Floats) -> Floats:
    mask = regions()[part]
    weight = mask * mask * visible
    mean = (even * weight[..., None]).sum((0, 1)) / weight.sum()
    if part == "brows":  # hairs have no place that another face shares
        return np.broadcast_to(mean, even.shape)
    smooth = blurred_under(even, weight, _SMOOTHING[part])
    # Beyond the region its mean goes on, so that thin parts don't fade when the map is stored.
    known = blurred(weight, _SMOOTHING[part])[..., None]
    known = known / (known + 0.02)
    return np.asarray(smooth * known + mean * (1 - known))


def finish_of(colours: Floats, seen: Floats) -> float:
    """How far the lips' brightest twentieth stands above their median lightness."""
    inside = colours[..., 0][(regions()["lips"] > 0.8) & (seen > 0.5)]
    if inside.size < 20:
        return 0.1
    median, high = np.percentile(inside, (50, 95))
    return float((high - median) / max(median, 0.05))
