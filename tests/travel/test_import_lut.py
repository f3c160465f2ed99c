from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from looksmith import apply
from looksmith.base import Base, default_base
from looksmith.errors import LookError, LooksmithError
from looksmith.evaluation.exam_looks import cube_filter
from looksmith.grading import identity_lut
from looksmith.look import Look, blend
from looksmith.travel.cube import write_cube
from looksmith.travel.haldclut import write_haldclut
from looksmith.travel.import_lut import import_look


@pytest.fixture
def imported(tmp_path: Path, lut: Tensor) -> Look:
    write_cube(lut, tmp_path / "bend.cube", "bend")
    path = import_look(tmp_path / "bend.cube", "bend").save(tmp_path / "bend.look")
    return Look.load(path)


@pytest.fixture
def floats(photo: np.ndarray) -> np.ndarray:
    return photo.astype(np.float32) / 255


def test_an_imported_look_does_exactly_what_the_lut_does(
    imported: Look, lut: Tensor, floats: np.ndarray
) -> None:
    assert np.abs(apply(imported, floats) - cube_filter(lut)(floats)).max() < 1e-5
    half = floats + 0.5 * (cube_filter(lut)(floats) - floats)
    assert np.abs(apply(imported, floats, strength=0.5) - half).max() < 1e-5
    assert np.array_equal(apply(imported, floats, strength=0), floats)


def test_an_imported_look_serves_every_base(imported: Look, floats: np.ndarray) -> None:
    base = default_base()
    other = Base(base.networks, base.discriminator, "other", {})
    assert np.array_equal(apply(imported, floats, base=other), apply(imported, floats))


def test_it_blends_with_learned_looks(
    imported: Look, learned: Look, floats: np.ndarray, tmp_path: Path
) -> None:
    mixed = blend([imported, learned], [0.3, 0.7], "mixed")
    mixed = Look.load(mixed.save(tmp_path / "mixed.look"))
    assert mixed.base == learned.base
    assert mixed.weights.tolist() == pytest.approx([0.7 * 0.9, 0.3])
    made = apply(mixed, floats)
    mean = 0.3 * apply(imported, floats) + 0.7 * apply(learned, floats)
    assert np.abs(made - mean).mean() < 0.02
    assert np.abs(made - apply(learned, floats)).mean() > 0.02
    alone = blend([imported, learned], [0, 1], "alone")
    assert np.abs(apply(alone, floats) - apply(learned, floats)).max() < 0.02


def test_imported_looks_blend_into_one_lut(imported: Look, lut: Tensor, tmp_path: Path) -> None:
    write_cube(identity_lut(17), tmp_path / "same.cube", "same")
    same = import_look(tmp_path / "same.cube", "same")
    mixed = blend([imported, same], [3, 1], "mixed")
    assert mixed.base == ""
    assert len(mixed.weights) == 1
    assert mixed.lut is not None
    assert mixed.lut.shape == (3, 17, 17, 17)
    nodes = mixed.lut[:, ::2, ::2, ::2]
    assert torch.allclose(nodes, 0.75 * lut + 0.25 * identity_lut(9), atol=1e-5)
    assert [part["name"] for part in mixed.about["parts"]] == ["bend", "same"]


def test_a_picture_is_imported_at_the_size_a_look_keeps(tmp_path: Path) -> None:
    write_haldclut(identity_lut(81), tmp_path / "fine.png")
    look = import_look(tmp_path / "fine.png", "fine")
    assert look.lut is not None
    assert look.lut.shape[-1] == 65
    assert torch.allclose(look.lut, identity_lut(65), atol=1e-4)


@pytest.mark.parametrize("name", ["", "a/b", ".."])
def test_a_name_that_cannot_be_a_file_is_refused(name: str, tmp_path: Path) -> None:
    write_cube(identity_lut(2), tmp_path / "a.cube", "a")
    with pytest.raises(LookError, match="name"):
        import_look(tmp_path / "a.cube", name)


def test_other_formats_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.3dl").write_text("0 0 0")
    with pytest.raises(LooksmithError, match="imported from"):
        import_look(tmp_path / "a.3dl", "a")
