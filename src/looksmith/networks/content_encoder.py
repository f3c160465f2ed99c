"""Content encoder: a small convolutional pyramid over the photo at working size."""

from __future__ import annotations

from torch import Tensor, nn


class ContentEncoder(nn.Module):
    """``(B, 3, 128, 128)`` sRGB to features ``(B, 64, 8, 8)``, at 1/16 of the size."""

    def __init__(self, widths: tuple[int, int, int, int] = (16, 32, 48, 64)) -> None:
        super().__init__()
        stages, previous = [], 3
        for width in widths:
            stages.append(
                nn.Sequential(
                    nn.Conv2d(previous, width, 3, 2, 1), nn.GroupNorm(8, width), nn.SiLU()
                )
            )
            previous = width
        self.stages = nn.ModuleList(stages)

    def forward(self, photo: Tensor) -> Tensor:
        x = photo * 2 - 1
        for stage in self.stages:
            x = stage(x)
        return x
