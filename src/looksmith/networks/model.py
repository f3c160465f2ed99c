"""Style encoder and generator together, as they are trained and shipped."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from looksmith.networks.generator import Generator
from looksmith.networks.style_encoder import Style, StyleEncoder

CODE_SIZE, USER_SIZE = 256, 32
CONDITION_SIZE = CODE_SIZE + USER_SIZE


class LookNetworks(nn.Module):
    """Style encoder and generator, trained together."""

    def __init__(self) -> None:
        super().__init__()
        self.style_encoder = StyleEncoder(CODE_SIZE)
        self.generator = Generator(CODE_SIZE, USER_SIZE)

    def forward(
        self, content: Tensor, references: Tensor, expected: Tensor | None = None
    ) -> Tensor:
        """``(B, 3, H, W)`` photos, ``(B, K, 3, 64, 64)`` feeds and what is expected of those
        ``(B, K, S + 12)`` to ``(B, 3, H, W)``."""
        return self.generator(content, self.style_encoder(references, expected))


def condition_of(style: Style, user: Tensor) -> Tensor:
    """What the discriminator is conditioned on: normalised style code and user vector."""
    return torch.cat((F.layer_norm(style.code, style.code.shape[1:]), user), dim=1)
