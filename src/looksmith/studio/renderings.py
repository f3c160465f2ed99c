"""Renderings for browsers: safetensors of half floats, laid out as WebGL's 3D textures."""

from __future__ import annotations

import json

import torch
from safetensors.torch import save
from torch import Tensor

from looksmith.rendering import Rendering


def packed(rendering: Rendering, label: bytes) -> bytes:
    """The stages of one photo's rendering, and the XMP packet for pictures made with it.

    The header lists the stages in ``stages``: ``[{"name", "amount"}, …]``; ``label`` is the packet.
    Stage i has ``i.lut`` ``(N, N, N, 4)``, RGBA by blue, green, red; and ``i.grid``
    ``(3 · levels, y, x, 4)``: for red, green and blue in turn, the row of the affine transform that
    makes it.
    """
    tensors: dict[str, Tensor] = {}
    stages: list[dict[str, str | float]] = []
    for stage in rendering.active:
        index = len(stages)
        stages.append({"name": stage.name, "amount": stage.amount})
        if stage.lut is not None:
            tensors[f"{index}.lut"] = _lut_texture(stage.lut[0])
        if stage.grid is not None:
            tensors[f"{index}.grid"] = _grid_texture(stage.grid[0])
    return save(tensors, {"stages": json.dumps(stages), "label": label.decode()})


def _lut_texture(lut: Tensor) -> Tensor:
    alpha = torch.ones_like(lut[:1])
    return torch.cat((lut, alpha)).permute(1, 2, 3, 0).half().contiguous()


def _grid_texture(grid: Tensor) -> Tensor:
    rows = grid.unflatten(0, (3, 4)).permute(0, 2, 3, 4, 1)  # (3, levels, y, x, 4)
    return rows.flatten(0, 1).half().contiguous()
