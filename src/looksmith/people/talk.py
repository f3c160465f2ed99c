"""A mouth that opens a little, as in talking: lips and jaw are drawn apart, the gap is dark.

What lies behind the lips isn't in the photo, so openings stay small: shadow is what one sees of a
mouth that is slightly open. Where it is open already, what it shows moves with the upper lip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from looksmith.people.faces import Face
from looksmith.people.filters import Floats
from looksmith.people.landmarks import LIPS_INNER, LIPS_OUTER

MOST_YAW = 35.0
_OPEN = 0.11  # of the mouth's width, between the lips at their widest
_UPPER = 0.15  # share of the opening that the upper lip makes
_MOST_OPEN = 0.25  # of the mouth's width; mouths open further stay as they are
_SAMPLES = np.linspace(0, 1, 33)


@dataclass(frozen=True)
class Mouth:
    """A mouth in its own coordinates: u from its right corner (0) to its left (1), v down, both in
    widths of it."""

    corner: Floats
    """``(2,)`` x, y of the right corner."""
    along: Floats
    down: Floats
    width: float
    """Pixels."""
    upper: Floats
    """v of the upper lip's inner edge at 33 places along the mouth."""
    lower: Floats
    chin: float
    nose: float

    @classmethod
    def of(cls, face: Face) -> Mouth | None:
        """None where the mouth is turned away, or open already."""
        inner = face.outline(LIPS_INNER)
        corner, other = face.outline((LIPS_OUTER[0], LIPS_OUTER[10]))
        width = float(np.linalg.norm(other - corner))
        if abs(face.pose.yaw) > MOST_YAW or width < 8:
            return None
        along = (other - corner) / width
        down = np.array((-along[1], along[0]))
        local = np.stack([(inner - corner) @ along, (inner - corner) @ down], 1) / width
        upper, lower = _edge(local[:11]), _edge(local[[*range(10, 20), 0]])
        middle = (upper + lower) / 2
        upper, lower = np.minimum(upper, middle), np.maximum(lower, middle)
        if float((lower - upper).max()) > _MOST_OPEN:
            return None
        chin, nose = (float((p - corner) @ down / width) for p in face.outline((152, 2)))
        return cls(corner, along, down, width, upper, lower, chin, nose)

    def places(self, places: Floats) -> tuple[Floats, Floats]:
        """u and v of places ``(..., 2)`` of the picture."""
        local = places - self.corner
        return local @ self.along / self.width, local @ self.down / self.width


def _edge(points: Floats) -> Floats:
    order = np.argsort(points[:, 0])
    return np.interp(_SAMPLES, points[order, 0], points[order, 1])


def spoken(places: Floats, mouth: Mouth, opened: float) -> tuple[Floats, Floats]:
    """Open a mouth.

    Args:
        places: ``(S, S, 2)`` where each pixel of a frame is taken from.
        mouth: of the face in the picture.
        opened: 0 leaves it, 1 is as far as it goes.

    Returns:
        New places, and ``(S, S)`` how far each pixel lies between the lips.
    """
    u, v = mouth.places(places)
    reach = 1.2
    near = (u > -reach) & (u < 1 + reach) & (v > mouth.nose) & (v < mouth.chin + 1.0)
    between = np.zeros(places.shape[:2], np.float32)
    result = places.copy()
    if opened <= 0 or not near.any():
        return result, between
    u, v = u[near], v[near]
    upper, lower = (np.interp(u, _SAMPLES, edge) for edge in (mouth.upper, mouth.lower))
    lips = np.sin(np.pi * u.clip(0, 1)).clip(0) ** 0.8
    raised = _UPPER * opened * _OPEN * lips
    dropped = (1 - _UPPER) * opened * _OPEN * lips
    jaw = 0.6 * (1 - _UPPER) * opened * _OPEN * np.exp(-(((u - 0.5) / 0.55) ** 2))
    top, bottom = upper - raised, lower + dropped
    # Below the lips their drop turns into the jaw's, which is wider and fades below the chin.
    share = ((v - bottom) / max(mouth.chin - 0.1, 0.3)).clip(0, 1)
    fading = 1 - _smooth(((v - mouth.chin) / 0.9).clip(0, 1))
    below = (dropped + _smooth(share) * (jaw - dropped)) * fading
    above = raised * _smooth(((v - mouth.nose) / np.maximum(upper - mouth.nose, 0.05)).clip(0, 1))
    source = np.where(v >= bottom, v - below, np.where(v <= top, v + above, v + raised))
    # Between the lips: what was seen there stays under the upper lip, the rest is shadow.
    source = np.where((v > top) & (v < bottom), np.minimum(source, lower), source)
    result[near] += ((source - v) * mouth.width)[:, None] * mouth.down
    soft = 1.2 / mouth.width
    shadow_top = top + (lower - upper).clip(0)
    inside = np.minimum(v - shadow_top, bottom - v) / soft
    between[near] = (inside + 0.5).clip(0, 1) * ((bottom - shadow_top) / (2 * soft)).clip(0, 1)
    return result, between


def _smooth(share: Floats) -> Floats:
    return np.asarray(share * share * (3 - 2 * share))


def shadow(picture: Floats, mouth: Mouth) -> Floats:
    """``(3,)`` sRGB in [0, 1] of the inside of a mouth: a dark red that fits its light."""
    steps = np.linspace(0.3, 0.7, 9)
    edge = np.interp(steps, _SAMPLES, mouth.lower)
    places = mouth.corner + mouth.width * (
        steps[:, None] * mouth.along + (edge + 0.08)[:, None] * mouth.down
    )
    x, y = places.round().astype(int).clip(0, picture.shape[0] - 1).T
    lips = np.median(picture[y, x], 0)
    return np.asarray(lips * (0.22, 0.13, 0.14), np.float32)
