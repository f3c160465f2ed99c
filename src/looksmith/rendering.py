"""Renderings: how one photo is to be changed, how that is mixed, and how it is executed.

A rendering is small and is applied at any resolution. A photo passes through its *stages* in turn:
*normalise* (the photo made right), *grade* (what the editor did), *mood* (what the feed's photos
share beyond that), and whatever else is appended. A stage is a 3D LUT, then a bilateral grid of
affine colour transforms (Gharbi et al., "Deep Bilateral Learning for Real-Time Image Enhancement",
2017); either may be missing. Structure cannot break, since a pixel's place never changes.

    rendering = look.predict(base, working)                    # a decision, from a small copy
    render(photo, rendering.controlled(Controls(strength=0.7)))  # tensors, differentiable
    render_pixels(pixels, rendering)                           # arrays of any size, on all cores
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from looksmith.color import luma
from looksmith.errors import LooksmithError
from looksmith.grading import apply_lut, identity_lut
from looksmith.pixels import Array, peak_of
from looksmith.texts import text

LUT_SIZE = 17
GRID_CELLS = 8
GRID_LEVELS = 8
WORKING_SIZE = 128  # a rendering is predicted from the photo as a square of this many pixels
SMALL = 1_200_000  # pixels; below, starting the compiler costs more than it saves
NORMALISE, GRADE, MOOD = "normalise", "grade", "mood"


@dataclass(frozen=True)
class Controls:
    """How much of each stage is given: 0 takes it away exactly, 1 is the default.

    Raises:
        LooksmithError: a control is out of range.
    """

    strength: float = 1.0
    """Of the grade, 0 … 1.5."""
    mood: float = 1.0
    """0 … 1.5."""
    normalise: float = 1.0
    """0 … 1."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value, most = getattr(self, field.name), 1.0 if field.name == NORMALISE else 1.5
            if not 0 <= value <= most:
                raise LooksmithError(
                    text("control.range", name=field.name, value=value, most=f"{most:g}")
                )

    def amount(self, stage: str) -> float:
        """What a stage of that name is multiplied with; 1 for those that have no control."""
        return {NORMALISE: self.normalise, GRADE: self.strength, MOOD: self.mood}.get(stage, 1.0)


@dataclass(frozen=True)
class Stage:
    """``v + amount · (grid(lut(v)) − v)`` for every colour ``v``, clamped to [0, 1]."""

    name: str
    lut: Tensor | None = None
    """3D LUT ``(B, 3, N, N, N)``, indexed ``[channel, blue, green, red]``."""
    grid: Tensor | None = None
    """Bilateral grid ``(B, 12, levels, y, x)`` of affine coefficients; the luma of ``v`` says
    between which levels a pixel lies."""
    amount: float = 1.0

    @property
    def active(self) -> bool:
        """Whether the stage changes anything."""
        return self.amount != 0 and (self.lut is not None or self.grid is not None)


@dataclass(frozen=True)
class Rendering:
    """How B photos are to be changed: stages, in their order."""

    stages: tuple[Stage, ...] = ()

    def __getitem__(self, name: str) -> Stage:
        """The stage of that name.

        Raises:
            KeyError: there is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    @property
    def active(self) -> tuple[Stage, ...]:
        """The stages that change anything."""
        return tuple(stage for stage in self.stages if stage.active)

    def followed_by(self, *stages: Stage) -> Rendering:
        """The same with more stages at its end."""
        return Rendering((*self.stages, *stages))

    def controlled(self, controls: Controls) -> Rendering:
        """The same with its stages' amounts multiplied by the controls."""
        return Rendering(
            tuple(replace(s, amount=s.amount * controls.amount(s.name)) for s in self.stages)
        )


def mean_stage(stage: Stage, weights: Tensor) -> Stage:
    """The weighted mean of a stage's B versions as one; ``weights`` ``(B,)``, and what they lack
    of 1 is no change."""
    rest, shares = 1 - weights.sum(), weights.view(-1, 1, 1, 1, 1)

    def mean(values: Tensor | None, nothing: Callable[[Tensor], Tensor]) -> Tensor | None:
        if values is None:
            return None
        return (shares * values).sum(0, keepdim=True) + rest * nothing(values)

    return replace(
        stage,
        lut=mean(stage.lut, lambda lut: identity_lut(lut.shape[-1], lut.device).unsqueeze(0)),
        grid=mean(stage.grid, lambda grid: identity_grid(grid.device)),
    )


def identity_grid(device: torch.device | str | None = None) -> Tensor:
    """The affine coefficients that change nothing, ``(1, 12, 1, 1, 1)``: added to a grid of
    differences they make a grid."""
    return torch.eye(3, 4, device=device).reshape(1, 12, 1, 1, 1)


# Tensors ------------------------------------------------------------------------------------------


def render(photo: Tensor, rendering: Rendering) -> Tensor:
    """Apply a rendering to ``(B, 3, H, W)`` sRGB at any size.

    Between stages colours are clamped to [0, 1]; the result is not, so that gradients reach what
    is out of range.
    """
    for number, stage in enumerate(rendering.active):
        photo = photo.clamp(0, 1) if number else photo
        photo = _through(photo, stage, _rows(photo.shape[-2], 0, photo.shape[-2], photo.device))
    return photo


def _through(photo: Tensor, stage: Stage, rows: Tensor) -> Tensor:
    made = photo if stage.lut is None else apply_lut(photo, stage.lut)
    if stage.grid is not None:
        made = slice_grid(made, luma(photo), stage.grid, rows)
    return made if stage.amount == 1 else photo + stage.amount * (made - photo)


def _rows(count: int, top: int, height: int, device: torch.device) -> Tensor:
    """Where ``count`` rows from ``top`` on lie in a photo of ``height`` rows, from −1 to 1."""
    rows = torch.arange(top, top + count, device=device, dtype=torch.float32)
    return rows / max(height - 1, 1) * 2 - 1


def slice_grid(image: Tensor, guide: Tensor, grid: Tensor, rows: Tensor) -> Tensor:
    """Slice a bilateral grid of affine transforms and apply it.

    ``image`` is ``(B, 3, H, W)``, ``guide`` ``(B, 1, H, W)`` in [0, 1], ``grid``
    ``(B, 12, levels, y, x)``, ``rows`` ``(H,)`` the rows' places from −1 to 1.
    """
    batch, _, height, width = image.shape
    y = rows.view(1, height, 1).expand(batch, -1, width)
    x = torch.linspace(-1, 1, width, device=image.device).expand(batch, height, -1)
    where = torch.stack((x, y, guide[:, 0] * 2 - 1), dim=-1).unsqueeze(1)  # (B, 1, H, W, 3)
    if grid.shape[0] != batch:
        grid = grid.expand(batch, -1, -1, -1, -1)
    affine = F.grid_sample(grid, where, align_corners=True, padding_mode="border").squeeze(2)
    affine = affine.view(batch, 3, 4, height, width)
    return (affine[:, :, :3] * image.unsqueeze(1)).sum(2) + affine[:, :, 3]


# Arrays -------------------------------------------------------------------------------------------


def render_pixels(
    pixels: Array,
    rendering: Rendering,
    top: int = 0,
    height: int | None = None,
    in_place: bool = False,
) -> Array:
    """Render ``(H, W, 3)`` sRGB of uint8, uint16 or float32 in [0, 1]; the same type comes back.

    A rendering with nothing active gives the pixels bit for bit. ``top`` and ``height`` say where
    the pixels lie if they are a band of rows of a larger photo. Small photos go through torch,
    large ones through a compiled kernel on all cores; both agree to within one step. With
    ``in_place`` the pixels given may be overwritten: a large photo then needs no second array.
    """
    stages = rendering.active
    if not stages:
        return pixels.copy()
    height = len(pixels) if height is None else height
    if height * pixels.shape[1] < SMALL:
        return _render_small(pixels, stages, top, height)
    rows = np.ascontiguousarray(pixels).reshape(len(pixels), -1)
    out = rows if in_place and rows.flags.writeable else np.empty_like(rows)
    whole = pixels.dtype.kind == "u"
    peak = np.float32(peak_of(pixels.dtype))
    _compiled(rows, *_packed(stages), top, height, peak, np.float32(0.5 * whole), out)
    return out.reshape(pixels.shape)


def renderer(rendering: Rendering) -> Callable[[Array], Array]:
    """A function that renders ``(H, W, 3)`` uint8 or uint16 in place, for many pictures of one
    rendering: packed once, by the compiled kernel at every size."""
    stages = rendering.active
    if not stages:
        return lambda pixels: pixels
    packed = _packed(stages)

    def render_one(pixels: Array) -> Array:
        rows = np.ascontiguousarray(pixels).reshape(len(pixels), -1)
        peak = np.float32(peak_of(pixels.dtype))
        _compiled(rows, *packed, 0, len(pixels), peak, np.float32(0.5), rows)
        return rows.reshape(pixels.shape)

    return render_one


def _compiled(*arguments: Any) -> None:
    """The compiled kernel; torch keeps its number of threads, which numba's OpenMP layer sets for
    the whole process when it starts."""
    from looksmith.rendering_kernel import render_rows

    threads = torch.get_num_threads()
    render_rows(*arguments)
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


@torch.no_grad()
def _render_small(pixels: Array, stages: tuple[Stage, ...], top: int, height: int) -> Array:
    peak = peak_of(pixels.dtype)
    photo = torch.from_numpy(np.ascontiguousarray(pixels.astype(np.float32) / peak))
    photo = photo.permute(2, 0, 1).unsqueeze(0)
    rows = _rows(len(pixels), top, height, photo.device)
    for stage in stages:
        photo = _through(photo, stage, rows).clamp(0, 1)
    made = photo[0].permute(1, 2, 0).numpy()
    if pixels.dtype.kind == "u":
        return (made * peak + 0.5).astype(pixels.dtype)
    return made.astype(pixels.dtype)


def _packed(stages: tuple[Stage, ...]) -> tuple[Array, Array, Array, Array, Array]:
    """Stages as ``render_rows`` takes them: LUTs, their shapes, grids, their shapes, amounts."""
    luts, grids = [np.ones(1, np.float32)], [np.zeros(1, np.float32)]
    lut_shapes, grid_shapes = [], []
    for stage in stages:
        lut = stage.lut
        lut_shapes.append((0 if lut is None else lut.shape[-1], sum(map(len, luts))))
        if lut is not None:
            nodes = F.pad(lut[0].detach().float().cpu().permute(1, 2, 3, 0), (0, 1), value=1.0)
            luts.append(nodes.contiguous().numpy().ravel())
        shape, at = (0, 0, 0), sum(map(len, grids))
        if stage.grid is not None:
            grid = stage.grid[0].detach().float().cpu().unflatten(0, (3, 4))  # (row, col, l, y, x)
            shape = (grid.shape[3], grid.shape[4], grid.shape[2])
            affines = F.pad(grid.permute(3, 4, 2, 1, 0), (0, 1))
            grids.append(affines.contiguous().numpy().ravel())
        grid_shapes.append((*shape, at))
    return (
        np.concatenate(luts),
        np.array(lut_shapes, np.int32),
        np.concatenate(grids),
        np.array(grid_shapes, np.int32),
        np.array([stage.amount for stage in stages], np.float32),
    )
