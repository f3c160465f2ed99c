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
from PIL import Image, ImageDraw

from looksmith.people.faces import Face, moved, scaled
from looksmith.people.filters import Floats
from looksmith.people.models import canonical_face
from looksmith.photos import crop_resized
from looksmith.pixels import to_8_bit

SIDE = 192
"""Pixels of a map's side."""
_MARGIN = 0.35  # of the face's size, around it in a patch
_THINNEST = 0.4  # height in pixels of the thinnest triangle drawn; neighbours cover the rest


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

    def places(self, points: Floats) -> Floats:
        """Points ``(N, 2)`` of the photo in the patch's pixels."""
        left, top, right, _ = self.box
        return np.asarray((points - (left, top)) * (self.size[0] / (right - left)))


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
    """The N pixels that triangles cover, and where in which triangle each lies."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    triangle: NDArray[np.int32]
    weights: NDArray[np.float32]
    """``(N, 3)`` of the triangle's corners."""

    def mix(self, values: Floats) -> Floats:
        """Values of the corners ``(468, C)`` at every pixel ``(N, C)``."""
        corners = canonical_face().triangles[self.triangle]  # (N, 3)
        return np.einsum("nk,nkc->nc", self.weights, values[corners])

    def picture(self, values: Floats, size: tuple[int, int]) -> Floats:
        """``(h, w, C)`` of values ``(N, C)``, 0 where no triangle is."""
        result = np.zeros((size[1], size[0], values.shape[1]), np.float32)
        result[self.rows, self.columns] = values
        return result


def _rasterised(points: Floats, order: NDArray[np.intp], size: tuple[int, int]) -> _Raster:
    """Draw triangles with corners ``(468, 2)`` one over the other, in the order given."""
    mesh = canonical_face().triangles
    corners = points[mesh[order]]  # (T, 3, 2)
    sides = corners - np.roll(corners, 1, 1)
    area = np.abs(sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0])
    drawable = area > _THINNEST * np.linalg.norm(sides, axis=-1).max(1)
    image = Image.new("I", size, 0)
    draw = ImageDraw.Draw(image)
    outlines = corners[drawable].reshape(-1, 6).tolist()
    for index, outline in zip(order[drawable].tolist(), outlines, strict=True):
        draw.polygon(outline, fill=index + 1)
    drawn = np.asarray(image, np.int32)
    rows, columns = np.nonzero(drawn)
    triangle = drawn[rows, columns] - 1
    (ax, ay), (bx, by), (cx, cy) = points[mesh[triangle]].astype(np.float32).transpose(1, 2, 0)
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    area = np.where(np.abs(area) < 1e-6, 1e-6, area)
    second = ((columns - ax) * (cy - ay) - (rows - ay) * (cx - ax)) / area
    third = ((bx - ax) * (rows - ay) - (by - ay) * (columns - ax)) / area
    # Pixels of an edge lie up to one pixel outside of their triangle.
    mixed = np.stack([1 - second - third, second, third], -1).clip(0, 1)
    weights = (mixed / mixed.sum(-1, keepdims=True)).astype(np.float32)
    return _Raster(rows, columns, triangle, weights)


def _sampled(values: Floats, x: Floats, y: Floats) -> Floats:
    """``(N, C)`` of a picture ``(h, w, C)`` at places between pixels, bilinear."""
    height, width = values.shape[:2]
    x, y = x.clip(0, width - 1), y.clip(0, height - 1)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, low = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[:, None], (y - top)[:, None]
    above = values[top, left] * (1 - across) + values[top, right] * across
    below = values[low, left] * (1 - across) + values[low, right] * across
    return np.asarray(above * (1 - down) + below * down, np.float32)


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
    placed = raster.mix(np.concatenate([face.landmarks[:468, :2], _facing(face)[:, None]], 1))
    x, y = placed[:, 0], placed[:, 1]
    height, width = values.shape[:2]
    inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    seen = (placed[:, 2] * inside)[:, None]
    flat = raster.picture(np.concatenate([_sampled(values, x, y), seen], 1), (SIDE, SIDE))
    return flat[..., :-1], flat[..., -1]


def wrapped(layer: Floats, face: Face, size: tuple[int, int]) -> Floats:
    """A map ``(SIDE, SIDE, C)`` on a face, in a picture of ``size``: ``(h, w, C)``.

    Faces away and what lies outside the face are 0.
    """
    mesh = canonical_face()
    points = face.landmarks[:468]
    order = np.argsort(-points[mesh.triangles, 2].mean(1), kind="stable")  # far ones first
    raster = _rasterised(points[:, :2], order, size)
    placed = raster.mix(np.concatenate([mesh.uv * SIDE, _facing(face)[:, None]], 1))
    return raster.picture(_sampled(layer, placed[:, 0], placed[:, 1]) * placed[:, 2:], size)


def turned(face: Face) -> Floats:
    """``(SIDE, SIDE)`` how far each place of the map looks at the camera: the cosine of the angle
    between its surface and the picture's, 0 where it looks away."""
    raster = _map_raster()
    towards = raster.mix(_towards(face)[:, None]).clip(0, 1)
    return raster.picture(towards, (SIDE, SIDE))[..., 0]


def _facing(face: Face) -> NDArray[np.float32]:
    """``(468,)`` 1 where the surface looks at the camera, 0 where it looks away."""
    return ((_towards(face) - 0.05) / 0.25).clip(0, 1).astype(np.float32)


def _towards(face: Face) -> NDArray[np.float32]:
    """``(468,)`` cosine of the angle between the surface and the picture."""
    triangles = canonical_face().triangles
    corners = face.landmarks[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros((468, 3), np.float32)
    for k in range(3):
        np.add.at(total, triangles[:, k], normals)
    # Depth grows away from the camera, so what faces it has a normal of negative depth.
    return np.asarray(-total[:, 2] / (np.linalg.norm(total, axis=1) + 1e-9), np.float32)
