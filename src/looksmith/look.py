"""The ``.look`` file: what was learned from a feed, and nothing else is needed to apply it.

A safetensors file whose header can be read by anyone: name, base, photos, digest, metrics, consent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from looksmith.errors import LookError
from looksmith.files import whole_file
from looksmith.networks.generator import Rendering, no_change
from looksmith.networks.model import CODE_SIZE, LookNetworks, base_id
from looksmith.networks.style_encoder import Style
from looksmith.texts import text

FORMAT_VERSION = 1
_TENSORS = ("code", "transport", "correction", "weights")


@dataclass(frozen=True)
class Look:
    """A look of P weighted parts (one, unless blended)."""

    name: str
    code: Tensor
    """Style codes ``(P, 256)``."""
    transport: Tensor
    """Linear maps ordinary photos → feed, ``(P, 3, 4)``."""
    correction: Tensor
    """What adaptation added, along the base's basis of looks, ``(P, 64)``."""
    weights: Tensor
    """Weights of the parts ``(P,)``; what is missing to 1 is the photo as it is."""
    about: dict[str, Any] = field(default_factory=dict)
    """photos, digest, adapted, metrics, change, consent, created, parts."""
    base: str = field(default_factory=base_id)
    sheet: Tensor | None = None
    """A small picture of the feed ``(H, W, 3)`` uint8 for the card."""

    @property
    def style(self) -> Style:
        return Style(self.code, self.transport, self.correction)

    @torch.no_grad()
    def plan(
        self, networks: LookNetworks, working: Tensor, user: Tensor | None = None
    ) -> Rendering:
        """The rendering of one photo whose working-size version is ``(1, 3, 128, 128)``."""
        parts = len(self.weights)
        renderings = networks.generator.plan(working.expand(parts, -1, -1, -1), self.style, user)
        weights = self.weights.view(-1, 1, 1, 1, 1)
        rest = 1 - self.weights.sum()
        lut = (weights * renderings.lut).sum(0, keepdim=True)
        grid = (weights * renderings.grid).sum(0, keepdim=True)
        nothing = no_change()
        return Rendering(lut + rest * nothing.lut, grid + rest * nothing.grid)

    def save(self, path: str | Path) -> Path:
        """Write the file, whole or not at all.

        Raises:
            LookError: the folder is missing or not writable, or the disk is full.
        """
        path = Path(path)
        header = {
            "format": "looksmith.look",
            "version": str(FORMAT_VERSION),
            "base": self.base,
            "name": self.name,
            "about": json.dumps(self.about, ensure_ascii=False),
        }
        tensors = {name: getattr(self, name).contiguous() for name in _TENSORS}
        if self.sheet is not None:
            tensors["sheet"] = self.sheet.contiguous()
        with whole_file(path, LookError) as part:
            part.write_bytes(save(tensors, header))
        return path

    @classmethod
    def load(cls, path: str | Path) -> Look:
        """Read a look.

        Raises:
            LookError: missing, truncated, foreign, of a newer format, or of another base.
        """
        path = Path(path)
        if not path.is_file():
            raise LookError(text("look.missing", path=path))
        try:
            with safe_open(path, framework="pt") as opened:
                header = opened.metadata() or {}
                _check_header(header, path)
                tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            look = cls(
                name=header["name"],
                about=json.loads(header["about"]),
                base=header["base"],
                sheet=tensors.pop("sheet", None),
                **{name: tensors[name] for name in _TENSORS},
            )
        except (SafetensorError, KeyError, ValueError, OSError) as error:
            raise LookError(text("look.foreign", path=path, why=error)) from error
        _check_tensors(look, path)
        return look

    def sheet_image(self) -> Image.Image | None:
        """The picture of the feed on the card."""
        return None if self.sheet is None else Image.fromarray(np.asarray(self.sheet))


def _check_header(header: dict[str, str], path: Path) -> None:
    if header.get("format") != "looksmith.look":
        raise LookError(text("look.foreign", path=path, why="not a Looksmith header"))
    if int(header["version"]) > FORMAT_VERSION:
        raise LookError(text("look.newer", path=path, version=header["version"]))
    if header["base"] != base_id():
        raise LookError(text("look.other_base", path=path, theirs=header["base"], ours=base_id()))


def _check_tensors(look: Look, path: Path) -> None:
    parts = len(look.weights)
    shapes = {"code": (parts, CODE_SIZE), "transport": (parts, 3, 4), "weights": (parts,)}
    for name, shape in shapes.items():
        if tuple(getattr(look, name).shape) != shape:
            raise LookError(text("look.foreign", path=path, why=f"{name}: shape"))
    if look.correction.dim() != 2 or len(look.correction) != parts:
        raise LookError(text("look.foreign", path=path, why="correction: shape"))
    if not all(bool(torch.isfinite(getattr(look, name)).all()) for name in _TENSORS):
        raise LookError(text("look.foreign", path=path, why="not finite"))


def blend(looks: Sequence[Look], weights: Sequence[float], name: str) -> Look:
    """A look that is the weighted mean of others.

    Raises:
        LookError: the numbers of looks and weights differ, or a weight is negative or all are 0.
    """
    if len(looks) != len(weights) or not looks or min(weights) < 0 or sum(weights) == 0:
        raise LookError(text("blend.weights", looks=len(looks), weights=len(weights)))
    shares = [weight / sum(weights) for weight in weights]
    parts = [
        {
            "name": look.name,
            "weight": share,
            **{k: look.about.get(k) for k in ("digest", "consent")},
        }
        for look, share in zip(looks, shares, strict=True)
    ]
    return Look(
        name=name,
        code=torch.cat([look.code for look in looks]),
        transport=torch.cat([look.transport for look in looks]),
        correction=torch.cat([look.correction for look in looks]),
        weights=torch.cat([s * look.weights for s, look in zip(shares, looks, strict=True)]),
        about={"photos": sum(look.about.get("photos", 0) for look in looks), "parts": parts},
        sheet=next((look.sheet for look in looks if look.sheet is not None), None),
    )
