"""The compiled kernel of ``slicing``: a 3D LUT, then a bilateral grid of affine transforms.

Rows go to all cores, and each row in blocks through three passes: where every pixel falls in LUT
and grid, and with which weights; what is read there; strength and rounding. The compiler turns the
first and the last into vector loops over pixels. In the middle every pixel reads elsewhere, so
there the vector is what it reads: two neighbouring nodes of the LUT, one whole affine of the grid.
Numba has no vector types; ``look_up`` and ``transform`` therefore write LLVM's.

Importing this module imports numba, which takes a while; ``slicing`` does so for large photos only.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from looksmith.color import LUMA_WEIGHTS

NODE = 4  # floats of a LUT node: red, green, blue, padding
AFFINE = 16  # floats of an affine: four columns (for red, green, blue, 1) of four rows, one padding
LUMA = tuple(np.float32(weight) for weight in LUMA_WEIGHTS)
_BLOCK = 128  # pixels; the passes' arrays stay in the first-level cache

_FLOAT, _INT = ir.FloatType(), ir.IntType(32)
_FOUR_FLOATS = types.UniTuple(types.float32, 4)
_FAST = ("fast",)


def _lanes(builder: Any, vector: Any, chosen: Sequence[int]) -> Any:
    """The chosen lanes of a vector, in that order."""
    which = ir.Constant(ir.VectorType(_INT, len(chosen)), list(chosen))
    return builder.shuffle_vector(vector, vector, which)


def _repeated(builder: Any, value: Any, count: int) -> Any:
    empty = ir.Constant(ir.VectorType(_FLOAT, count), ir.Undefined)
    return _lanes(builder, builder.insert_element(empty, value, ir.Constant(_INT, 0)), [0] * count)


def _weighted_sum(context: Any, builder: Any, signature: Any, arguments: Any, count: int) -> Any:
    """``Σ weights[n] · table[at[n] : at[n] + count]`` of the arguments (table, at, weights, …)."""
    array = cgutils.create_struct_proxy(signature.args[0])
    data = array(context, builder, value=arguments[0]).data
    total = None
    for n in range(signature.args[1].count):
        at, weight = (builder.extract_value(argument, n) for argument in arguments[1:3])
        pointer = ir.PointerType(ir.VectorType(_FLOAT, count))
        values = builder.load(builder.bitcast(builder.gep(data, [at]), pointer))
        values.align = 4  # a float's, not the vector's
        term = builder.fmul(values, _repeated(builder, weight, count), flags=_FAST)
        total = term if total is None else builder.fadd(total, term, flags=_FAST)
    return total


def _as_tuple(context: Any, builder: Any, vector: Any) -> Any:
    values = [builder.extract_element(vector, ir.Constant(_INT, lane)) for lane in range(4)]
    return context.make_tuple(builder, _FOUR_FLOATS, values)


def _as_vector(builder: Any, four: Any) -> Any:
    vector = ir.Constant(ir.VectorType(_FLOAT, 4), ir.Undefined)
    for lane in range(4):
        value = builder.extract_value(four, lane)
        vector = builder.insert_element(vector, value, ir.Constant(_INT, lane))
    return vector


@intrinsic
def look_up(_: Any, lut: Any, at: Any, weights: Any, along_red: Any) -> Any:
    """Trilinear interpolation: at four nodes and their neighbours along red."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        both = _weighted_sum(context, builder, signature, arguments, 2 * NODE)
        low, high = _lanes(builder, both, range(4)), _lanes(builder, both, range(4, 8))
        rise = builder.fsub(high, low, flags=_FAST)
        part = builder.fmul(rise, _repeated(builder, arguments[3], NODE), flags=_FAST)
        return _as_tuple(context, builder, builder.fadd(low, part, flags=_FAST))

    return _FOUR_FLOATS(lut, at, weights, along_red), generate


@intrinsic
def transform(_: Any, grid: Any, at: Any, weights: Any, colour: Any) -> Any:
    """The affine interpolated between four cells, applied to a colour whose fourth value is 1."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        affine = _weighted_sum(context, builder, signature, arguments, AFFINE)
        spread = [column for column in range(4) for _ in range(4)]
        columns = _lanes(builder, _as_vector(builder, arguments[3]), spread)
        terms = builder.fmul(affine, columns, flags=_FAST)
        for half in (8, 4):
            first, second = range(half), range(half, 2 * half)
            low, high = _lanes(builder, terms, first), _lanes(builder, terms, second)
            terms = builder.fadd(low, high, flags=_FAST)
        return _as_tuple(context, builder, terms)

    return _FOUR_FLOATS(grid, at, weights, colour), generate


_compiled = functools.partial(numba.njit, fastmath=True, error_model="numpy", cache=True)


@_compiled()
def _locate(source, start, count, width, peak, lut, band, nodes, weights, cells, shares):  # type: ignore[no-untyped-def]
    """Where each pixel of a block falls: node of the LUT, cell of the band, and their weights."""
    f, i, u = np.float32, np.int32, np.uint64  # unsigned: numba need not look for negative indices
    one = f(1)
    last_node, last_column, last_level = (
        i(lut.shape[0] - 2),
        i(band.shape[0] - 2),
        i(band.shape[1] - 2),
    )
    up_green, up_blue = i(NODE * lut.shape[0]), i(NODE * lut.shape[0] ** 2)
    right = i(AFFINE * band.shape[1])
    scale, to_level = f(lut.shape[0] - 1) / peak, f(band.shape[1] - 1) / peak
    step_x = f(band.shape[0] - 1) / f(max(width - 1, 1))
    luma_r, luma_g, luma_b = to_level * LUMA[0], to_level * LUMA[1], to_level * LUMA[2]
    w00, w01, w10, w11, along_red = weights[0], weights[1], weights[2], weights[3], weights[4]
    v00, v01, v10, v11 = shares[0], shares[1], shares[2], shares[3]
    for x in range(count):
        p = u(3) * u(start + x)
        red, green, blue = f(source[p]), f(source[p + u(1)]), f(source[p + u(2)])
        r, g, b = red * scale, green * scale, blue * scale
        i_r, i_g, i_b = min(i(r), last_node), min(i(g), last_node), min(i(b), last_node)
        nodes[x] = i_b * up_blue + i_g * up_green + i_r * i(NODE)
        along_red[x] = r - f(i_r)
        along_green, along_blue = g - f(i_g), b - f(i_b)
        both = along_green * along_blue
        w00[x], w01[x] = one - along_blue - along_green + both, along_green - both
        w10[x], w11[x] = along_blue - both, both
        level, at_x = red * luma_r + green * luma_g + blue * luma_b, f(i(start) + i(x)) * step_x
        i_level, i_x = min(i(level), last_level), min(i(at_x), last_column)
        cells[x] = i_x * right + i_level * i(AFFINE)
        up, aside = level - f(i_level), at_x - f(i_x)
        both = up * aside
        v00[x], v01[x] = one - up - aside + both, aside - both
        v10[x], v11[x] = up - both, both


@_compiled()
def _read(count, lut, band, nodes, weights, cells, shares, made):  # type: ignore[no-untyped-def]
    """What LUT and affines make of a block's pixels."""
    u = np.uint64
    up_green, up_blue = u(NODE * lut.shape[0]), u(NODE * lut.shape[0] ** 2)
    right, above = u(AFFINE * band.shape[1]), u(AFFINE)
    w00, w01, w10, w11, along_red = weights[0], weights[1], weights[2], weights[3], weights[4]
    v00, v01, v10, v11 = shares[0], shares[1], shares[2], shares[3]
    for x in range(count):
        n, c, q = u(nodes[x]), u(cells[x]), u(4 * x)
        corners = (n, n + up_green, n + up_blue, n + up_blue + up_green)
        colour = look_up(lut, corners, (w00[x], w01[x], w10[x], w11[x]), along_red[x])
        around = (c, c + right, c + above, c + right + above)
        made[q], made[q + u(1)], made[q + u(2)], made[q + u(3)] = transform(
            band, around, (v00[x], v01[x], v10[x], v11[x]), colour
        )


@_compiled()
def _finish(source, target, start, count, keep, peak, rounding, made):  # type: ignore[no-untyped-def]
    """Mix with the pixels before, clamp and round."""
    f, i, u = np.float32, np.int32, np.uint64
    zero, top = f(0), peak + rounding
    for x in range(count):
        p, q = u(3) * u(start + x), u(4 * x)
        for channel in range(3):
            value = keep * f(source[p + u(channel)]) + made[q + u(channel)] + rounding
            value = min(max(value, zero), top)
            if rounding > zero:
                target[p + u(channel)] = i(value)
            else:
                target[p + u(channel)] = value


@_compiled(parallel=True, nogil=True)
def render_rows(pixels, lut, grid, strength, peak, rounding, out):  # type: ignore[no-untyped-def]
    """Render rows ``(H, 3 · W)`` of any number type into ``out``, of the same shape and type.

    ``lut`` is ``(blue, green, red, 4)``, the fourth channel 1; ``grid`` ``(y, x, levels, 4, 4)``,
    columns of the affine before rows. ``peak`` stands for 1; ``rounding`` is 0.5 for whole numbers
    and 0 for floats.
    """
    f = np.float32
    height, width = pixels.shape[0], pixels.shape[1] // 3
    rows = grid.shape[0]
    for y in numba.prange(height):
        at_y = f(y * (rows - 1)) / f(max(height - 1, 1))
        row = min(int(at_y), rows - 2)
        part = at_y - f(row)
        # The grid of this row, so that a pixel lies between four cells and not eight.
        band = (strength * peak) * ((f(1) - part) * grid[row] + part * grid[row + 1])
        nodes, weights = np.empty(_BLOCK, np.int32), np.empty((5, _BLOCK), f)
        cells, shares = np.empty(_BLOCK, np.int32), np.empty((4, _BLOCK), f)
        made = np.empty(4 * _BLOCK, f)
        for start in range(0, width, _BLOCK):
            count = min(_BLOCK, width - start)
            _locate(pixels[y], start, count, width, peak, lut, band, nodes, weights, cells, shares)
            _read(count, lut, band, nodes, weights, cells, shares, made)
            _finish(pixels[y], out[y], start, count, f(1) - strength, peak, rounding, made)
