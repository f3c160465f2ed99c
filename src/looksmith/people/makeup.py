"""Makeup: read from one face, a feed or a look; put on another face with its own light.

layer = read_makeup([Path("mia.jpg")])
pixels = make_up(pixels, find_people(pixels), layer, {"lips": 1.0, "cheeks": 0.7})

On the face map the layer's difference to its skin takes the place of the target's difference to
its own: a smooth change, so that texture, teeth and the light of the target stay. Lipstick covers,
so lips go to the colour itself; blush and shadow are thin, so cheeks and lids change as much as
the reference's skin was changed, whatever the tone of the target's skin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from looksmith.errors import LooksmithError
from looksmith.people.colours import oklab, to_srgb
from looksmith.people.face_map import SIDE, Patch, face_patch, turned, wrapped
from looksmith.people.faces import Face
from looksmith.people.filters import Floats, add, blurred, resized
from looksmith.people.find import People, find_people
from looksmith.people.hands import find_hands, hand_mask
from looksmith.people.makeup_map import (
    LEAST_FACE,
    PARTS,
    Layer,
    bare_map,
    bare_skin,
    finish_of,
    median_layer,
    regions,
    smoothed,
    worn,
)
from looksmith.people.sight import readable, shown
from looksmith.photos import read_rgb
from looksmith.texts import text

USUAL = {"lips": 1.0, "cheeks": 1.0, "eyes": 1.0, "liner": 1.0, "brows": 0.4}
"""Strength of each part where nothing is said."""
_WIDTH = 512.0  # of the largest face that is worked on; changes are smooth and grow well
_TRACE = 1e-4  # of a change in Oklab, far below a step of 8 bits
_BEFORE_FACE = np.array((0.18, 0.05, 0.05), np.float32)  # Oklab
# Share of the colour itself, at most; the rest is relative to skin. Blush is sheer and has none.
_COVERING = {
    "lips": np.array((0.5, 0.9, 0.9), np.float32),
    "eyes": np.array((0.15, 0.4, 0.4), np.float32),
    "liner": np.array((0.2, 0.3, 0.3), np.float32),
}
_STRONG = 0.08, 0.25  # difference to skin, in chroma and in lightness, of makeup that covers
_FULL_BLUSH = 0.6  # cosine of a cheek's turn from which blush is full
# How much darker and lighter each part may become, in Oklab lightness. What is more on a cheek is
# the shape of the face and its light.
_LIMITS = {
    "lips": (-0.6, 0.3),
    "cheeks": (-0.11, 0.08),
    "eyes": (-0.4, 0.12),
    "liner": (-0.5, 0.05),
    "brows": (-0.25, 0.001),
}


def read_makeup(paths: Iterable[Path]) -> Layer:
    """The makeup of the faces in some photos, the largest face of each; their median if several.

    Raises:
        LooksmithError: no photo has a face that makeup can be read from.
        PhotoError: a photo can't be read.
    """
    listed = list(paths)
    layers = []
    for path in listed:
        people = find_people(read_rgb(path))
        if people.faces and readable(people.pixels, people.faces[0]):
            layers.append(worn(people.pixels, people.faces[0]))
    if not layers:
        key = "makeup.no_reference" if len(listed) == 1 else "makeup.no_references"
        raise LooksmithError(text(key, path=listed[0] if listed else "", least=round(LEAST_FACE)))
    return median_layer(layers)


def make_up(
    pixels: NDArray[Any],
    people: People,
    layer: Layer,
    strengths: Mapping[str, float] | None = None,
) -> NDArray[Any]:
    """The photo with its faces made up.

    Args:
        pixels: ``(H, W, 3)`` uint8 or uint16 sRGB, the photo.
        people: the people found in it.
        layer: the makeup.
        strengths: of each of ``PARTS``, 0 (none: that part stays bit for bit) to 1.5;
            ``USUAL`` where not given.

    Returns:
        Pixels of the same shape and type, the same bit for bit outside the faces.

    Raises:
        LooksmithError: a part isn't one of ``PARTS``, or no face is large enough.
    """
    wanted = USUAL | dict(strengths or {})
    if unknown := wanted.keys() - set(PARTS):
        raise LooksmithError(
            text("makeup.unknown_part", part=sorted(unknown)[0], parts=", ".join(PARTS))
        )
    faces = [face for face in people.faces if face.width >= LEAST_FACE]
    if not faces:
        key = "people.too_small" if people.faces else "people.none"
        raise LooksmithError(text(key, least=round(LEAST_FACE)))
    if not any(wanted.values()):
        return pixels
    result = pixels.copy()
    for face in faces:
        patch = face_patch(pixels, face, _WIDTH)
        hands = [patch.places(hand) for hand in find_hands(people.pixels, face)]
        change = _change(patch, 1 - hand_mask(patch.pixels, hands), layer, wanted)
        left, top, right, bottom = patch.box
        full = resized(change, (right - left, bottom - top))
        add(result[top:bottom, left:right], full)
    return result


def _change(patch: Patch, free: Floats, layer: Layer, strengths: Mapping[str, float]) -> Floats:
    """``(h, w, 3)`` what is to be added to the patch's sRGB in [0, 1]; ``free`` ``(h, w)`` is 0
    where a hand lies before the face."""
    colours = oklab(patch.pixels)
    flat, seen = bare_map(colours, free, patch.face)
    skin = bare_skin(flat, seen)
    visible = shown(flat, skin, seen)
    own = smoothed(flat - skin, seen * visible)
    masks = regions()
    steps, usual = np.zeros((2, SIDE, SIDE, 3), np.float32)
    total = np.zeros((SIDE, SIDE), np.float32)
    for part, theirs, ours in zip(PARTS, layer.difference, own, strict=True):
        step = _step(part, theirs, ours, layer.skin, skin)
        mask = _cheeks(patch.face) if part == "cheeks" else _spread(masks[part])
        steps += strengths[part] * mask[..., None] * step
        usual += masks[part][..., None] * (ours + skin)
        total += masks[part]
    usual /= np.maximum(total, 1e-3)[..., None]
    lips = strengths["lips"] * _spread(masks["lips"])
    covered = (4 * np.maximum(masks["cheeks"], masks["eyes"])).clip(0, 1)
    # Cups, cloth and tongues before the face wear no makeup.
    flat_layer = np.dstack([steps * visible[..., None], lips * visible, covered, usual])
    placed = wrapped(np.dstack([flat_layer, masks["lips"]]), patch.face, patch.size)
    change, lips, covered = placed[..., :3] * free[..., None], placed[..., 3] * free, placed[..., 4]
    usual = np.where(placed[..., 5:6] > 0.05, placed[..., 5:8], colours)
    # Hair, glasses and hands before cheeks and lids wear no makeup.
    change = change * (1 - covered * (1 - _bare(colours - usual)))[..., None]
    # Teeth between the lips, lighter and less red than they are, stay as they are.
    teeth = _teeth(colours - usual) * (placed[..., 8] > 0.01)
    change, lips = change * (1 - teeth)[..., None], lips * (1 - teeth)
    # Colours fade where the target's light does: against its place's usual lightness.
    change[..., 1:] *= (colours[..., :1] / np.maximum(usual[..., :1], 0.05)).clip(0.3, 1.2)
    change[..., 0] += _gloss(colours, lips, finish_of(flat, seen), layer.finish)
    # What didn't change in Oklab comes back as it was, not as the round trip has it.
    touched = np.abs(change).max(-1) > _TRACE
    result = np.zeros_like(change)
    made, before = to_srgb(np.stack([(colours + change)[touched], colours[touched]]))
    result[touched] = made - before
    return np.asarray(result, np.float32)


def _step(part: str, theirs: Floats, ours: Floats, their_skin: Floats, skin: Floats) -> Floats:
    """``(SIDE, SIDE, 3)`` from a face's own differences to the layer's, in Oklab.

    Differences shrink with the lightness of the skin, as a filter's do: what takes a tenth of the
    light takes less from dark skin or in dim light.
    """
    dimmer = min(1.0, float(skin[0]) / max(float(their_skin[0]), 0.05))
    scale = np.array((dimmer, np.sqrt(dimmer), np.sqrt(dimmer)), np.float32)
    step = theirs * scale - ours
    if part in _COVERING:
        step = step + _density(part, theirs) * (their_skin - skin + (1 - scale) * theirs)
    darkest, lightest = _LIMITS[part]
    # Near the limit lightness bends over instead of stopping, so that no edge appears.
    limit = np.where(step[..., 0] < 0, -darkest, lightest) * dimmer + 1e-6
    step[..., 0] = limit * np.tanh(step[..., 0] / limit)
    return np.asarray(step, np.float32)


def _density(part: str, theirs: Floats) -> Floats:
    """``(SIDE, SIDE, 3)`` share of the makeup's own colour: lipstick covers always, shadow and
    liner as far as they differ from the skin they lie on."""
    if part == "lips":
        return _COVERING[part]
    chroma = np.hypot(theirs[..., 1], theirs[..., 2])
    strong = np.hypot(chroma / _STRONG[0], theirs[..., 0] / _STRONG[1]).clip(0, 1)
    return np.asarray(strong[..., None] * _COVERING[part], np.float32)


def _cheeks(face: Face) -> Floats:
    """``(SIDE, SIDE)`` share of blush: it ends as softly as brushes leave it, and thins out where a
    cheek turns away, since there its whole width is pressed into few pixels."""
    share = (turned(face) / _FULL_BLUSH).clip(0, 1)
    mask = 1 - (1 - regions()["cheeks"]) ** 2
    return np.asarray(mask * share * share * (3 - 2 * share))


def _spread(mask: Floats) -> Floats:
    """A soft mask that is full over more of its region, and still ends softly."""
    wide = (1.6 * mask).clip(0, 1)
    return np.asarray(wide * wide * (3 - 2 * wide))


def _bare(deviation: Floats) -> Floats:
    """1 where a pixel may be the face itself, 0 where its Oklab is far from what its place on the
    face shows on average: something lies before it."""
    far = np.sqrt(((blurred(deviation, 1.0) / _BEFORE_FACE) ** 2).sum(-1))
    return np.asarray((2.0 - far).clip(0, 1))


def _teeth(deviation: Floats) -> Floats:
    """How far pixels among the lips are teeth, from their difference to the lips' own colour."""
    lighter = ((deviation[..., 0] - 0.05) / 0.06).clip(0, 1)
    less_red = ((-deviation[..., 1] - 0.012) / 0.02).clip(0, 1)
    return np.asarray(blurred(np.asarray(lighter * less_red, np.float32), 0.7))


def _gloss(colours: Floats, lips: Floats, own: float, wanted: float) -> Floats:
    """Lightness that takes the contrast of the lips' highlights to that of the layer."""
    ratio = min(1.8, max(0.6, wanted / max(own, 0.02)))
    lightness = colours[..., 0]
    sigma = max(1.0, 0.02 * lips.shape[1])
    fine = (lightness - blurred(lightness, sigma)).clip(-0.1, 0.15)
    return (ratio - 1) * fine * lips
