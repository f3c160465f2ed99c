"""Hands before a face: what they cover takes no makeup.

Palms are found by MediaPipe's palm detector, 21 joints each by its hand landmarker (Zhang et al.
2020, "MediaPipe Hands"), in a square around the face; fingers are drawn along the joints.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import atan2, cos, pi, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from looksmith.people.faces import Face, sampled_square, without_overlaps
from looksmith.people.filters import Floats, guided, polygons
from looksmith.people.models import run

_AROUND = (2.0, 3.0)  # the squares that are looked at, in widths of the face
_PALM_SIDE, _HAND_SIDE = 192, 224
_LEAST_PALM, _LEAST_HAND = 0.35, 0.6
_FINGERS = (
    *((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20)),
    *((0, 1), (0, 5), (0, 17)),
)
_PALM = (0, 1, 5, 9, 13, 17)
_FINGER_WIDTH = 0.25  # of the palm's length
_WRIST = 0.9  # lengths of the palm that are drawn on beyond the wrist


def hand_mask(pixels: NDArray[np.uint8], hands: Sequence[Floats]) -> Floats:
    """``(H, W)`` share of hand in a picture ``(H, W, 3)``; joints are in its pixels."""
    size = pixels.shape[1], pixels.shape[0]
    if not hands:
        return np.zeros(size[::-1], np.float32)
    mask = polygons(size, *(outline for hand in hands for outline in _outlines(hand)))
    luma = pixels.mean(-1, dtype=np.float32) / 255
    smallest = min(_length(hand) for hand in hands)
    return guided(mask, luma, max(2, round(smallest / 25)), 1e-3)


def find_hands(pixels: NDArray[np.uint8], face: Face) -> list[Floats]:
    """Joints ``(21, 2)`` of the hands near a face, in the photo's pixels; a hand may come twice."""
    image = Image.fromarray(pixels)
    low, high = face.landmarks[:, :2].min(0), face.landmarks[:, :2].max(0)
    palms = [p for wide in _AROUND for p in _palms(image, (low + high) / 2, wide * face.width)]
    found = [_joints(image, palm) for palm in palms]
    return [joints for joints in found if joints is not None]


def _palms(image: Image.Image, centre: Floats, size: float) -> Floats:
    """``(P, 9)`` palms in a square: box (4), score, wrist (2), root of the middle finger (2)."""
    corner = centre - size / 2
    forward = np.array([[size, 0, 0], [0, size, 0]]) / _PALM_SIDE
    forward[:, 2] = corner
    crop = sampled_square(image, forward, _PALM_SIDE, size / _PALM_SIDE)
    values, logits = run("palms", crop[None] / 255)
    score = 1 / (1 + np.exp(-logits[0, :, 0].clip(-80, 80)))
    sure = score >= _LEAST_PALM
    rows, anchors = values[0][sure] / _PALM_SIDE, _anchors()[sure]
    middle, half = rows[:, :2] + anchors, rows[:, 2:4] / 2
    wrist, root = rows[:, 4:6] + anchors, rows[:, 8:10] + anchors
    placed = np.concatenate([middle - half, middle + half, wrist, root], 1) * size
    placed += np.tile(corner, 4)
    return without_overlaps(np.insert(placed, 4, score[sure], 1))


def _anchors() -> Floats:
    """``(2016, 2)`` centres that the palm detector's places are relative to."""
    parts = []
    for stride, count in ((8, 2), (16, 6)):
        cells = _PALM_SIDE // stride
        y, x = np.divmod(np.arange(cells * cells), cells)
        parts.append(np.repeat((np.stack([x, y], 1) + 0.5) / cells, count, 0))
    return np.concatenate(parts)


def _joints(image: Image.Image, palm: Floats) -> Floats | None:
    """Joints ``(21, 2)`` from two looks, the second at what the first found; None: no hand."""
    wrist, root = palm[5:7], palm[7:9]
    side = float(max(palm[2] - palm[0], palm[3] - palm[1]))
    angle = _upright(root - wrist)
    centre = (palm[:2] + palm[2:4]) / 2 + 0.5 * side * np.array([sin(angle), -cos(angle)])
    joints, _ = _look(image, centre, 2.6 * side, angle)
    angle = _upright(joints[9] - joints[0])
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    low, high = (joints @ turn).min(0), (joints @ turn).max(0)
    joints, presence = _look(image, turn @ (low + high) / 2, 2.0 * (high - low).max(), angle)
    return joints if presence >= _LEAST_HAND else None


def _upright(direction: Floats) -> float:
    """The turn after which a direction points up."""
    return pi / 2 - atan2(-direction[1], direction[0])


def _look(image: Image.Image, centre: Floats, size: float, angle: float) -> tuple[Floats, float]:
    """Joints in the photo's pixels and the probability of a hand, from a turned square."""
    scale = size / _HAND_SIDE
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]]) * scale
    forward = np.concatenate([turn, (centre - turn @ np.full(2, _HAND_SIDE / 2))[:, None]], 1)
    crop = sampled_square(image, forward, _HAND_SIDE, scale)
    values, presence, *_ = run("hand_landmarks", crop[None] / 255)
    joints = values.reshape(21, 3)[:, :2] @ forward[:, :2].T + forward[:, 2]
    return joints, float(presence.ravel()[0])


def _outlines(joints: Floats) -> list[Floats]:
    """Fingers, palm and the beginning of the arm."""
    length = _length(joints)
    width = _FINGER_WIDTH * length
    shapes = [joints[list(_PALM)]]
    for finger in _FINGERS:
        for first, second in pairwise(finger):
            shapes.append(_capsule(joints[first], joints[second], width))
    arm = joints[0] + _WRIST * (joints[0] - joints[9])
    return [*shapes, _capsule(joints[0], arm, 2.6 * width)]


def _length(joints: Floats) -> float:
    """Of the palm."""
    return float(np.linalg.norm(joints[9] - joints[0]))


def _capsule(first: Floats, second: Floats, width: float) -> Floats:
    """``(N, 2)`` outline of a thick line with round ends."""
    direction = atan2(*(second - first)[::-1])
    angles = direction + pi / 2 + np.linspace(0, pi, 8)
    arc = width / 2 * np.stack([np.cos(angles), np.sin(angles)], 1)
    return np.concatenate([first + arc, second - arc])
