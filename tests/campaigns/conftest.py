from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from looksmith.campaigns.plan import Plan, load_plan
from looksmith.grading import identity_lut
from looksmith.travel.cube import write_cube
from looksmith.travel.import_lut import import_look

MakePlan = Callable[..., Plan]


@pytest.fixture
def shop(tmp_path: Path, photos: list[np.ndarray]) -> Path:
    """A folder with six small product photos, two of them the same, and two looks."""
    folder = tmp_path / "shop"
    (folder / "products").mkdir(parents=True)
    for index in range(6):
        image = Image.fromarray(photos[index % 4]).resize((80, 60 + index // 5))
        image.save(folder / "products" / f"p{index}.jpg")
    red, green, blue = identity_lut(5)
    warm, cold = (red, 0.8 * green, 0.5 * blue), (0.5 * red, 0.8 * green, blue)
    for name, lut in (("cold", torch.stack(cold)), ("warm", torch.stack(warm))):
        write_cube(lut, tmp_path / f"{name}.cube", name)
        import_look(tmp_path / f"{name}.cube", name).save(folder / f"{name}.look")
    return folder


@pytest.fixture
def plan(shop: Path) -> MakePlan:
    """``plan("audiences: [everyone]")``: a plan of two looks over the shop."""

    def made(more: str = "", looks: str = "[cold.look, warm.look]") -> Plan:
        path = shop / "plan.yaml"
        path.write_text(f"name: spring\ncatalogue: products\nlooks: {looks}\n{more}\n")
        return load_plan(path)

    return made
