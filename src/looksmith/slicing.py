"""Apply a ``Rendering`` to pixels at full resolution, on all cores.

The same arithmetic as ``networks.generator.render`` (a 3D LUT, then a bilateral grid of affine
transforms), compiled, so that 24 megapixels cost less than their JPEG does. Small photos go
through torch, which needs no compiler to be started.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from looksmith.networks.generator import Rendering, render
from looksmith.pixels import Array, peak_of

SMALL = 1_200_000  # pixels; below, starting the compiler costs more than it saves


def render_pixels(pixels: Array, rendering: Rendering, strength: float) -> Array:
    """Render ``(H, W, 3)`` sRGB of uint8, uint16 or float32 in [0, 1]; the same type comes back.

    ``strength`` mixes: ``pixel + strength · (rendered − pixel)``; at 0 the pixels come back bit
    for bit.
    """
    if strength == 0:
        return pixels.copy()
    if pixels.shape[0] * pixels.shape[1] < SMALL:
        return _render_small(pixels, rendering, strength)
    from looksmith.slicing_kernel import render_rows

    rows = np.ascontiguousarray(pixels).reshape(len(pixels), -1)
    out = np.empty_like(rows)
    render_rows(
        rows,
        _nodes(rendering),
        _affines(rendering),
        np.float32(strength),
        np.float32(peak_of(pixels.dtype)),
        np.float32(0.5 if pixels.dtype.kind == "u" else 0.0),
        out,
    )
    return out.reshape(pixels.shape)


def _nodes(rendering: Rendering) -> Array:
    """The LUT as ``(blue, green, red, 4)``; the fourth value, 1, is what the offset takes."""
    return F.pad(rendering.lut[0].permute(1, 2, 3, 0), (0, 1), value=1.0).contiguous().numpy()


def _affines(rendering: Rendering) -> Array:
    """The grid as ``(y, x, levels, 4, 4)``: the affine's columns, each of three rows and a 0."""
    grid = rendering.grid[0].unflatten(0, (3, 4))  # (row, column, level, y, x)
    return F.pad(grid.permute(3, 4, 2, 1, 0), (0, 1)).contiguous().numpy()


@torch.no_grad()
def _render_small(pixels: Array, rendering: Rendering, strength: float) -> Array:
    peak = peak_of(pixels.dtype)
    photo = torch.from_numpy(np.ascontiguousarray(pixels.astype(np.float32) / peak))
    photo = photo.permute(2, 0, 1).unsqueeze(0)
    made = render(photo, rendering)
    mixed = (photo + strength * (made - photo)).clamp(0, 1)[0].permute(1, 2, 0).numpy()
    if pixels.dtype.kind == "u":
        return (mixed * peak + 0.5).astype(pixels.dtype)
    return mixed.astype(pixels.dtype)
