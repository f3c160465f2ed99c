"""The ``.look`` file: what was learned from a feed, and nothing else is needed to apply it.

A safetensors file whose header can be read by anyone: name, base, photos, digest, metrics, consent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from looksmith.base import Base
from looksmith.errors import LookError, LooksmithError
from looksmith.files import whole_file, why
from looksmith.grading import composed_luts, identity_lut, resized_lut
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
from looksmith.rendering import (
    GRADE,
    MOOD,
    Controls,
    Rendering,
    Stage,
    identity_grid,
    mean_stage,
    render,
)
from looksmith.skin_hue import skin_held
from looksmith.texts import text
from looksmith.tone import QUANTILES, tone_lut
from looksmith.white_point import white_held


@dataclass(frozen=True)
class Look:
    """A look of P weighted parts (one, unless blended)."""

    name: str
    code: Tensor
    """Style codes ``(P, 256)``."""
    transport: Tensor
    """Linear maps ordinary photos → feed, as far as what it shows does not explain it,
    ``(P, 3, 4)``."""
    correction: Tensor
    """What adaptation added, along the base's basis of looks, ``(P, 64)``."""
    weights: Tensor
    """Weights of the parts ``(P,)``; what is missing to 1 is the photo as it is."""
    about: dict[str, Any] = field(default_factory=dict)
    """photos, digest, adapted, metrics, change, consent, created, parts, photos_of_parts."""
    base: str = ""
    """Identity of the base it was learned with; empty if no part was learned."""
    lut: Tensor | None = None
    """The last part's grade where it was imported: a 3D LUT ``(3, N, N, N)``, exactly that."""
    mood: Tensor | None = None
    """What the feed's photos share beyond the edit, as 3D LUTs ``(P, 3, N, N, N)`` that come after
    the grade; as strong as evidence allows, and as its part's share. Their changes add up."""
    tone: Tensor | None = None
    """How light and dark are spread over each part's feed, as tables ``(P, 3, 16)`` of ``tone``; as
    strong as evidence allows, and as its part's share. Their changes add up."""
    sheet: Tensor | None = None
    """A small picture of the feed ``(H, W, 3)`` uint8 for the card."""

    @property
    def learned(self) -> int:
        """How many parts, the first ones, were learned."""
        return len(self.weights) - (self.lut is not None)

    @property
    def photos(self) -> list[int]:
        """How many photos each learned part was learned from."""
        each: list[int] = self.about.get("photos_of_parts", [])
        return each or [self.about.get("photos", 0)] * self.learned

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
        controls = controls or Controls()
        stages: list[Stage] = []
        # An imported LUT is given exactly as it is.
        if base.normaliser is not None and controls.normalise > 0 and self.learned:
            right = base.normaliser.stage(working)
            stages.append(right)
            working = render(working, Rendering((right,)).controlled(controls)).clamp(0, 1)
        grade = self.grade_stage(base, working, user)
        graded = None
        if self.tone is not None:  # of the grade in full, so that a slider moves nothing else
            graded = render(working, Rendering((grade,))).clamp(0, 1)
        mood = self.mood_stage(graded)
        return Rendering((*stages, grade, *mood)).controlled(controls)

    def grade_stage(self, base: Base, working: Tensor, user: Tensor | None = None) -> Stage:
        """What the editor did, for one photo ``(1, 3, 128, 128)``; arguments and errors as for
        ``predict``."""
        if user is not None and tuple(user.shape) != (1, USER_SIZE):
            raise LooksmithError(text("user.size", shape=tuple(user.shape), size=USER_SIZE))
        if self.base and self.base != base.identity:
            raise LookError(
                text("look.other_base", name=self.name, theirs=self.base, ours=base.identity)
            )
        return mean_stage(self._grades(base, working, user), self.weights)

    def mood_stage(self, graded: Tensor | None) -> tuple[Stage, ...]:
        """What follows the grade, if anything, as one LUT: the tone for this photo, then the mood.

        Args:
            graded: the photo with the grade ``(1, 3, H, W)``; None for an ordinary one.
        """
        lut = None if self.tone is None else tone_lut(self.tone, graded, self.weights)
        if self.mood is not None:
            whole = torch.ones(len(self.mood))  # each part's mood holds its share already
            mood = mean_stage(Stage(MOOD, lut=self.mood), whole).lut
            assert mood is not None
            lut = mood if lut is None else composed_luts(lut, mood)
        return () if lut is None else (Stage(MOOD, lut=lut),)

    def _grades(self, base: Base, working: Tensor, user: Tensor | None) -> Stage:
        """The grade by each part: the generator's for learned ones, the LUT of an imported one."""
        if not self.learned:
            assert self.lut is not None
            return Stage(GRADE, lut=self.lut.unsqueeze(0))
        first = slice(self.learned)
        style = Style(self.code[first], self.transport[first], self.correction[first])
        user = None if user is None else user.expand(self.learned, -1)
        working = working.expand(self.learned, -1, -1, -1)
        grade = base.networks.generator.predict(working, style, user)
        assert grade.lut is not None
        grade = replace(grade, lut=skin_held(white_held(grade.lut), self.photos))
        if self.lut is None:
            return grade
        assert grade.lut is not None and grade.grid is not None
        size = max(grade.lut.shape[-1], self.lut.shape[-1])
        luts = [resized_lut(grade.lut, size), resized_lut(self.lut, size).unsqueeze(0)]
        nothing = identity_grid(working.device).expand(-1, -1, *grade.grid.shape[2:])
        return Stage(GRADE, torch.cat(luts), torch.cat((grade.grid, nothing)))

    def save(self, path: str | Path) -> Path:
        """Write the file, whole or not at all.

        Raises:
            LookError: the folder is missing or not writable, or the disk is full.
        """
        path = Path(path)
        if path.suffix != ".look":
            raise LookError(text("look.suffix", path=path))
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
                raise LookError(text("look.foreign", path=path, why=text("look.too_large")))
            with safe_open(path, framework="pt") as opened:
                header = opened.metadata() or {}
                _check_header(header, path)
                tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            return cls(**checked(header, tensors))
        except OSError as error:
            raise LookError(text("system.path", path=path, why=why(error))) from error
        except SafetensorError as error:
            raise LookError(text("look.foreign", path=path, why=text("look.cut"))) from error
        except ValueError as error:
            raise LookError(text("look.foreign", path=path, why=error)) from error

    def sheet_image(self) -> Image.Image | None:
        """The picture of the feed on the card."""
        return None if self.sheet is None else Image.fromarray(np.asarray(self.sheet))


def _check_header(header: dict[str, str], path: Path) -> None:
    version = header.get("version", "")
    if header.get("format") != FORMAT or not (version.isascii() and version.isdecimal()):
        raise LookError(text("look.foreign", path=path, why=text("look.no_header")))
    if int(version) > FORMAT_VERSION:
        raise LookError(text("look.newer", path=path, version=version))


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
    base = next((look.base for look in looks if look.base), "")
    for look in looks:
        if look.base not in ("", base):
            raise LookError(text("look.other_base", name=look.name, theirs=look.base, ours=base))
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
    about = {
        "photos": sum(look.about.get("photos", 0) for look in looks),
        "parts": parts,
        "photos_of_parts": [count for look in looks for count in look.photos],
    }
    sheet = next((look.sheet for look in looks if look.sheet is not None), None)
    return Look(name=name, about=about, base=base, sheet=sheet, **_blended(looks, shares))


def _blended(looks: Sequence[Look], shares: Sequence[float]) -> dict[str, Any]:
    """All learned parts, then the imported ones, which are one LUT together."""
    weights = [share * look.weights for look, share in zip(looks, shares, strict=True)]
    lut, imported = _blended_lut(looks, weights)
    size = max((look.mood.shape[-1] for look in looks if look.mood is not None), default=0)
    learned = [(at, slice(look.learned)) for at, look in enumerate(looks)]
    of_last = [at for at, look in enumerate(looks) if look.lut is not None][:1]
    last = [(at, slice(-1, None)) for at in of_last]

    def parts(of: Callable[[Look], Tensor]) -> Tensor:
        return torch.cat([of(looks[at])[which] for at, which in learned + last])

    def mood() -> Tensor:
        return torch.cat([_mood_of(looks[at], size, shares[at])[w] for at, w in learned + last])

    def tone() -> Tensor:
        return torch.cat([_tone_of(looks[at], shares[at])[w] for at, w in learned + last])

    toned = any(look.tone is not None for look in looks)
    first = [w[which] for w, (_, which) in zip(weights, learned, strict=True)]
    return {
        "code": parts(lambda look: look.code),
        "transport": parts(lambda look: look.transport),
        "correction": parts(lambda look: look.correction),
        "weights": torch.cat([*first, *imported]),
        "mood": mood() if size else None,
        "tone": tone() if toned else None,
        "lut": lut,
    }


def _blended_lut(
    looks: Sequence[Look], weights: Sequence[Tensor]
) -> tuple[Tensor | None, list[Tensor]]:
    """The weighted mean of the imported parts and, as ``[(1,)]``, their weight; None and nothing
    where there is none."""
    own = [(k.lut, w[-1]) for k, w in zip(looks, weights, strict=True) if k.lut is not None]
    if not own:
        return None, []
    size, total = max(lut.shape[-1] for lut, _ in own), torch.stack([w for _, w in own]).sum()
    shares = [w / total if total > 0 else torch.zeros(()) for _, w in own]
    luts = [share * resized_lut(lut, size) for share, (lut, _) in zip(shares, own, strict=True)]
    return torch.stack(luts).sum(0), [total.view(1)]


def _mood_of(look: Look, size: int, share: float) -> Tensor:
    """A share of the moods of all parts; parts without one get the LUT that changes nothing."""
    nothing = identity_lut(size).expand(len(look.weights), -1, -1, -1, -1)
    if look.mood is None:
        return nothing
    return nothing + share * (resized_lut(look.mood, size) - nothing)


def _tone_of(look: Look, share: float) -> Tensor:
    """A share of the tones of all parts; parts without one get a table that changes nothing."""
    if look.tone is None:
        flat = (torch.arange(QUANTILES) + 0.5) / QUANTILES
        return torch.stack((flat, *torch.zeros(2, QUANTILES))).expand(len(look.weights), -1, -1)
    centre, change = look.tone[:, :1], share * look.tone[:, 1:]
    return torch.cat((centre, change), dim=1)
