"""Conditional generator: content features, style code and user vector to the grade of a photo.

The tone branch first sets a *global look*, a 3D LUT that starts from the linear transport map
ordinary photos → feed and is corrected by the style code along a basis of looks; then a bilateral
grid of affine colour transforms changes it place by place and tone by tone (Gharbi et al., "Deep
Bilateral Learning for Real-Time Image Enhancement", 2017). Both are applied at the photo's own
resolution, so structure cannot break.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from looksmith.color import full_precision
from looksmith.grading import identity_lut
from looksmith.networks.content_encoder import ContentEncoder
from looksmith.networks.style_encoder import Style
from looksmith.rendering import (
    GRADE,
    GRID_CELLS,
    GRID_LEVELS,
    LUT_SIZE,
    WORKING_SIZE,
    Rendering,
    Stage,
    identity_grid,
    render,
)


class ToneBranch(nn.Module):
    """Style code, user vector and content features to the grade."""

    lut_basis: Tensor
    identity: Tensor

    def __init__(
        self, code_size: int, user_size: int, content_channels: int, basis_size: int = 64
    ) -> None:
        super().__init__()
        self.register_buffer("identity", identity_lut(LUT_SIZE))
        self.register_buffer("lut_basis", torch.zeros(basis_size, 3, LUT_SIZE, LUT_SIZE, LUT_SIZE))
        condition, hidden = code_size + user_size, 256
        to_coefficients = nn.Linear(2 * hidden, basis_size + 1)
        self.to_lut = nn.Sequential(
            nn.Linear(condition, 2 * hidden),
            nn.SiLU(),
            nn.Linear(2 * hidden, 2 * hidden),
            nn.SiLU(),
            to_coefficients,
        )
        self.to_film = nn.Linear(condition, 2 * content_channels)
        self.local = nn.Sequential(
            nn.Conv2d(content_channels + 2, 64, 3, 1, 1), nn.SiLU(), nn.Conv2d(64, 64, 3, 1, 1)
        )
        self.scene = nn.Sequential(
            nn.Linear(content_channels + condition, 128), nn.SiLU(), nn.Linear(128, 64)
        )
        self.to_grid = nn.Conv2d(64, 12 * GRID_LEVELS, 1)
        for layer in (to_coefficients, self.to_grid):
            nn.init.zeros_(layer.weight)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
        to_coefficients.bias.data[-1] = 0.5  # trust the transport map a little more than half

    def global_look(self, style: Style, user: Tensor) -> Tensor:
        """The look as a 3D LUT ``(B, 3, 17, 17, 17)`` for a style and a user vector ``(B, U)``."""
        looked = self.look_up(style, user, self.identity.flatten(1), self.lut_basis.flatten(2))
        return looked.view(-1, *self.identity.shape)

    def look_up(self, style: Style, user: Tensor, colours: Tensor, basis: Tensor) -> Tensor:
        """The global look at some lattice colours ``(3, N)``, given the basis there
        ``(64, 3, N)``: ``(B, 3, N)``."""
        out = self.to_lut(torch.cat((style.code, user), dim=1))
        along = out[:, :-1] if style.correction is None else out[:, :-1] + style.correction
        return _moved(colours, style.transport, out[:, -1].sigmoid(), along, basis)

    def local_changes(self, style: Style, user: Tensor, features: Tensor) -> Tensor:
        """The bilateral grid ``(B, 12, levels, 8, 8)`` of affine transforms."""
        condition = torch.cat((style.code, user), dim=1)
        x = F.adaptive_avg_pool2d(features, GRID_CELLS)
        scene = self.scene(torch.cat((x.mean((-1, -2)), condition), dim=1))
        scale, shift = self.to_film(condition).chunk(2, dim=1)
        x = x * (1 + scale[..., None, None]) + shift[..., None, None]
        axis = torch.linspace(-1, 1, GRID_CELLS, device=x.device)
        place = torch.stack(torch.meshgrid(axis, axis, indexing="ij"))  # vignettes need to know
        x = torch.cat((x, place.expand(x.shape[0], -1, -1, -1)), dim=1)
        x = F.silu(self.local(x) + scene[..., None, None])
        grid = self.to_grid(x).view(-1, 12, GRID_LEVELS, GRID_CELLS, GRID_CELLS)
        return identity_grid(x.device) + grid

    def forward(self, style: Style, user: Tensor, features: Tensor) -> Stage:
        """The grade of the photos that the features are of."""
        look, local = self.global_look(style, user), self.local_changes(style, user, features)
        return Stage(GRADE, look, local)


@full_precision
def _moved(
    colours: Tensor, transport: Tensor, gate: Tensor, along: Tensor, basis: Tensor
) -> Tensor:
    """Colours ``(3, N)`` after as much of the transport map ``(B, 3, 4)`` as the gate ``(B,)`` lets
    through, and ``along`` ``(B, 64)`` the basis of looks ``(64, 3, N)``: ``(B, 3, N)``."""
    mapped = (transport[:, :, :3] @ colours + transport[:, :, 3:]).clamp(-0.1, 1.1)
    correction = (along @ basis.flatten(1)).view(-1, *colours.shape)
    return colours + gate.view(-1, 1, 1) * (mapped - colours) + correction


class Generator(nn.Module):
    """The photo with the look: ``(B, 3, H, W)`` sRGB with a ``Style`` and user vectors."""

    def __init__(self, code_size: int = 256, user_size: int = 32) -> None:
        super().__init__()
        self.content_encoder = ContentEncoder()
        self.tone = ToneBranch(code_size, user_size, content_channels=64)
        self.default_user = nn.Parameter(torch.zeros(user_size))

    def user(self, batch: int, user: Tensor | None = None) -> Tensor:
        """User vectors ``(B, U)``; where none is given, the learned default."""
        return self.default_user.expand(batch, -1) if user is None else user

    def predict(self, working: Tensor, style: Style, user: Tensor | None = None) -> Stage:
        """The grade of photos whose working-size versions are ``(B, 3, 128, 128)``."""
        return self.tone(style, self.user(len(working), user), self.content_encoder(working))

    def forward(self, photo: Tensor, style: Style, user: Tensor | None = None) -> Tensor:
        """Render ``(B, 3, H, W)``; not clamped, so that gradients reach what is out of range."""
        size = (WORKING_SIZE, WORKING_SIZE)
        working = (
            photo
            if photo.shape[-2:] == size
            else F.interpolate(photo, size, mode="bilinear", antialias=True, align_corners=False)
        )
        return render(photo, Rendering((self.predict(working, style, user),)))
