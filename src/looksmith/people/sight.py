"""What of a face is seen: cups, cloth and microphones before it take no makeup, nor do hands that
were not found as hands.

On the flat face map every mouth lies at the same place. A small perceptron looks at each place by
itself: at its colour against the face's own skin, against what faces show there, against the other
side and the surroundings, and at its texture. ``scripts/train_sight.py`` makes it, from faces with
things laid over.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from looksmith.people.colours import oklab
from looksmith.people.face_map import SIDE, face_patch, map_places
from looksmith.people.faces import Face
from looksmith.people.filters import Floats, blurred, blurred_under, polygons, resized
from looksmith.people.hands import find_hands, hand_mask
from looksmith.people.landmarks import EYES, LIPS_INNER, LIPS_OUTER
from looksmith.people.makeup_map import bare_map, bare_skin, regions, usable

LOOKED_AT = SIDE // 2
"""Side of the map that is looked at."""
_COVERED, _SHOWN = 0.4, 0.7  # probabilities up to and from which a place counts as such
_LEAST_MOUTH = 0.3  # share of a mouth: where less is seen, none of it is made up or read
# To the surroundings that a place is compared with, in pixels.
_STEPS = ((5, 0), (-5, 0), (0, 5), (0, -5), (12, 0), (-12, 0), (0, 12), (0, -12))
_WIDTH = 240.0  # pixels of a face that is looked at by itself
_SPREAD = (0.2, 0.05, 0.05)  # of Oklab differences to skin


def shown(colours: Floats, skin: Floats, seen: Floats) -> Floats:
    """``(SIDE, SIDE)`` 1 where a face map shows the face, 0 where something lies before it.

    Args:
        colours: ``(SIDE, SIDE, 3)`` Oklab.
        skin: ``(3,)`` the face's bare skin.
        seen: ``(SIDE, SIDE)`` how well each place is seen.
    """
    size = (LOOKED_AT, LOOKED_AT)
    maps = sights(resized(colours, size), skin, resized(seen, size))
    values = maps.reshape(-1, maps.shape[-1])
    weights = _weights()
    values = (values - weights["mean"]) / weights["spread"]
    for layer in range(3):
        values = values @ weights[f"weight{layer}"] + weights[f"bias{layer}"]
        values = np.maximum(values, 0) if layer < 2 else 1 / (1 + np.exp(-values.clip(-30, 30)))
    share = blurred(values.reshape(LOOKED_AT, LOOKED_AT), 1.0)
    share = ((share - _COVERED) / (_SHOWN - _COVERED)).clip(0, 1)
    lips = _places()[..., 0]
    if (share * lips).sum() < _LEAST_MOUTH * lips.sum():
        share = share * (1 - blurred((lips > 0).astype(np.float32), 1.5) * 3).clip(0, 1)
    return resized(share, (SIDE, SIDE))


def readable(pixels: NDArray[np.uint8], face: Face) -> bool:
    """Whether makeup can be read from a face: large and turned to the camera enough, and its mouth
    not covered."""
    return usable(face) and mouth_seen(pixels, face) > _LEAST_MOUTH


def mouth_seen(pixels: NDArray[np.uint8], face: Face) -> float:
    """Share of a mouth's lips that nothing lies before, in a picture ``(H, W, 3)``."""
    patch = face_patch(pixels, face, _WIDTH)
    hands = [patch.places(hand) for hand in find_hands(pixels, face)]
    flat, seen = bare_map(oklab(patch.pixels), 1 - hand_mask(patch.pixels, hands), patch.face)
    lips = regions()["lips"]
    share = shown(flat, bare_skin(flat, seen), seen) * (seen > 0.5)
    return float((share * lips).sum() / lips.sum())


def sights(colours: Floats, skin: Floats, seen: Floats) -> Floats:
    """``(N, N, F)`` what the perceptron knows of each place of a map ``(N, N, 3)`` in Oklab."""
    visible = (seen > 0.1).astype(np.float32)
    raw = ((colours - skin) / _SPREAD).clip(-4, 4) * visible[..., None]
    near, around, wide = (blurred_under(raw, visible, sigma) for sigma in (0.8, 3.0, 8.0))
    soft = blurred_under(raw, visible, 1.5)
    lightness = raw[..., 0]
    rough = [
        np.sqrt((blurred(lightness**2, s) - blurred(lightness, s) ** 2).clip(0)) for s in (1.5, 4.0)
    ]
    hues = np.sqrt((blurred(raw[..., 1:] ** 2, 3.0) - blurred(raw[..., 1:], 3.0) ** 2).clip(0))
    slope = np.asarray(np.gradient(soft, axis=(0, 1)))  # (2, N, N, 3)
    other = (soft - soft[:, ::-1]) * (visible * visible[:, ::-1])[..., None]
    places = _places()
    means = [
        (soft * (w := places[..., k] * visible)[..., None]).sum((0, 1)) / (w.sum() + 1e-3)
        for k in range(4)
    ]
    spread = [(rough[0] * places[..., 0]).sum() / places[..., 0].sum()]
    whole = np.concatenate([*means, means[0] - means[1], spread])
    parts = [near, around, wide, *(r[..., None] for r in rough), hues]
    parts += [np.roll(soft, step, (0, 1)) - soft for step in _STEPS]
    parts += [np.hypot(slope[0], slope[1]), other, np.abs(other), seen[..., None], places]
    parts.append(np.broadcast_to(whole, (*seen.shape, len(whole))))
    return np.concatenate(parts, -1).astype(np.float32)


@cache
def _places() -> Floats:
    """``(N, N, 11)`` where lips, what surrounds them, both cheeks, the inner mouth and the eyes
    are, and the place itself."""
    size, scale = (LOOKED_AT, LOOKED_AT), LOOKED_AT / SIDE
    outer, inner = (polygons(size, map_places(k) * scale) for k in (LIPS_OUTER, LIPS_INNER))
    ring = (blurred(outer, 4.0) * 3).clip(0, 1) * (1 - (blurred(outer, 1.0) * 2).clip(0, 1))
    eyes = blurred(polygons(size, *(map_places(eye) * scale for eye in EYES)), 2.0)
    y, x = np.mgrid[:LOOKED_AT, :LOOKED_AT].astype(np.float32) / LOOKED_AT
    cheeks = [np.exp(-(((x - c) ** 2 + (y - 0.56) ** 2) / 0.008)) for c in (0.28, 0.72)]
    across = np.abs(x - 0.5)
    lips = (outer - inner).clip(0, 1)
    waves = [np.cos(2 * np.pi * y), np.sin(2 * np.pi * y)]
    return np.stack([lips, ring, *cheeks, inner, eyes, x, across, y, *waves], -1)


@cache
def _weights() -> dict[str, Floats]:
    path = resources.files("looksmith.people") / "models" / "sight.safetensors"
    return {name: v.astype(np.float32) for name, v in load(path.read_bytes()).items()}
