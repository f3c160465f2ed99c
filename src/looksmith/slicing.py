"""Apply a ``Rendering`` to pixels at full resolution, on all cores.

The same arithmetic as ``networks.generator.render`` (a 3D LUT, then a bilateral grid of affine
transforms), compiled, so that 24 megapixels cost less than their JPEG does. Small photos go
through torch, which needs no compiler to be started.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch

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
    lut = rendering.lut[0].permute(1, 2, 3, 0).contiguous().numpy()  # (blue, green, red, channel)
    grid = rendering.grid[0].permute(2, 1, 3, 0).contiguous().numpy()  # (y, level, x, 12)
    out = np.empty_like(pixels)
    _compiled()(
        pixels,
        _padded(lut),
        grid,
        np.float32(strength),
        np.float32(peak_of(pixels.dtype)),
        np.float32(0.5 if pixels.dtype.kind == "u" else 0.0),
        out,
    )
    return out


def _padded(lut: Array) -> Array:
    """Four channels instead of three, so that one vector register holds a node."""
    padded = np.zeros((*lut.shape[:3], 4), np.float32)
    padded[..., :3] = lut
    return padded


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


@cache
def _compiled() -> Any:
    """The kernel, compiled once and kept on disk."""
    import numba

    @numba.njit(parallel=True, fastmath=True, cache=True, nogil=True)
    def kernel(pixels, lut, grid, strength, peak, rounding, out):  # type: ignore[no-untyped-def]
        height, width, _ = pixels.shape
        rows, levels, columns, _ = grid.shape
        nodes = lut.shape[0] - 1
        scale = np.float32(1.0) / peak
        one, zero = np.float32(1.0), np.float32(0.0)
        for y in numba.prange(height):
            at_y = np.float32(y * (rows - 1)) / np.float32(max(height - 1, 1))
            row = min(int(at_y), rows - 2)
            part_y = at_y - np.float32(row)
            # The grid of this row: (level, x, 12).
            band = (one - part_y) * grid[row] + part_y * grid[row + 1]
            affine = np.empty(12, np.float32)
            colour = np.empty(4, np.float32)
            step_x = np.float32(columns - 1) / np.float32(max(width - 1, 1))
            for x in range(width):
                red = np.float32(pixels[y, x, 0]) * scale
                green = np.float32(pixels[y, x, 1]) * scale
                blue = np.float32(pixels[y, x, 2]) * scale
                r, g, b = red * nodes, green * nodes, blue * nodes
                i, j, k = min(int(r), nodes - 1), min(int(g), nodes - 1), min(int(b), nodes - 1)
                fr, fg, fb = r - np.float32(i), g - np.float32(j), b - np.float32(k)
                w00, w10 = (one - fb) * (one - fg), fb * (one - fg)
                w01, w11 = (one - fb) * fg, fb * fg
                for c in range(4):
                    low = (
                        w00 * lut[k, j, i, c]
                        + w01 * lut[k, j + 1, i, c]
                        + w10 * lut[k + 1, j, i, c]
                        + w11 * lut[k + 1, j + 1, i, c]
                    )
                    high = (
                        w00 * lut[k, j, i + 1, c]
                        + w01 * lut[k, j + 1, i + 1, c]
                        + w10 * lut[k + 1, j, i + 1, c]
                        + w11 * lut[k + 1, j + 1, i + 1, c]
                    )
                    colour[c] = low + fr * (high - low)
                tone = (
                    np.float32(0.2126) * red
                    + np.float32(0.7152) * green
                    + np.float32(0.0722) * blue
                )
                level = tone * np.float32(levels - 1)
                l0 = min(int(level), levels - 2)
                fl = level - np.float32(l0)
                at_x = np.float32(x) * step_x
                x0 = min(int(at_x), columns - 2)
                fx = at_x - np.float32(x0)
                v00, v01 = (one - fl) * (one - fx), (one - fl) * fx
                v10, v11 = fl * (one - fx), fl * fx
                for c in range(12):
                    affine[c] = (
                        v00 * band[l0, x0, c]
                        + v01 * band[l0, x0 + 1, c]
                        + v10 * band[l0 + 1, x0, c]
                        + v11 * band[l0 + 1, x0 + 1, c]
                    )
                for c in range(3):
                    made = (
                        affine[4 * c] * colour[0]
                        + affine[4 * c + 1] * colour[1]
                        + affine[4 * c + 2] * colour[2]
                        + affine[4 * c + 3]
                    )
                    before = np.float32(pixels[y, x, c]) * scale
                    value = before + strength * (made - before)
                    out[y, x, c] = min(max(value, zero), one) * peak + rounding

    return kernel
