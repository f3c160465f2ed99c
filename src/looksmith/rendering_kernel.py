"""The compiled kernel of ``rendering``: stages of a 3D LUT and a bilateral grid of affines.

Rows go to all cores, and each row in blocks through the stages, each in three passes: where every
pixel falls in LUT and grid, and with which weights; what is read there; amount and clamp. The
compiler turns the first and the last into vector loops over pixels. In the middle every pixel reads
elsewhere, so there the vector is what it reads: two neighbouring nodes of the LUT, one whole affine
of the grid. Numba has no vector types; ``look_up`` and ``transform`` therefore write LLVM's.

Importing this module imports numba, which takes a while; ``rendering`` does so for large photos
only.
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
def _load(source, start, count, scale, values):  # type: ignore[no-untyped-def]
    """A block's pixels as floats in [0, 1]."""
    for p in range(3 * count):
        values[p] = np.float32(source[3 * start + p]) * scale


@_compiled()
def _place_in_lut(values, count, size, at, nodes, weights):  # type: ignore[no-untyped-def]
    """The node of the LUT below each colour, and the weights of the nodes around it."""
    f, i, u = np.float32, np.int32, np.uint64  # unsigned: numba need not look for negative indices
    one, scale, last = f(1), f(size - 1), i(size - 2)
    up_green, up_blue = i(NODE * size), i(NODE * size**2)
    w00, w01, w10, w11, along_red = weights[0], weights[1], weights[2], weights[3], weights[4]
    for x in range(count):
        p = u(3) * u(x)
        r, g, b = values[p] * scale, values[p + u(1)] * scale, values[p + u(2)] * scale
        i_r, i_g, i_b = min(i(r), last), min(i(g), last), min(i(b), last)
        nodes[x] = i(at) + i_b * up_blue + i_g * up_green + i_r * i(NODE)
        along_red[x] = r - f(i_r)
        along_green, along_blue = g - f(i_g), b - f(i_b)
        both = along_green * along_blue
        w00[x], w01[x] = one - along_blue - along_green + both, along_green - both
        w10[x], w11[x] = along_blue - both, both


@_compiled()
def _place_in_grid(values, start, count, width, columns, levels, at, cells, shares):  # type: ignore[no-untyped-def]
    """The cell of the row's grid below each pixel, and the shares of the cells around it."""
    f, i, u = np.float32, np.int32, np.uint64
    one, last_column, last_level = f(1), i(columns - 2), i(levels - 2)
    right, to_level = i(AFFINE * levels), f(levels - 1)
    step_x = f(columns - 1) / f(max(width - 1, 1))
    luma_r, luma_g, luma_b = to_level * LUMA[0], to_level * LUMA[1], to_level * LUMA[2]
    v00, v01, v10, v11 = shares[0], shares[1], shares[2], shares[3]
    for x in range(count):
        p = u(3) * u(x)
        level = values[p] * luma_r + values[p + u(1)] * luma_g + values[p + u(2)] * luma_b
        at_x = f(i(start) + i(x)) * step_x
        i_level, i_x = min(i(level), last_level), min(i(at_x), last_column)
        cells[x] = i(at) + i_x * right + i_level * i(AFFINE)
        up, aside = level - f(i_level), at_x - f(i_x)
        both = up * aside
        v00[x], v01[x] = one - up - aside + both, aside - both
        v10[x], v11[x] = up - both, both


@_compiled()
def _read_lut(count, luts, size, nodes, weights, made):  # type: ignore[no-untyped-def]
    """What the LUT makes of a block's pixels."""
    u = np.uint64
    up_green, up_blue = u(NODE * size), u(NODE * size**2)
    w00, w01, w10, w11, along_red = weights[0], weights[1], weights[2], weights[3], weights[4]
    for x in range(count):
        n, q = u(nodes[x]), u(4 * x)
        corners = (n, n + up_green, n + up_blue, n + up_blue + up_green)
        made[q], made[q + u(1)], made[q + u(2)], made[q + u(3)] = look_up(
            luts, corners, (w00[x], w01[x], w10[x], w11[x]), along_red[x]
        )


@_compiled()
def _read_grid(count, band, levels, cells, shares, made):  # type: ignore[no-untyped-def]
    """What the row's affines make of a block's colours, in place."""
    u = np.uint64
    right, above = u(AFFINE * levels), u(AFFINE)
    v00, v01, v10, v11 = shares[0], shares[1], shares[2], shares[3]
    for x in range(count):
        c, q = u(cells[x]), u(4 * x)
        colour = (made[q], made[q + u(1)], made[q + u(2)], made[q + u(3)])
        around = (c, c + right, c + above, c + right + above)
        made[q], made[q + u(1)], made[q + u(2)], made[q + u(3)] = transform(
            band, around, (v00[x], v01[x], v10[x], v11[x]), colour
        )


@_compiled()
def _widen(values, count, made):  # type: ignore[no-untyped-def]
    """Colours as they are, with the 1 that the affine's offset takes."""
    u = np.uint64
    for x in range(count):
        p, q = u(3) * u(x), u(4) * u(x)
        for channel in range(3):
            made[q + u(channel)] = values[p + u(channel)]
        made[q + u(3)] = np.float32(1)


@_compiled()
def _mix(values, count, amount, made):  # type: ignore[no-untyped-def]
    """``v + amount · (made − v)``, clamped to [0, 1]."""
    f, u = np.float32, np.uint64
    keep = f(1) - amount
    for x in range(count):
        p, q = u(3) * u(x), u(4) * u(x)
        for channel in range(3):
            value = keep * values[p + u(channel)] + amount * made[q + u(channel)]
            values[p + u(channel)] = min(max(value, f(0)), f(1))


@_compiled()
def _store(values, target, start, count, peak, rounding):  # type: ignore[no-untyped-def]
    """A block's colours in the target's own type."""
    for p in range(3 * count):
        if rounding > np.float32(0):
            target[3 * start + p] = np.int32(values[p] * peak + rounding)
        else:
            target[3 * start + p] = values[p] * peak


@_compiled()
def _row_of_grids(grids, shapes, y, height, bands, starts):  # type: ignore[no-untyped-def]
    """Every stage's grid as one row of pixels sees it, so that a pixel lies between four cells and
    not eight."""
    f = np.float32
    at = 0
    for s in range(len(shapes)):
        rows, width = shapes[s, 0], shapes[s, 1] * shapes[s, 2] * AFFINE
        starts[s] = at
        if rows == 0:
            continue
        at_y = f(y * (rows - 1)) / f(max(height - 1, 1))
        row = min(int(at_y), rows - 2)
        part = at_y - f(row)
        low = shapes[s, 3] + row * width
        for k in range(width):
            bands[at + k] = (f(1) - part) * grids[low + k] + part * grids[low + width + k]
        at += width


@_compiled(parallel=True, nogil=True)
def render_rows(  # type: ignore[no-untyped-def]
    pixels, luts, lut_shapes, grids, grid_shapes, amounts, top, height, peak, rounding, out
):
    """Render rows ``(H, 3 · W)`` of any number type into ``out``, of the same shape and type.

    ``luts`` holds all LUTs ``(blue, green, red, 4)``, the fourth value 1 for the affine's offset,
    ``lut_shapes`` ``(S, 2)`` their sizes and places; ``grids`` all grids ``(y, x, levels, 4, 4)``,
    the affine's columns before its rows, ``grid_shapes`` ``(S, 4)`` their shapes and places. Size 0
    stands for what a stage lacks. The rows begin at row ``top`` of a photo of ``height`` rows.
    ``peak`` stands for 1; ``rounding`` is 0.5 for whole numbers and 0 for floats.
    """
    f = np.float32
    width = pixels.shape[1] // 3
    count_of_bands = 1
    for s in range(len(grid_shapes)):
        count_of_bands += grid_shapes[s, 1] * grid_shapes[s, 2] * AFFINE
    for y in numba.prange(pixels.shape[0]):
        bands, starts = np.empty(count_of_bands, f), np.empty(len(amounts), np.int32)
        _row_of_grids(grids, grid_shapes, y + top, height, bands, starts)
        places, weights = np.empty(_BLOCK, np.int32), np.empty((5, _BLOCK), f)
        values, made = np.empty(3 * _BLOCK, f), np.empty(4 * _BLOCK, f)
        for start in range(0, width, _BLOCK):
            count = min(_BLOCK, width - start)
            _load(pixels[y], start, count, f(1) / peak, values)
            for s in range(len(amounts)):
                size, levels = lut_shapes[s, 0], grid_shapes[s, 2]
                if size > 0:
                    _place_in_lut(values, count, size, lut_shapes[s, 1], places, weights)
                    _read_lut(count, luts, size, places, weights, made)
                else:
                    _widen(values, count, made)
                if levels > 0:
                    columns, at = grid_shapes[s, 1], starts[s]
                    _place_in_grid(
                        values, start, count, width, columns, levels, at, places, weights
                    )
                    _read_grid(count, bands, levels, places, weights, made)
                _mix(values, count, amounts[s], made)
            _store(values, out[y], start, count, peak, rounding)
