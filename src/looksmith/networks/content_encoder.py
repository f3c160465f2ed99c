"""Content encoder: a small convolutional pyramid over the photo at working size."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

WIDTHS = (16, 32, 48, 64)


class ContentEncoder(nn.Module):
    """``(B, 3, 128, 128)`` sRGB to features ``(B, 64, 8, 8)``, at 1/16 of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = pyramid(WIDTHS)

    def forward(self, photo: Tensor) -> Tensor:
        features: Tensor = self.stages(photo * 2 - 1)
        return features


def pyramid(widths: Sequence[int]) -> nn.Sequential:
    """Stages of so many channels, each half as large as the one before; ``(B, 3, S, S)`` enters."""
    return nn.Sequential(
        *(
            nn.Sequential(nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU())
            for before, after in pairwise((3, *widths))
        )
    )
