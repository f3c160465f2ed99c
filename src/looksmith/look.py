"""The ``.look`` file: what was learned from a feed, and nothing else is needed to apply it.

A safetensors file whose header can be read by anyone: name, base, photos, digest, metrics, consent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from looksmith.base import Base
from looksmith.errors import LookError, LooksmithError
from looksmith.files import whole_file
from looksmith.grading import identity_lut
from looksmith.look_schema import (
    FORMAT,
    FORMAT_VERSION,
    MOST_BYTES,
    MOST_PARTS,
    OPTIONAL,
    REQUIRED,
    check_name,
    checked,
)
from looksmith.networks.model import USER_SIZE
from looksmith.networks.style_encoder import Style
from looksmith.rendering import MOOD, Controls, Rendering, Stage, mean_stage
from looksmith.texts import text


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
    base: str = ""
    """Identity of the base it was learned with."""
    mood: Tensor | None = None
    """What the feed's photos share beyond the edit, as 3D LUTs ``(P, 3, N, N, N)`` that come after
    the grade; as strong as evidence allows."""
    sheet: Tensor | None = None
    """A small picture of the feed ``(H, W, 3)`` uint8 for the card."""

    @property
    def style(self) -> Style:
        return Style(self.code, self.transport, self.correction)

    @torch.no_grad()
    def predict(
        self,
        base: Base,
        working: Tensor,
        controls: Controls | None = None,
        user: Tensor | None = None,
    ) -> Rendering:
        """The rendering of one photo whose working-size version is ``(1, 3, 128, 128)`` sRGB.

        Args:
            base: the base that the look was learned with.
            working: the photo, small.
            controls: how much of each stage; in full where None.
            user: user vector ``(1, 32)``; None takes the learned default.

        Raises:
            LookError: the look was learned with another base.
            LooksmithError: the user vector is of another size.
        """
        if user is not None and tuple(user.shape) != (1, USER_SIZE):
            raise LooksmithError(text("user.size", shape=tuple(user.shape), size=USER_SIZE))
        if self.base != base.identity:
            raise LookError(
                text("look.other_base", name=self.name, theirs=self.base, ours=base.identity)
            )
        parts = len(self.weights)
        user = None if user is None else user.expand(parts, -1)
        grade = base.networks.generator.predict(working.expand(parts, -1, -1, -1), self.style, user)
        stages = [mean_stage(grade, self.weights)]
        if self.mood is not None:
            stages.append(mean_stage(Stage(MOOD, lut=self.mood), self.weights))
        return Rendering(tuple(stages)).controlled(controls or Controls())

    def save(self, path: str | Path) -> Path:
        """Write the file, whole or not at all.

        Raises:
            LookError: the folder is missing or not writable, or the disk is full.
        """
        path = Path(path)
        header = {
            "format": FORMAT,
            "version": str(FORMAT_VERSION),
            "base": self.base,
            "name": self.name,
            "about": json.dumps(self.about, ensure_ascii=False),
        }
        tensors = {name: getattr(self, name).contiguous() for name in REQUIRED}
        for name in OPTIONAL:
            if (value := getattr(self, name)) is not None:
                tensors[name] = value.contiguous()
        with whole_file(path, LookError) as part:
            part.write_bytes(save(tensors, header))
        return path

    @classmethod
    def load(cls, path: str | Path) -> Look:
        """Read a look.

        Raises:
            LookError: missing, unreadable, truncated, foreign, of a newer format, or with anything
                that ``look_schema`` does not allow.
        """
        path = Path(path)
        try:
            if not path.is_file():
                raise LookError(text("look.missing", path=path))
            if path.stat().st_size > MOST_BYTES:
                raise LookError(text("look.foreign", path=path, why="too large"))
            with safe_open(path, framework="pt") as opened:
                header = opened.metadata() or {}
                _check_header(header, path)
                tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            return cls(**checked(header, tensors))
        except OSError as error:
            raise LookError(text("system.path", path=path, why=error.strerror or error)) from error
        except (SafetensorError, ValueError) as error:
            raise LookError(text("look.foreign", path=path, why=error)) from error

    def sheet_image(self) -> Image.Image | None:
        """The picture of the feed on the card."""
        return None if self.sheet is None else Image.fromarray(np.asarray(self.sheet))


def _check_header(header: dict[str, str], path: Path) -> None:
    if header.get("format") != FORMAT:
        raise LookError(text("look.foreign", path=path, why="not a Looksmith header"))
    if int(header.get("version", "")) > FORMAT_VERSION:
        raise LookError(text("look.newer", path=path, version=header["version"]))


def blend(looks: Sequence[Look], weights: Sequence[float], name: str) -> Look:
    """A look that is the weighted mean of others.

    Raises:
        LookError: the numbers of looks and weights differ, a weight is negative or not a number,
            all are 0, the looks are of different bases or too many, or the name can't be a look's.
    """
    check_name(name)
    sound = all(weight >= 0 for weight in weights) and 0 < sum(weights) < math.inf
    if len(looks) != len(weights) or not sound:
        raise LookError(text("blend.weights", looks=len(looks), weights=len(weights)))
    for look in looks:
        if look.base != looks[0].base:
            raise LookError(
                text("look.other_base", name=look.name, theirs=look.base, ours=looks[0].base)
            )
    if (count := sum(len(look.weights) for look in looks)) > MOST_PARTS:
        raise LookError(text("blend.parts", parts=count, most=MOST_PARTS))
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
        base=looks[0].base,
        mood=_blended_mood(looks),
        sheet=next((look.sheet for look in looks if look.sheet is not None), None),
    )


def _blended_mood(looks: Sequence[Look]) -> Tensor | None:
    """The moods of all parts; parts without one get the LUT that changes nothing."""
    sizes = {look.mood.shape[-1] for look in looks if look.mood is not None}
    if not sizes:
        return None
    size = max(sizes)
    return torch.cat([_mood_of(look, size) for look in looks])


def _mood_of(look: Look, size: int) -> Tensor:
    if look.mood is None:
        return identity_lut(size).expand(len(look.weights), -1, -1, -1, -1)
    if look.mood.shape[-1] == size:
        return look.mood
    return F.interpolate(look.mood, (size,) * 3, mode="trilinear", align_corners=True)
