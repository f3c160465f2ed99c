from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from looksmith.errors import LooksmithError
from looksmith.grading import identity_lut, resized_lut
from looksmith.travel.haldclut import read_haldclut, write_haldclut


def test_what_is_written_is_read_at_16_bit(tmp_path: Path, lut: Tensor) -> None:
    fine = resized_lut(lut, 16).clamp(0, 1)
    write_haldclut(fine, tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").size == (64, 64)
    assert torch.allclose(read_haldclut(tmp_path / "a.png"), fine, atol=1 / 65000)


def test_the_identity_runs_red_fastest(tmp_path: Path) -> None:
    """As ImageMagick's ``hald:8`` and G'MIC write it."""
    write_haldclut(identity_lut(64), tmp_path / "a.png")
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    assert pixels.shape == (512, 512, 3)
    assert pixels[0, 63].tolist() == [255, 0, 0]
    assert pixels[0, 64].tolist() == [0, 4, 0]
    assert pixels[8, 0].tolist() == [0, 0, 4]


@pytest.mark.parametrize("size", [(64, 63), (100, 100), (1, 1)])
def test_other_pictures_are_refused(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")
    with pytest.raises(LooksmithError, match="HaldCLUT is a square"):
        read_haldclut(tmp_path / "a.png")


def test_a_format_of_8_bits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LooksmithError, match="16 bit"):
        write_haldclut(identity_lut(4), tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())
