"""ICC profiles of tables, which no library at hand writes (ICC.1:2001-04, 6.5.8 lut16Type)."""

from __future__ import annotations

import struct
from functools import cache

import numpy as np
from numpy.typing import NDArray

_ADOBE = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)  # linear Adobe RGB (1998) to XYZ under D50
_SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.7141]]
)
_WHITE = np.array([0.9642, 1.0, 0.8249])
_GAMMA = 563 / 256
_D50 = struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)

Floats = NDArray[np.floating]


@cache
def lut_profile(back: bool = True) -> bytes:
    """Adobe RGB as tables; with ``back`` False it leads from RGB only, as a scanner's does."""
    rgb = _grid(3, 17)
    to_lab = _lut(3, 17, _encoded_lab(_lab((rgb**_GAMMA) @ _ADOBE.T)))
    tags = {b"A2B0": to_lab}
    if back:
        lab = _grid(3, 33) * [100 * 65535 / 65280, 255.996, 255.996] - [0, 128, 128]
        linear = _xyz(lab) @ np.linalg.inv(_ADOBE).T
        tags[b"B2A0"] = _lut(3, 33, (linear.clip(0, 1) ** (1 / _GAMMA) * 65535).round())
    return _profile(b"prtr" if back else b"scnr", b"RGB ", tags)


@cache
def cmyk_profile() -> bytes:
    """Inks that mix as ``(1 − c)(1 − k)`` of sRGB."""
    ink = _grid(4, 9)
    rgb = (1 - ink[:, :3]) * (1 - ink[:, 3:])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    tags = {b"A2B0": _lut(4, 9, _encoded_lab(_lab(linear @ _SRGB.T)))}
    return _profile(b"prtr", b"CMYK", tags)


def _grid(channels: int, size: int) -> Floats:
    axes = np.meshgrid(*[np.linspace(0, 1, size)] * channels, indexing="ij")
    return np.stack(axes, -1).reshape(-1, channels)


def _lab(xyz: Floats) -> Floats:
    t = xyz / _WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * 841 / 108 + 4 / 29)
    x, y, z = f.T
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), -1)


def _xyz(lab: Floats) -> Floats:
    y = (lab[:, 0] + 16) / 116
    f = np.stack((y + lab[:, 1] / 500, y, y - lab[:, 2] / 200), -1)
    return np.where(f > 6 / 29, f**3, (f - 4 / 29) * 108 / 841) * _WHITE


def _encoded_lab(lab: Floats) -> Floats:
    return np.stack((lab[:, 0] * 652.8, *((lab[:, i] + 128) * 256 for i in (1, 2))), -1).round()


def _lut(channels: int, size: int, values: Floats) -> bytes:
    head = b"mft2" + bytes(4) + bytes((channels, 3, size, 0))
    matrix = struct.pack(">9i", *(65536 * np.eye(3, dtype=int)).ravel())
    line = struct.pack(">2H", 0, 65535)
    table = values.clip(0, 65535).astype(">u2").tobytes()
    return head + matrix + struct.pack(">2H", 2, 2) + line * channels + table + line * 3


def _profile(kind: bytes, space: bytes, tags: dict[bytes, bytes]) -> bytes:
    name = b"odd"
    description = b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name + bytes(79)
    white = b"XYZ " + bytes(4) + _D50
    tags = {b"desc": description, b"cprt": b"text" + bytes(4) + b"none\0", b"wtpt": white} | tags
    at, table, data = 132 + 12 * len(tags), [struct.pack(">I", len(tags))], []
    for tag, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table.append(tag + struct.pack(">2I", at, len(content)))
        data.append(padded)
        at += len(padded)
    header = struct.pack(">I4sI", at, b"lcms", 0x02400000) + kind + space + b"Lab "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    header += _D50
    return header.ljust(128, b"\0") + b"".join((*table, *data))
