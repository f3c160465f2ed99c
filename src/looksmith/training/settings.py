"""Settings of training and learning; a base's card holds those that it was trained with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LossWeights(BaseModel):
    """Weights of ``adversarial + reconstruction + α content + β style``; γ, of the condition loss,
    is a setting of ``taste``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reconstruction: float = 1.0
    alpha: float = Field(default=0.2, description="content loss")
    beta: float = Field(default=0.5, description="style loss: Gram matrices and style code")
    adversarial: float = 0.3
    r1: float = Field(default=0.2, description="gradient penalty on statistics")
    r1_patches: float = Field(default=0.01, description="gradient penalty on pixels")


class PretrainingSettings(BaseModel):
    """The first stage of ``looksmith train``: learning to read a look from a feed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rounds: int = 1700
    chunk: int = Field(default=128, description="new looks a round")
    kept: int = Field(default=24576, description="looks in the buffer")
    feed: int = Field(default=16, description="photos of each look")
    batch: int = 384
    steps_a_round: int = 8
    rate: float = 1e-3
    warmup: int = 200
    unknown: float = Field(default=0.1, description="share of feeds whose subjects are not told")
    nodes: int = Field(default=512, description="colours at which the global look is compared")
    ema: float = 0.999
    workers: int = 1
    seed: int = 0


FURTHER = PretrainingSettings(rounds=450, rate=3e-4, warmup=50)
"""For training a base on."""


class BaseSettings(BaseModel):
    """What ``looksmith train`` does. One step of the second stage sees ``looks`` looks at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = 3000
    looks: int = 12
    content_size: int = Field(default=256, description="photos are rendered at this many pixels")
    crop: int = Field(default=256, description="what the discriminator sees of them")
    basis_looks: int = Field(default=3000, description="looks whose principal components are used")
    max_references: int = 12
    pixel_samples: int = Field(
        default=1536, description="pixels at which the global look is compared"
    )
    generator_rate: float = 6e-4
    pretrained_rate: float = Field(default=1e-4, description="for what the first stage taught")
    discriminator_rate: float = 4e-4
    warmup: int = 200
    ema: float = 0.998
    perceptual_every: int = 4
    perceptual_looks: int = 3
    r1_every: int = 16
    checkpoint_minutes: float = 3.0
    seed: int = 0
    losses: LossWeights = LossWeights()
    pretraining: PretrainingSettings = PretrainingSettings()


class AdaptSettings(BaseModel):
    """What ``looksmith learn --adapt`` does after the zero-shot look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folds: int = 4
    steps: int = 240
    check_every: int = 40
    palettes: int = 48
    code_rate: float = 3e-3
    correction_rate: float = 3e-3
    discriminator_rate: float = 1e-4
    adversarial: float = 0.1
    beta: float = Field(default=1.0, description="style loss: mean colour statistics")
    proximity: float = 1.0
    r1: float = 0.1
