"""A look as one ONNX network that takes photos of any size: prediction and rendering together.

    export_onnx(Transfer(look), Path("film.onnx"))
    session = onnxruntime.InferenceSession("film.onnx")
    (made,) = session.run(None, {"photo": photo})  # (1, 3, H, W) sRGB in [0, 1], both

onnxruntime has no five-dimensional ``grid_sample``, so trilinear interpolation is eight gathers.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from looksmith.color import delta_e_2000, luma
from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.grading import identity_lut
from looksmith.networks.normaliser import CHANCE, NOTHING, Normaliser, correct_globally
from looksmith.rendering import LUT_SIZE, NORMALISE, WORKING_SIZE, Rendering, Stage
from looksmith.texts import text
from looksmith.transfer import Transfer

OPSET = 17
_TRACED = (384, 512)  # the size that the network is traced with; every size is served


class LookNetwork(nn.Module):
    """``(1, 3, H, W)`` sRGB in [0, 1] to the same with the look."""

    def __init__(self, transfer: Transfer) -> None:
        super().__init__()
        look, base, controls = transfer.look, transfer.base, transfer.controls
        self.networks = base.networks  # registered, so that its weights are the network's
        self.normaliser = base.normaliser if look.learned and controls.normalise else None
        self.look, self.base, self.user, self.more = look, base, transfer.user, transfer.more
        self.normalise, self.controls = controls.normalise, replace(controls, normalise=0)

    def forward(self, photo: Tensor) -> Tensor:
        working = shrunk(photo)
        if self.normaliser is not None:
            stage, amount = _right(self.normaliser, working)
            photo, working = (
                _through(image, stage, amount * self.normalise).clamp(0, 1)
                for image in (photo, working)
            )
        grade = self.look.grade_stage(self.base, working, self.user)
        graded = _through(working, grade, 1.0).clamp(0, 1)
        stages = Rendering((grade, *self.look.mood_stage(graded))).controlled(self.controls)
        for stage in stages.followed_by(*self.more).active:
            photo = _through(photo, stage, stage.amount).clamp(0, 1)
        return photo


def _right(normaliser: Normaliser, working: Tensor) -> tuple[Stage, Tensor]:
    """As ``Normaliser.stage``, its amount a tensor, so that it stays a function of the photo."""
    correction = normaliser(working)
    lattice = identity_lut(LUT_SIZE).flatten(2).unsqueeze(0)
    lut = correct_globally(lattice, correction).view(1, 3, LUT_SIZE, LUT_SIZE, LUT_SIZE)
    stage = Stage(NORMALISE, lut, correction.grid)
    change = delta_e_2000(_through(working, stage, 1.0).clamp(0, 1), working).mean()
    amount = change**4 / (change**4 + CHANCE**4)
    return stage, torch.where(amount > NOTHING, amount, torch.zeros(()))


def shrunk(photo: Tensor) -> Tensor:
    """The means of 128 × 128 boxes, as two matrix products whose matrices follow the size."""
    height, width = photo.shape[-2:]
    return _boxes(height) @ photo @ _boxes(width).T


def _boxes(count: int) -> Tensor:
    """How much each of ``count`` pixels counts in each of 128 boxes, ``(128, count)``, as in
    Pillow's box filter: a box holds the pixels whose centres lie in it, and one that is smaller
    than a pixel the pixel that it lies in."""
    pixels = torch.arange(count).float() + 0.5
    side = torch.full((), 1.0) * count / WORKING_SIZE
    away = pixels - (torch.arange(WORKING_SIZE).float().unsqueeze(1) + 0.5) * side
    half = side.clamp(min=1) / 2
    inside = ((away > -half) & (away <= half)).float()
    return inside / inside.sum(1, keepdim=True)


def _through(photo: Tensor, stage: Stage, amount: float | Tensor) -> Tensor:
    made, size = photo, photo.shape[-2:]
    pixels = photo[0].flatten(1)  # (3, H·W)
    if stage.lut is not None:
        made = _interpolated(stage.lut[0], pixels.unbind(0)).T.view(1, 3, *size)
    if stage.grid is not None:
        affine = _interpolated(stage.grid[0], (*_places(*size), luma(photo).flatten()))
        colours = F.pad(made[0].flatten(1).T, (0, 1), value=1.0)  # (H·W, 4)
        made = (affine.view(-1, 3, 4) * colours.unsqueeze(1)).sum(-1).T.view(1, 3, *size)
    return photo + amount * (made - photo)


def _places(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Where each pixel lies from left to right and from top to bottom, 0 to 1: ``(H·W,)`` each."""
    x = torch.arange(width) / (torch.full((), 1.0) * width - 1).clamp(min=1)
    y = torch.arange(height) / (torch.full((), 1.0) * height - 1).clamp(min=1)
    return x.expand(height, width).flatten(), y.unsqueeze(1).expand(height, width).flatten()


def _interpolated(table: Tensor, places: tuple[Tensor, ...]) -> Tensor:
    """Trilinear interpolation in ``(C, Z, Y, X)`` at N places x, y, z in [0, 1]: ``(N, C)``."""
    sizes = table.shape[:0:-1]  # X, Y, Z
    cells = table.flatten(1).T.contiguous()  # a cell's values side by side
    strides = (1, sizes[0], sizes[0] * sizes[1])
    first, shares = torch.zeros((), dtype=torch.long), []
    for place, size, stride in zip(places, sizes, strides, strict=True):
        at = place.clamp(0, 1) * (size - 1)
        low = at.floor().clamp(max=size - 2)
        first = first + low.long() * stride
        shares.append(at - low)
    made = torch.zeros(())
    for corner in range(8):
        far = [corner >> axis & 1 for axis in range(3)]
        beyond = sum(stride for stride, end in zip(strides, far, strict=True) if end)
        weight = torch.ones(())
        for end, share in zip(far, shares, strict=True):
            weight = weight * (share if end else 1 - share)
        made = made + weight.unsqueeze(1) * cells[first + beyond]
    return made


def export_onnx(transfer: Transfer, path: Path) -> None:
    """Write the network, whole or not at all: the look, how much of it and for whom. It makes
    photos right as ``apply`` does; what follows a rendering (``finish``) is left out.

    Raises:
        LookError: the look was learned with another base.
        LooksmithError: the package onnx is missing, or the file can't be written.
    """
    if find_spec("onnx") is None:
        raise LooksmithError(text("onnx.missing"))
    transfer.rendering(np.zeros((1, 1, 3), np.uint8))  # refuses a look of another base
    network = LookNetwork(transfer).eval()
    free = {2: "height", 3: "width"}
    with whole_file(path) as part, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of what tracing makes constant: the stages, on purpose
        # The exporter that traces takes 2 s and no further packages; the one that compiles, 25 s.
        torch.onnx.export(
            network,
            (torch.full((1, 3, *_TRACED), 0.5),),
            part,
            input_names=["photo"],
            output_names=["made"],
            dynamic_axes={"photo": free, "made": free},
            opset_version=OPSET,
            dynamo=False,
        )
