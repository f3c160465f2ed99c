"""User encoder: what a user liked, passed over and saw, to one user vector.

Attention (Vaswani et al., "Attention Is All You Need", 2017) with learned queries over the style
codes of the pictures, each marked by how the user reacted and how long ago; beside it the posterior
over the named directions and the user's attributes. Without evidence the vector is the default.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ATTRIBUTES = 16  # attributes are hashed into so many numbers
_QUERIES, _WIDTH = 4, 64


@dataclass(frozen=True)
class Seen:
    """What B users did with up to N pictures each."""

    codes: Tensor
    """Style codes ``(B, N, 256)``."""
    signs: Tensor
    """Signed weights of the reactions, recency included, ``(B, N)``; 0 where there is none."""
    posterior: Tensor
    """Mean and standard deviation of the weights of the directions ``(B, 18)``."""
    attributes: Tensor
    """Hashed attributes ``(B, 16)``; zeros where none are known."""


class UserEncoder(nn.Module):
    """``Seen`` to user vectors ``(B, 32)``."""

    def __init__(self, code_size: int = 256, user_size: int = 32, directions: int = 9) -> None:
        super().__init__()
        self.token = nn.Linear(code_size + 2, _WIDTH)
        self.queries = nn.Parameter(0.1 * torch.randn(_QUERIES, _WIDTH))
        self.key = nn.Linear(_WIDTH, _WIDTH)
        self.rest = nn.Linear(2 * directions + ATTRIBUTES, _WIDTH)
        self.out = nn.Sequential(
            nn.Linear((_QUERIES + 1) * _WIDTH, 2 * _WIDTH),
            nn.SiLU(),
            nn.Linear(2 * _WIDTH, user_size),
        )

    def forward(self, seen: Seen, default: Tensor) -> Tensor:
        """``default`` ``(32,)`` is the vector of someone of whom nothing is known."""
        codes = F.layer_norm(seen.codes, seen.codes.shape[-1:])
        marks = torch.stack((seen.signs, seen.signs.abs()), dim=-1)
        tokens = F.silu(self.token(torch.cat((codes, marks), dim=-1)))  # (B, N, W)
        known = seen.signs != 0
        scores = self.queries @ self.key(tokens).transpose(1, 2) / _WIDTH**0.5  # (B, Q, N)
        scores = scores.masked_fill(~known.unsqueeze(1), -1e4)
        shares = scores.softmax(-1) * known.any(1).view(-1, 1, 1)
        pooled = (shares @ tokens).flatten(1)
        rest = self.rest(torch.cat((seen.posterior, seen.attributes), dim=1))
        vector = self.out(torch.cat((pooled, F.silu(rest)), dim=1)).tanh()
        certain = 1 - torch.exp(-seen.signs.abs().sum(1, keepdim=True) / 4)
        return default + certain * vector
