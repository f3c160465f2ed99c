from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from looksmith.errors import LooksmithError
from looksmith.grading import apply_lut, identity_lut
from looksmith.travel.cube import read_cube, write_cube

IDENTITY = "\n".join(f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1))
CUBE = f"LUT_3D_SIZE 2\n{IDENTITY}"


def written(tmp_path: Path, words: str) -> Path:
    path = tmp_path / "a.cube"
    path.write_text(words, encoding="utf-8")
    return path


def test_what_is_written_is_read(tmp_path: Path, lut: Tensor) -> None:
    write_cube(lut, tmp_path / "a.cube", 'a "b"')
    assert torch.allclose(read_cube(tmp_path / "a.cube"), lut, atol=1e-6)
    assert (tmp_path / "a.cube").read_text().startswith("TITLE \"a 'b'\"")


def test_comments_byte_order_marks_and_unknown_keywords_are_passed_over(tmp_path: Path) -> None:
    words = "\ufeff# made by\r\nTITLE x y\r\nLUT_IN_VIDEO_RANGE\r\nLUT_3D_SIZE 2\r\n\r\n" + IDENTITY
    assert torch.equal(read_cube(written(tmp_path, words)), identity_lut(2))


def test_another_domain_is_read_where_photos_need_it(tmp_path: Path) -> None:
    words = CUBE.replace("2\n", "2\nDOMAIN_MIN -1 0 0\nDOMAIN_MAX 1 2 1\n", 1)
    lut = read_cube(written(tmp_path, words))
    colour = torch.tensor([0.5, 0.5, 0.5]).view(1, 3, 1, 1)
    assert apply_lut(colour, lut).flatten().tolist() == pytest.approx([0.75, 0.25, 0.5])


def test_a_1d_lut_becomes_a_3d_one(tmp_path: Path) -> None:
    rows = "\n".join(f"{v * v} {v} {1 - v}" for v in (0, 0.25, 0.5, 0.75, 1))
    lut = read_cube(written(tmp_path, f"LUT_1D_SIZE 5\n{rows}"))
    colour = torch.tensor([0.5, 0.3, 0.25]).view(1, 3, 1, 1)
    assert apply_lut(colour, lut).flatten().tolist() == pytest.approx([0.25, 0.3, 0.75], abs=1e-5)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "LUT_3D_SIZE"),
        ("LUT_3D_SIZE 2\n0 0 0", "8 rows of numbers, there are 1"),
        (f"{CUBE}\n1 1 1", "there are 9"),
        ("LUT_3D_SIZE 1\n0 0 0", "line 1"),
        ("LUT_3D_SIZE 100000\n0 0 0", "line 1"),
        ("LUT_3D_SIZE two\n0 0 0", "line 1"),
        (CUBE.replace("1 1 1", "1 1"), "line 9"),
        (CUBE.replace("1 1 1", "1 1 nan"), "not finite"),
        (CUBE.replace("1", "1023"), "from 0 to 1023"),
        (f"DOMAIN_MIN 1 1 1\n{CUBE}", "DOMAIN"),
        (f"DOMAIN_MAX 0 nan 1\n{CUBE}", "line 1"),
        (f"LUT_1D_SIZE 8\n{CUBE}", "1D and a 3D"),
        ("LUT_3D_SIZE 2\n<html>", "line 2"),
        ("LUT_3D_SIZE 2\n\0\0", "not text"),
    ],
)
def test_what_is_no_lut_is_refused(words: str, why: str, tmp_path: Path) -> None:
    path = written(tmp_path, words)
    with pytest.raises(LooksmithError, match=why) as caught:
        read_cube(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LooksmithError, match="no such file"):
        read_cube(tmp_path / "no.cube")
