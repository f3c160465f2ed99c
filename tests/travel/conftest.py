from __future__ import annotations

import pytest
import torch
from torch import Tensor

from looksmith.base import default_base
from looksmith.look import Look


@pytest.fixture(scope="session")
def learned() -> Look:
    """A look with a strong code, a transport map and a mood."""
    generator = torch.Generator().manual_seed(3)
    warm = torch.tensor([[1.0, 0.1, 0.0, 0.02], [0.0, 0.9, 0.0, 0.03], [0.0, 0.0, 0.7, 0.05]])
    axis = torch.linspace(0, 1, 9) ** 1.2
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return Look(
        name="warm",
        code=torch.randn(1, 256, generator=generator),
        transport=warm.unsqueeze(0),
        correction=torch.zeros(1, 64),
        weights=torch.tensor([0.9]),
        base=default_base().identity,
        about={"photos": 8},
        mood=torch.stack((red, green, blue)).unsqueeze(0),
    )


@pytest.fixture(scope="session")
def lut() -> Tensor:
    """A LUT of 9³ nodes that crosses channels and bends."""
    axis = torch.linspace(0, 1, 9)
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack((red**1.5, 0.8 * green + 0.2 * blue, 1 - 0.9 * (1 - blue * 0.9)))
