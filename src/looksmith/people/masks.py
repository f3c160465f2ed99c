"""Where in a photo people are, and where their bare skin is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from looksmith.people.colours import oklab
from looksmith.people.faces import Face, moved
from looksmith.people.filters import Floats, blurred, guided, polygons, resized
from looksmith.people.landmarks import BROWS, EYES, LIPS_OUTER, OVAL, SURE_SKIN
from looksmith.people.models import run

_SEGMENTATION_SIDE, _MATTING_SIDE = 256, 320
_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)
_LOOSE, _STRICT = 3.4, 1.9  # spreads from the face's own skin colour: on the face, elsewhere
_LEAST_SPREAD = np.array((0.075, 0.017, 0.019), np.float32)
_MOST_SPREAD = np.array((0.13, 0.03, 0.03), np.float32)
_FARTHEST = 6.0  # widths of a face from its middle to the farthest skin that is its own
_HAIR_TEXTURE = 0.035  # standard deviation of lightness within a fortieth of a face
_TRACE = 0.02  # of skin: less keeps its pixels


def person_mask(pixels: NDArray[np.uint8], faces: Sequence[Face] = ()) -> Floats:
    """``(H, W)`` share of person, from MediaPipe's selfie segmentation, edges refined.

    The network sees one or a few large people; small people in a wide photo are looked at from
    nearer, in a square around each face.
    """
    mask = _segmented(pixels)
    height, width = mask.shape
    for face in faces:
        if face.width * 6 > max(height, width):
            continue
        left, top, right, bottom = _around(face, (width, height))
        part = _segmented(pixels[top:bottom, left:right])
        mask[top:bottom, left:right] = np.maximum(mask[top:bottom, left:right], part)
    guide = oklab(pixels)[..., 0]
    return guided(mask, guide, max(2, max(mask.shape) // 100), 1e-4)


def _around(face: Face, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A square from above the head to the waist."""
    x, y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
    side = 6 * face.width
    left, top = int(max(0, x - side / 2)), int(max(0, y - side / 3))
    return left, top, int(min(size[0], x + side / 2)), int(min(size[1], y + 2 * side / 3))


def _segmented(pixels: NDArray[np.uint8]) -> Floats:
    """The mean of what the network says of a picture and of its mirror image."""
    side = _SEGMENTATION_SIDE
    small = Image.fromarray(np.ascontiguousarray(pixels)).resize((side, side))
    values = np.asarray(small, np.float32)[None] / 255
    plain, mirrored = (
        run("selfie_segmentation", v)[0][0, :, :, 0] for v in (values, values[:, :, ::-1])
    )
    return resized((plain + mirrored[:, ::-1]) / 2, pixels.shape[1::-1]).copy()


def salient_mask(pixels: NDArray[np.uint8]) -> Floats:
    """``(H, W)`` share of what the photo shows, product or person, from U²-Net (Qin et al. 2020)
    in its small form, edges refined."""
    side = _MATTING_SIDE
    small = Image.fromarray(np.ascontiguousarray(pixels)).resize((side, side))
    values = (np.asarray(small, np.float32) / 255 - _IMAGENET_MEAN) / _IMAGENET_SPREAD
    mask = run("u2netp", values.transpose(2, 0, 1)[None])[0][0, 0]
    low, high = float(mask.min()), float(mask.max())
    mask = (mask - low) / max(high - low, 1e-6) if high > 0.3 else mask
    full = resized(mask, pixels.shape[1::-1])
    return guided(full, oklab(pixels)[..., 0], max(2, max(full.shape) // 120), 1e-4)


def skin_mask(pixels: NDArray[np.uint8], faces: Sequence[Face], person: Floats) -> Floats:
    """``(H, W)`` share of bare skin, faces and bodies.

    Skin is what has the colour of *this* person's nose and cheeks (median and spread in Oklab),
    so that light, medium and dark skin are found alike; no colour counts as skin in itself.
    """
    colours = oklab(pixels)
    total = np.zeros(pixels.shape[:2], np.float32)
    size = pixels.shape[1], pixels.shape[0]
    for face in faces:
        left, top, right, bottom = _reach(face, size)
        part = np.s_[top:bottom, left:right]
        found = _one_skin(colours[part], moved(face, (left, top)), person[part])
        total[part] = np.maximum(total[part], found)
    return np.where(total < _TRACE, np.float32(0), total)


def _reach(face: Face, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the part of a photo in which a face's skin is looked for."""
    x, y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
    reach = _FARTHEST * max(face.width, 1) + 1
    left, top = max(0, int(x - reach)), max(0, int(y - reach))
    right, bottom = min(size[0], int(x + reach) + 1), min(size[1], int(y + reach) + 1)
    return min(left, size[0] - 1), min(top, size[1] - 1), max(right, 1), max(bottom, 1)


def _one_skin(colours: Floats, face: Face, person: Floats) -> Floats:
    size = colours.shape[1], colours.shape[0]
    distance = _distance(colours, face)
    on_face = _falling(distance, _LOOSE)
    elsewhere = _falling(distance, _STRICT) * person * _smooth(colours[..., 0], face)
    oval = face_oval(face, size)
    features = feature_mask(face, size)
    mask = np.maximum(oval * on_face, elsewhere * _near(face, size)) * (1 - features)
    radius = max(2, round(face.width / 40))
    refined = guided(mask.astype(np.float32), colours[..., 0], radius, 2e-4)
    return np.asarray(refined * (1 - features), np.float32)


def _distance(colours: Floats, face: Face) -> Floats:
    """From the face's own skin colour, in spreads of it."""
    centre, spread = skin_colour(colours, face)
    return np.asarray(np.sqrt((((colours - centre) / spread) ** 2).sum(-1)))


def skin_colour(colours: Floats, face: Face) -> tuple[Floats, Floats]:
    """Median and spread ``(3,)`` of Oklab at a face's nose, cheeks and brow.

    The spread has a floor, so that even skin doesn't lose its own shadows, and a ceiling.
    """
    height, width = colours.shape[:2]
    places = face.outline(SURE_SKIN).round().astype(int)
    inside = (places >= 0).all(1) & (places < (width, height)).all(1)
    if not inside.any():
        places, inside = places.clip(0, (width - 1, height - 1)), np.ones(len(places), bool)
    reach = max(1, round(face.width / 60))
    samples = [
        colours[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].mean((0, 1))
        for x, y in places[inside]
    ]
    values = np.stack(samples)
    centre = np.median(values, 0)
    spread = 1.4826 * np.median(np.abs(values - centre), 0)
    return centre.astype(np.float32), spread.clip(_LEAST_SPREAD, _MOST_SPREAD).astype(np.float32)


def _smooth(lightness: Floats, face: Face) -> Floats:
    """1 where lightness is even, 0 where it varies as hair, knitwear and patterns do."""
    sigma = max(1.0, face.width / 40)
    mean = blurred(lightness, sigma)
    spread = np.sqrt((blurred(lightness**2, sigma) - mean**2).clip(0))
    return blurred(_falling(spread, _HAIR_TEXTURE), sigma)


def _falling(distance: Floats, limit: float) -> Floats:
    """1 up to 0.7 of the limit, 0 from 1.3 of it."""
    return np.asarray(((1.3 * limit - distance) / (0.6 * limit)).clip(0, 1), np.float32)


def face_oval(face: Face, size: tuple[int, int]) -> Floats:
    """The face's outline, its forehead raised to where hair may start, soft at the edge."""
    outline = face.outline(OVAL)
    up = face.landmarks[10, :2] - face.landmarks[152, :2]
    centre = outline.mean(0)
    height = ((outline - centre) @ up) / max(float(up @ up), 1e-6)
    raised = outline + np.outer(height.clip(0.2) - 0.2, up) * 0.35
    return blurred(polygons(size, raised), face.width / 80)


def feature_mask(face: Face, size: tuple[int, int]) -> Floats:
    """Eyes with lashes, brows and lips with a soft margin: what retouching leaves alone."""
    outlines = [grown(face.outline(eye), 1.5, 1.9) for eye in EYES]
    outlines += [grown(face.outline(brow), 1.15, 1.5) for brow in BROWS]
    outlines.append(grown(face.outline(LIPS_OUTER), 1.1, 1.15))
    return blurred(polygons(size, *outlines), face.width / 100)


def grown(outline: Floats, along: float, across: float) -> Floats:
    """An outline ``(N, 2)`` stretched from its middle, along its length and across."""
    centre = outline.mean(0)
    axis = np.linalg.svd(outline - centre)[2][0]
    length = ((outline - centre) @ axis)[:, None] * axis
    return np.asarray(centre + along * length + across * (outline - centre - length), np.float32)


def _near(face: Face, size: tuple[int, int]) -> Floats:
    """1 where a body that belongs to the face can be: within four widths of it, fading."""
    x = np.arange(size[0], dtype=np.float32) - (face.box[0] + face.box[2]) / 2
    y = np.arange(size[1], dtype=np.float32) - (face.box[1] + face.box[3]) / 2
    distance = np.sqrt(x[None] ** 2 + y[:, None] ** 2) / max(face.width, 1)
    return np.asarray((_FARTHEST - distance).clip(0, 2) / 2, np.float32)
