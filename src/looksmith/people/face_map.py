"""The canonical face map: every face unwrapped onto one flat map, and maps put back on faces.

MediaPipe's mesh gives each of 468 landmarks a place on the map; between them a triangle's three
corners mix (barycentric coordinates). What is drawn on the map follows the face's turn and
expression; triangles that look away from the camera show nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from looksmith.people.faces import Face, moved, scaled
from looksmith.people.filters import Floats
from looksmith.people.models import canonical_face
from looksmith.photos import crop_resized
from looksmith.pixels import to_8_bit

SIDE = 192
"""Pixels of a map's side."""
_MARGIN = 0.35  # of the face's size, around it in a patch


@dataclass(frozen=True)
class Patch:
    """A face and a little around it, no wider than asked for."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom in the photo."""
    pixels: NDArray[np.uint8]
    face: Face
    """In the patch's pixels."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]


def face_patch(pixels: NDArray[Any], face: Face, width: float) -> Patch:
    """The part of a photo around a face, reduced so that the face is at most ``width`` wide."""
    places = face.landmarks[:, :2]
    low, high = places.min(0), places.max(0)
    margin = _MARGIN * (high - low).max()
    limit = np.array(pixels.shape[1::-1])
    left, top = np.clip(np.floor(low - margin), 0, limit - 1).astype(int)
    right, bottom = np.clip(np.ceil(high + margin), (left + 1, top + 1), limit).astype(int)
    box = (int(left), int(top), int(right), int(bottom))
    zoom = min(1.0, width / face.width)
    size = max(1, round((right - left) * zoom)), max(1, round((bottom - top) * zoom))
    part = to_8_bit(pixels[top:bottom, left:right])
    return Patch(box, crop_resized(part, None, size), scaled(moved(face, box[:2]), zoom))


@dataclass(frozen=True)
class _Raster:
    """Which triangle covers each pixel, and where in it the pixel lies."""

    triangle: NDArray[np.int32]
    """``(h, w)``, −1 where none does."""
    weights: NDArray[np.float32]
    """``(h, w, 3)`` of the triangle's corners."""

    def mix(self, values: Floats) -> Floats:
        """Values of the corners ``(468, C)`` at every pixel ``(h, w, C)``."""
        corners = canonical_face().triangles[self.triangle]  # (h, w, 3)
        return np.einsum("hwk,hwkc->hwc", self.weights, values[corners])


def _rasterised(points: Floats, order: NDArray[np.intp], size: tuple[int, int]) -> _Raster:
    """Draw triangles with corners ``(468, 2)`` one over the other, in the order given."""
    triangle = np.full(size[::-1], -1, np.int32)
    weights = np.zeros((*size[::-1], 3), np.float32)
    for index, (a, b, c) in zip(order, points[canonical_face().triangles[order]], strict=True):
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(area) < 1e-9:
            continue
        corners = np.stack([a, b, c])
        left, top = np.maximum(np.floor(corners.min(0)).astype(int), 0)
        right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, size)
        if right <= left or bottom <= top:
            continue
        x = np.arange(left, right, dtype=np.float32)[None]
        y = np.arange(top, bottom, dtype=np.float32)[:, None]
        second = ((x - a[0]) * (c[1] - a[1]) - (y - a[1]) * (c[0] - a[0])) / area
        third = ((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])) / area
        mixed = np.stack([1 - second - third, second, third], -1)
        inside = (mixed >= -1e-4).all(-1)
        triangle[top:bottom, left:right][inside] = index
        weights[top:bottom, left:right][inside] = mixed[inside]
    return _Raster(triangle, weights)


@cache
def _map_raster() -> _Raster:
    mesh = canonical_face()
    return _rasterised(mesh.uv * SIDE, np.arange(len(mesh.triangles)), (SIDE, SIDE))


def map_places(indices: tuple[int, ...]) -> Floats:
    """``(N, 2)`` where landmarks lie on the map, in its pixels."""
    return canonical_face().uv[list(indices)] * SIDE


def unwrapped(values: Floats, face: Face) -> tuple[Floats, Floats]:
    """A picture of a face, flat.

    Args:
        values: ``(h, w, C)``.
        face: in its pixels.

    Returns:
        The map ``(SIDE, SIDE, C)`` and how well each place is seen ``(SIDE, SIDE)``: 0 where it
        looks away, is outside the picture or not on the face.
    """
    raster = _map_raster()
    seen = np.concatenate([face.landmarks[:468, :2], _facing(face)[:, None]], 1)
    placed = raster.mix(seen)
    x, y = placed[..., 0], placed[..., 1]
    channels = [
        ndimage.map_coordinates(values[..., c], (y, x), order=1, mode="nearest")
        for c in range(values.shape[2])
    ]
    height, width = values.shape[:2]
    inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1) & (raster.triangle >= 0)
    return np.stack(channels, -1), (placed[..., 2] * inside).astype(np.float32)


def wrapped(layer: Floats, face: Face, size: tuple[int, int]) -> Floats:
    """A map ``(SIDE, SIDE, C)`` on a face, in a picture of ``size``: ``(h, w, C)``.

    Faces away and what lies outside the face are 0.
    """
    mesh = canonical_face()
    points = face.landmarks[:468]
    order = np.argsort(-points[mesh.triangles, 2].mean(1), kind="stable")  # far ones first
    raster = _rasterised(points[:, :2], order, size)
    placed = raster.mix(np.concatenate([mesh.uv * SIDE, _facing(face)[:, None]], 1))
    visible = placed[..., 2] * (raster.triangle >= 0)
    channels = [
        ndimage.map_coordinates(
            layer[..., c], (placed[..., 1], placed[..., 0]), order=1, mode="nearest"
        )
        for c in range(layer.shape[2])
    ]
    return np.stack(channels, -1) * visible[..., None]


def _facing(face: Face) -> NDArray[np.float32]:
    """``(468,)`` 1 where the surface looks at the camera, 0 where it looks away."""
    triangles = canonical_face().triangles
    corners = face.landmarks[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros((468, 3), np.float32)
    for k in range(3):
        np.add.at(total, triangles[:, k], normals)
    # Depth grows away from the camera, so what faces it has a normal of negative depth.
    towards = -total[:, 2] / (np.linalg.norm(total, axis=1) + 1e-9)
    return ((towards - 0.05) / 0.25).clip(0, 1).astype(np.float32)
