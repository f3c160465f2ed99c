"""How dark a grade may make white.

Feeds of a few very dark photos, pictures under a web page's veil for example, are read as a grade
that takes all contrast away: white becomes a middle grey, and every photo looks as if seen through
smoke. A photographer who darkens keeps some light, so lights are raised until white is no darker
than a matte print's. Grades that fade white less, as all published looks do that were at hand, stay
as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor

from looksmith.color import oklab_to_srgb, srgb_to_oklab

LEAST = 0.88  # Oklab lightness; published looks fade white to 0.9 at most
_POWER = 3.0  # the greater, the more of the shadows stays as it is
_DARKEST = 0.05


def white_held(lut: Tensor) -> Tensor:
    """Grades ``(P, 3, N, N, N)`` sRGB with white no darker than ``LEAST``."""
    inside = lut.flatten(2).unsqueeze(2).clamp(0, 1)  # (P, 3, 1, N³)
    lab = srgb_to_oklab(inside)
    lightness, colour = lab[:, :1], lab[:, 1:]
    white = lightness[..., -1:].clamp(min=_DARKEST)
    missing = (LEAST - white).clamp(min=0)
    share = (lightness / white).clamp(0, 1)
    raised = lightness + missing * share**_POWER
    denser = raised / lightness.clamp(min=_DARKEST)
    made = oklab_to_srgb(torch.cat((raised, colour * denser), dim=1))
    change = (made - inside) * (missing > 0)
    return lut + change.view_as(lut)
