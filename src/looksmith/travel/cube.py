"""LUTs as ``.cube`` files, which grading tools, ffmpeg and OBS open.

Format: Adobe, "Cube LUT Specification", version 1.0 (2013), and Resolve's ``LUT_3D_INPUT_RANGE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.grading import apply_lut, identity_lut
from looksmith.texts import text

SIZES = (2, 256)  # of a 3D LUT, by the specification
_CURVE_SIZES = (2, 65536)
_MOST_BYTES = 700_000_000  # 256³ lines
_FROM_CURVES = 65  # the 3D LUT that a 1D LUT becomes
_VALUES = (-1.0, 2.0)  # wider than display values need; beyond lie logarithmic and 10-bit LUTs
_STARTS_A_ROW = "+-.0123456789"


@dataclass
class _Header:
    curve_size: int = 0
    size: int = 0
    low: tuple[float, ...] = (0.0, 0.0, 0.0)
    high: tuple[float, ...] = (1.0, 1.0, 1.0)


def read_cube(path: Path) -> Tensor:
    """A 3D LUT over the domain 0 to 1, ``(3, N, N, N)``, indexed ``[channel, blue, green, red]``.

    A 1D LUT becomes a 3D one of 65³ nodes; a LUT of another domain is read where it is needed.

    Raises:
        LooksmithError: missing, not a LUT, of wrong counts or values, or for another range.
    """
    header, rows = _parsed(_words(path), path)
    if header.curve_size and header.size:
        raise _refusal(path, text("cube.both"))
    count = header.curve_size or header.size**3
    if not count:
        raise _refusal(path, text("cube.size"))
    if len(rows) != count:
        raise _refusal(path, text("cube.count", wanted=count, found=len(rows)))
    _check_values(rows, path)
    domain = _domain(header, path)
    values = torch.from_numpy(rows)
    if header.curve_size:
        return _from_curves(values.T, domain)
    lut = values.view(*(header.size,) * 3, 3).permute(3, 0, 1, 2)
    return _over_unit_domain(lut, domain)


def _words(path: Path) -> list[str]:
    """The lines of the file.

    Raises:
        LooksmithError: missing, too large, or binary.
    """
    if not path.is_file():
        raise LooksmithError(text("travel.missing", path=path))
    if path.stat().st_size > _MOST_BYTES:
        raise _refusal(path, text("cube.large"))
    data = path.read_bytes()
    if b"\0" in data[:4096]:
        raise _refusal(path, text("cube.binary"))
    return data.decode("utf-8-sig", errors="replace").splitlines()


def _parsed(lines: list[str], path: Path) -> tuple[_Header, NDArray[np.float32]]:
    header, rows = _Header(), []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line or line[0] == "#":
            continue
        if line[0] in _STARTS_A_ROW:
            rows.append((number, line))
            continue
        try:
            _read_keyword(header, line)
        except (ValueError, IndexError):
            raise _refusal(path, text("cube.line", number=number)) from None
    return header, _numbers(rows, path)


def _read_keyword(header: _Header, line: str) -> None:
    """Raises ValueError or IndexError: the line can't be understood."""
    keyword, *values = line.split()
    match keyword:
        case "LUT_1D_SIZE":
            header.curve_size = _within(int(values[0]), _CURVE_SIZES)
        case "LUT_3D_SIZE":
            header.size = _within(int(values[0]), SIZES)
        case "DOMAIN_MIN":
            header.low = _three(values)
        case "DOMAIN_MAX":
            header.high = _three(values)
        case "LUT_1D_INPUT_RANGE" | "LUT_3D_INPUT_RANGE":
            header.low, header.high = _three(values[:1] * 3), _three(values[1:] * 3)
        case _ if keyword != "TITLE" and not keyword.replace("_", "").isalnum():
            raise ValueError(keyword)


def _within(size: int, sizes: tuple[int, int]) -> int:
    if not sizes[0] <= size <= sizes[1]:
        raise ValueError(size)
    return size


def _three(words: list[str]) -> tuple[float, ...]:
    values = tuple(map(float, words))
    if len(values) != 3 or not np.isfinite(values).all():
        raise ValueError(words)
    return values


def _numbers(rows: list[tuple[int, str]], path: Path) -> NDArray[np.float32]:
    """The rows as ``(N, 3)``; where one is wrong, it is found and named."""
    try:
        return np.array([row.split() for _, row in rows], np.float32).reshape(-1, 3)
    except ValueError:
        for number, row in rows:
            try:
                np.array(row.split(), np.float32).reshape(3)
            except ValueError:
                raise _refusal(path, text("cube.line", number=number)) from None
        raise


def _check_values(rows: NDArray[np.float32], path: Path) -> None:
    if not np.isfinite(rows).all():
        raise _refusal(path, text("cube.finite"))
    low, high = float(rows.min()), float(rows.max())
    if low < _VALUES[0] or high > _VALUES[1]:
        raise _refusal(path, text("cube.values", low=low, high=high))


def _domain(header: _Header, path: Path) -> tuple[Tensor, Tensor]:
    low, high = torch.tensor(header.low), torch.tensor(header.high)
    if bool((low >= high).any()) or bool((low >= 1).any()) or bool((high <= 0).any()):
        raise _refusal(path, text("cube.domain"))
    return low, high


def _from_curves(curves: Tensor, domain: tuple[Tensor, Tensor]) -> Tensor:
    """Curves ``(3, N)`` over their domain as a 3D LUT."""
    axis = torch.linspace(0, 1, _FROM_CURVES)
    red, green, blue = (
        torch.from_numpy(
            np.interp(axis.numpy(), np.linspace(float(low), float(high), len(curve)), curve.numpy())
        ).float()
        for curve, low, high in zip(curves, *domain, strict=True)
    )
    nodes = torch.meshgrid(blue, green, red, indexing="ij")
    return torch.stack(nodes[::-1])


def _over_unit_domain(lut: Tensor, domain: tuple[Tensor, Tensor]) -> Tensor:
    low, high = (side.view(3, 1, 1, 1) for side in domain)
    if bool((low == 0).all()) and bool((high == 1).all()):
        return lut
    size = lut.shape[-1]
    places = ((identity_lut(size) - low) / (high - low)).clamp(0, 1)
    return apply_lut(places.view(1, 3, 1, -1), lut).view(3, size, size, size)


def _refusal(path: Path, why: str) -> LooksmithError:
    return LooksmithError(text("cube.foreign", path=path, why=why))


def write_cube(lut: Tensor, path: Path, title: str) -> None:
    """Write a LUT ``(3, N, N, N)`` in [0, 1], whole or not at all.

    Raises:
        LooksmithError: the file can't be written.
    """
    size = lut.shape[-1]
    title = title.replace('"', "'")
    lines = [f'TITLE "{title}"', f"LUT_3D_SIZE {size}", "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 1 1 1"]
    lines += [f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in lut.flatten(1).T.tolist()]  # red fastest
    with whole_file(path) as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
