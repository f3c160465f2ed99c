from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from looksmith import rendering as module
from looksmith.errors import LooksmithError
from looksmith.grading import identity_lut
from looksmith.rendering import (
    GRADE,
    MOOD,
    NORMALISE,
    Controls,
    Rendering,
    Stage,
    mean_stage,
    render,
    render_pixels,
)


def some_rendering(spread: float = 0.05, strength: float = 1.0) -> Rendering:
    """A grid, then a LUT and a grid, then a larger LUT."""
    generator = torch.Generator().manual_seed(0)

    def lut(size: int) -> torch.Tensor:
        return identity_lut(size)[None] + spread * torch.randn(
            1, 3, size, size, size, generator=generator
        )

    def grid(cells: int) -> torch.Tensor:
        identity = torch.eye(3, 4).reshape(1, 12, 1, 1, 1)
        return identity + spread * torch.randn(1, 12, 8, cells, cells, generator=generator)

    return Rendering(
        (
            Stage(NORMALISE, None, grid(5)),
            Stage(GRADE, lut(17), grid(8), strength),
            Stage(MOOD, lut(33)),
        )
    )


NONE = Controls(strength=0, mood=0, normalise=0)


def _typed(photo: NDArray[np.uint8], kind: str) -> NDArray[np.generic]:
    if kind == "uint16":
        return photo.astype(np.uint16) * 257
    return photo if kind == "uint8" else photo.astype(np.float32) / 255


@pytest.mark.parametrize(("kind", "step"), [("uint8", 1), ("uint16", 2), ("float32", 1e-4)])
@pytest.mark.parametrize("strength", [0.4, 1.0, 1.5])
def test_compiled_and_torch_paths_agree(
    kind: str,
    step: float,
    strength: float,
    photo: NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = _typed(photo, kind)
    small = render_pixels(pixels, some_rendering(strength=strength))
    monkeypatch.setattr(module, "SMALL", 0)
    large = render_pixels(pixels, some_rendering(strength=strength))
    assert small.dtype == large.dtype == pixels.dtype
    assert np.abs(small.astype(np.float64) - large.astype(np.float64)).max() <= step


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32"])
def test_controls_at_0_return_the_pixels_bit_for_bit(kind: str, photo: NDArray[np.uint8]) -> None:
    pixels = _typed(photo, kind)
    made = render_pixels(pixels, some_rendering().controlled(NONE))
    np.testing.assert_array_equal(made, pixels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (2, 2)])
@pytest.mark.parametrize("compiled", [False, True])
def test_the_smallest_photos_work(
    shape: tuple[int, int], compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SMALL", 0 if compiled else 10**9)
    pixels = np.full((*shape, 3), 200, np.uint8)
    assert render_pixels(pixels, some_rendering(0.0)).tolist() == pixels.tolist()


def test_white_and_black_stay_within_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALL", 0)
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[2:] = 255
    lift = Rendering((Stage(GRADE, identity_lut(17)[None] * 3 - 1),))
    made = render_pixels(pixels, lift)
    assert made[0].max() == 0
    assert made[-1].min() == 255


@pytest.mark.parametrize("name", [NORMALISE, GRADE, MOOD])
def test_a_control_at_0_takes_its_stage_away_exactly(name: str, photo: NDArray[np.uint8]) -> None:
    whole = some_rendering()
    control = "strength" if name == GRADE else name
    without = Rendering(tuple(stage for stage in whole.stages if stage.name != name))
    made = render_pixels(photo, whole.controlled(Controls(**{control: 0})))
    np.testing.assert_array_equal(made, render_pixels(photo, without))
    assert not np.array_equal(made, render_pixels(photo, whole))


@pytest.mark.parametrize(
    "values", [{"strength": 1.6}, {"mood": -0.1}, {"normalise": 1.2}, {"strength": float("nan")}]
)
def test_controls_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(LooksmithError, match=f"{next(iter(values))} must lie between 0 and 1"):
        Controls(**values)


@pytest.mark.parametrize("compiled", [False, True])
def test_bands_of_rows_give_the_whole_photo(
    compiled: bool, photo: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SMALL", 0 if compiled else 10**9)
    whole = render_pixels(photo, some_rendering())
    bands = [
        render_pixels(photo[top : top + 31], some_rendering(), top, len(photo))
        for top in range(0, len(photo), 31)
    ]
    assert np.abs(np.concatenate(bands).astype(int) - whole.astype(int)).max() <= 1


def test_in_place_gives_the_same_pixels_without_a_second_array(
    monkeypatch: pytest.MonkeyPatch, photo: NDArray[np.uint8]
) -> None:
    monkeypatch.setattr(module, "SMALL", 0)
    given = photo.copy()
    expected = render_pixels(photo, some_rendering())
    made = render_pixels(given, some_rendering(), in_place=True)
    np.testing.assert_array_equal(made, expected)
    assert np.shares_memory(made, given)
    given.flags.writeable = False
    assert not np.shares_memory(render_pixels(given, some_rendering(), in_place=True), given)


def test_a_mean_of_stages_is_a_stage_between_them() -> None:
    first, second = (some_rendering(spread)[GRADE] for spread in (0.0, 0.1))
    assert first.lut is not None and second.lut is not None and second.grid is not None
    both = Stage(GRADE, torch.cat((first.lut, second.lut)), None)
    mean = mean_stage(both, torch.tensor([0.25, 0.25]))
    assert mean.lut is not None
    torch.testing.assert_close(mean.lut, 0.75 * first.lut + 0.25 * second.lut)
    nothing = mean_stage(second, torch.tensor([0.0]))
    colours = torch.rand(1, 3, 9, 9)
    torch.testing.assert_close(render(colours, Rendering((nothing,))), colours)


def test_gradients_reach_luts_grids_and_photo() -> None:
    photo = torch.rand(1, 3, 16, 16, requires_grad=True)
    rendering = some_rendering()
    lut = rendering[GRADE].lut
    assert lut is not None
    lut.requires_grad_(True)
    render(photo, rendering).mean().backward()
    assert photo.grad is not None and bool(photo.grad.abs().sum() > 0)
    assert lut.grad is not None and bool(lut.grad.abs().sum() > 0)


def test_the_compiled_path_leaves_torch_its_threads() -> None:
    """In a process of its own, since the kernel takes its threads once."""
    program = (
        "import numpy, torch;"
        "from looksmith.grading import identity_lut;"
        "from looksmith.rendering import GRADE, Rendering, Stage, render_pixels;"
        "torch.set_num_threads(1);"
        "stage = Stage(GRADE, 0.9 * identity_lut(5)[None]);"
        "render_pixels(numpy.zeros((1100, 1100, 3), numpy.uint8), Rendering((stage,)));"
        "assert torch.get_num_threads() == 1, torch.get_num_threads()"
    )
    several = {**os.environ, "NUMBA_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", program], check=True, env=several, timeout=100)
