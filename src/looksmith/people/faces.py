"""Faces: where they are, 478 landmarks, pose, and whose they are.

Detection is YuNet (Wu, Peng and Yu 2023), landmarks MediaPipe's face landmarker (Kartynnik et
al. 2019), identity SFace (Zhong et al. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, ceil, degrees

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from looksmith.people.models import canonical_face, output_names, run

MOST_FACES = 64
_DETECTOR_SIDE, _LANDMARK_SIDE = 640, 256
_LEAST_SCORE, _LEAST_PRESENCE, _OVERLAP = 0.6, 0.5, 0.3
_CROP_SCALE = 1.5
# Eyes, nose and corners of the mouth where SFace was trained to see them, in 112 × 112.
_IDENTITY_POINTS = np.array(
    [
        *((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366)),
        *((41.5493, 92.3655), (70.7299, 92.2041)),
    ]
)


@dataclass(frozen=True)
class Pose:
    """How a head is turned, in degrees; all 0 for a face that looks into the camera."""

    yaw: float
    """Positive when the face looks to the picture's right."""
    pitch: float
    """Positive when it looks up."""
    roll: float
    """Positive when the head is tilted anticlockwise in the picture."""


@dataclass(frozen=True)
class Face:
    """One face of a photo, in the photo's pixels."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    score: float
    """The detector's confidence in [0, 1]."""
    points: NDArray[np.float32]
    """``(5, 2)`` right eye, left eye, tip of the nose, right and left corner of the mouth."""
    landmarks: NDArray[np.float32]
    """``(478, 3)`` x, y and, in the same unit, depth (less is nearer)."""
    pose: Pose

    @property
    def width(self) -> float:
        """Pixels from cheek to cheek, as if the face looked into the camera."""
        left, right = self.landmarks[234], self.landmarks[454]
        return float(np.linalg.norm(left - right))

    def outline(self, indices: tuple[int, ...]) -> NDArray[np.float32]:
        """``(N, 2)`` places of some landmarks."""
        return self.landmarks[list(indices), :2]


def find_faces(pixels: NDArray[np.uint8]) -> tuple[Face, ...]:
    """Faces of an ``(H, W, 3)`` uint8 sRGB photo, largest first, at most ``MOST_FACES``."""
    image = Image.fromarray(pixels)
    found = []
    for box, score, points in _detect(image)[:MOST_FACES]:
        landmarks = _landmarks(image, box, points)
        if landmarks is not None:
            found.append(Face(box, score, points, landmarks, _pose(landmarks)))
    return tuple(found)


def face_boxes(pixels: NDArray[np.uint8]) -> list[tuple[float, float, float, float]]:
    """Left, top, right, bottom of the faces of an ``(H, W, 3)`` uint8 sRGB photo, those among them
    whose features are too small for ``find_faces``."""
    return [box for box, _, _ in _detect(Image.fromarray(pixels))]


def identity(pixels: NDArray[np.uint8], face: Face) -> NDArray[np.float32]:
    """``(128,)`` unit vector that tells people apart; compare by dot product.

    Other people give −0.15 to 0.4, the same person as a rule 0.5 and more.
    """
    matrix = _similarity(face.points, _IDENTITY_POINTS)
    scale = float(np.hypot(*matrix[0, :2]))
    crop = _warped(Image.fromarray(pixels), matrix, 112, 1 / scale)
    vector = run("sface", crop.transpose(2, 0, 1)[None].astype(np.float32))[0][0]
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def same_person(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float | None:
    """Cosine of the identities of the largest faces of two photos; None where one has none."""
    faces = [find_faces(pixels) for pixels in (first, second)]
    if not all(faces):
        return None
    vectors = [identity(p, f[0]) for p, f in zip((first, second), faces, strict=True)]
    return float(vectors[0] @ vectors[1])


def scaled(face: Face, scale: float) -> Face:
    """The face in a copy of its photo that is larger by ``scale``."""
    left, top, right, bottom = (scale * v for v in face.box)
    return Face(
        (left, top, right, bottom),
        face.score,
        face.points * np.float32(scale),
        face.landmarks * np.float32(scale),
        face.pose,
    )


def moved(face: Face, origin: tuple[int, int]) -> Face:
    """The face in a part of its photo whose corner is ``origin`` (x, y)."""
    x, y = origin
    left, top, right, bottom = face.box
    shift = np.array([x, y, 0], np.float32)
    return Face(
        (left - x, top - y, right - x, bottom - y),
        face.score,
        face.points - shift[:2],
        face.landmarks - shift,
        face.pose,
    )


_Found = tuple[tuple[float, float, float, float], float, NDArray[np.float32]]


def _detect(image: Image.Image) -> list[_Found]:
    """Boxes, scores and five points, largest box first."""
    side = _DETECTOR_SIDE
    scale = min(side / image.width, side / image.height, 2.0)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    canvas = np.zeros((side, side, 3), np.float32)
    small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    canvas[: size[1], : size[0]] = np.asarray(small)[..., ::-1]  # BGR
    values = run("yunet", canvas.transpose(2, 0, 1)[None])
    named = dict(zip(output_names("yunet"), values, strict=True))
    rows = np.concatenate([_decode(named, stride) for stride in (8, 16, 32)])
    rows = rows[rows[:, 4] >= _LEAST_SCORE]
    rows[:, :4] /= scale
    rows[:, 5:] /= scale
    kept = without_overlaps(rows)
    kept = kept[np.argsort(-(kept[:, 2] - kept[:, 0]) * (kept[:, 3] - kept[:, 1]), kind="stable")]
    return [
        ((float(r[0]), float(r[1]), float(r[2]), float(r[3])), float(r[4]), r[5:].reshape(5, 2))
        for r in kept
    ]


def _decode(named: dict[str, NDArray[np.float32]], stride: int) -> NDArray[np.float32]:
    """``(N, 15)`` left, top, right, bottom, score and five points, of one level of YuNet."""
    cells = _DETECTOR_SIDE // stride
    y, x = np.divmod(np.arange(cells * cells), cells)
    anchors = np.stack([x, y], 1).astype(np.float32)
    classes, objects = named[f"cls_{stride}"][0, :, 0], named[f"obj_{stride}"][0, :, 0]
    boxes, points = named[f"bbox_{stride}"][0], named[f"kps_{stride}"][0]
    centre = (anchors + boxes[:, :2]) * stride
    half = np.exp(boxes[:, 2:]) * stride / 2
    score = np.sqrt(classes.clip(0, 1) * objects.clip(0, 1))[:, None]
    places = (points.reshape(-1, 5, 2) + anchors[:, None]) * stride
    return np.concatenate([centre - half, centre + half, score, places.reshape(-1, 10)], 1)


def without_overlaps(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Non-maximum suppression: of boxes that overlap, the surest stays."""
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    kept: list[int] = []
    area = (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])
    for i in range(len(rows)):
        others = rows[kept]
        low = np.maximum(rows[i, :2], others[:, :2])
        high = np.minimum(rows[i, 2:4], others[:, 2:4])
        shared = (high - low).clip(0).prod(1)
        if (shared / (area[i] + area[kept] - shared) < _OVERLAP).all():
            kept.append(i)
    return rows[kept]


def _landmarks(
    image: Image.Image, box: tuple[float, ...], points: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """``(478, 3)`` in the photo's pixels, from two looks: one at the box, one at what was found.

    None where the network sees no face.
    """
    right, left = points[0], points[1]
    centre = np.array([box[0] + box[2], box[1] + box[3]]) / 2
    size = _CROP_SCALE * max(box[2] - box[0], box[3] - box[1])
    angle = atan2(left[1] - right[1], left[0] - right[0])
    landmarks, presence = _look(image, centre, size, angle)
    if presence < 0.1:  # a poor crop may hide a face that the second look sees
        return None
    flat = landmarks[:, :2]
    angle = atan2(*(flat[263] - flat[33])[::-1])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    upright = flat @ turn
    low, high = upright.min(0), upright.max(0)
    landmarks, presence = _look(
        image, turn @ ((low + high) / 2), _CROP_SCALE * (high - low).max(), angle
    )
    return landmarks if presence >= _LEAST_PRESENCE else None


def _look(
    image: Image.Image, centre: NDArray[np.float64], size: float, angle: float
) -> tuple[NDArray[np.float32], float]:
    """Landmarks in the photo's pixels and the probability of a face, from a turned square."""
    side = _LANDMARK_SIDE
    scale = size / side
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    forward = np.concatenate([turn, (centre - turn @ np.full(2, side / 2))[:, None]], 1)
    crop = sampled_square(image, forward, side, scale)
    values, presence, _ = run("face_landmarks", crop[None] / 255)
    local = values.reshape(478, 3)
    placed = local[:, :2] @ forward[:, :2].T + forward[:, 2]
    landmarks = np.concatenate([placed, local[:, 2:] * scale], 1).astype(np.float32)
    return landmarks, float(1 / (1 + np.exp(-presence.ravel()[0])))


def _warped(
    image: Image.Image, matrix: NDArray[np.float64], side: int, scale: float
) -> NDArray[np.uint8]:
    """A square seen through ``matrix`` ``(2, 3)``, from the photo's pixels to the square's."""
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    return sampled_square(image, inverse, side, scale)


def sampled_square(
    image: Image.Image, forward: NDArray[np.float64], side: int, scale: float
) -> NDArray[np.uint8]:
    """A square whose pixel p shows the photo at ``forward`` (p); ``scale`` pixels of it each.

    Only what the square covers is read, averaged down first where the photo is larger.
    """
    corners = np.array([(0, 0), (side, 0), (0, side), (side, side)]) @ forward[:, :2].T
    corners += forward[:, 2]
    left, top = (max(0, int(v) - 2) for v in corners.min(0))
    right = max(left + 1, min(image.width, ceil(corners[:, 0].max()) + 2))
    bottom = max(top + 1, min(image.height, ceil(corners[:, 1].max()) + 2))
    factor = max(1, int(scale))
    part = image.crop((left, top, right, bottom)).reduce(factor)
    matrix = forward.copy()
    matrix[:, 2] -= (left, top)
    matrix /= factor
    return np.asarray(
        part.transform(
            (side, side),
            Image.Transform.AFFINE,
            tuple(matrix.ravel()),
            Image.Resampling.BILINEAR,
        )
    )


def _similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """``(2, 3)`` turn, scale and shift that best maps points to points (Umeyama 1991)."""
    a, b = source - source.mean(0), target - target.mean(0)
    dot = (a * b).sum()
    cross = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
    cos, sin = np.array([dot, cross]) / (a**2).sum()
    turn = np.array([[cos, -sin], [sin, cos]], np.float64)
    return np.concatenate([turn, (target.mean(0) - turn @ source.mean(0))[:, None]], 1)


def _pose(landmarks: NDArray[np.float32]) -> Pose:
    """The turn that best maps the canonical face to the landmarks (Kabsch 1976)."""
    seen = landmarks[:468].astype(np.float64) * (1, -1, -1)
    known = canonical_face().vertices.astype(np.float64)
    u, _, vt = np.linalg.svd((known - known.mean(0)).T @ (seen - seen.mean(0)))
    flip = np.diag([1, 1, np.sign(np.linalg.det(u @ vt))])
    turn = (u @ flip @ vt).T
    yaw = degrees(atan2(turn[0, 2], turn[2, 2]))
    pitch = degrees(np.arcsin(np.clip(turn[1, 2], -1, 1)))
    return Pose(yaw, pitch, degrees(atan2(turn[1, 0], turn[1, 1])))
