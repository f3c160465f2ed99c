"""Sizes, weights and steps of a painting."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PaintSettings(BaseModel):
    """How ``paint`` works; the defaults give a picture in under three minutes on two cores."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    size: int = Field(default=512, ge=32, le=8192, description="longer side of the result, pixels")
    steps: int = Field(default=300, ge=1, description="over all scales")
    optimizer: Literal["lbfgs", "adam"] = "lbfgs"
    content: float = Field(default=1.0, ge=0, description="α, weight of the content loss")
    style: float = Field(default=5.0, ge=0, description="β, weight of the style loss")
    variation: float = Field(default=60.0, ge=0, description="weight of the total variation")
    content_layers: tuple[str, ...] = ("relu4_2",)
    style_layers: dict[str, float] = {
        "relu1_1": 1.0,
        "relu2_1": 1.0,
        "relu3_1": 1.0,
        "relu4_1": 1.0,
        "relu5_1": 1.0,
    }
    style_scale: float = Field(
        default=1.0, ge=0.05, le=8, description="size of the style picture relative to the result"
    )
    keep_colours: bool = Field(default=False, description="brush strokes only, in own colours")
    start: Literal["photo", "noise"] = "photo"
    network: str = "vgg16-hed"
    weights: Path | None = None
    seed: int = 0

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.content_layers, *self.style_layers)))
