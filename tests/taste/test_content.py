"""What a photo shows, as far as taste depends on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage import data

from looksmith.taste.directions import content


def working(name: str, side: int) -> torch.Tensor:
    """A sample of scikit-image in the middle of a grey square, ``side`` pixels wide."""
    path = next(Path(str(data.__file__)).parent.glob(f"{name}.*"))
    canvas = Image.new("RGB", (128, 128), (128, 128, 128))
    canvas.paste(Image.open(path).convert("RGB").resize((side, side)), ((128 - side) // 2,) * 2)
    return torch.from_numpy(np.asarray(canvas).copy()).permute(2, 0, 1)[None].float() / 255


def test_people_are_told_from_things_even_where_they_are_small() -> None:
    seen = [working("astronaut", 128), working("astronaut", 54), working("coffee", 128)]
    assert content(torch.cat(seen)).ravel().tolist() == [1, 1, -1]
