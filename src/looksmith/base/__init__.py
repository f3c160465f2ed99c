"""The pretrained base as one object; its weights and their card lie in this folder.

    base = Base.load()                # the shipped one
    base = Base.load(Path("runs/base/base.safetensors"))

Everything that needs networks is handed a ``Base``; ``default_base()`` is for the edges (command
line, public functions) where none was given.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.networks.discriminator import StatisticsDiscriminator
from looksmith.networks.model import CONDITION_SIZE, LookNetworks
from looksmith.networks.normaliser import Normaliser
from looksmith.plain import PlainPhotos, Usual
from looksmith.texts import text

VERSION = "2"  # 1 read feeds without what is expected of their subjects
VARIABLE = "LOOKSMITH_BASE"
_DISCRIMINATOR = "judge."  # how files call the statistics discriminator


@dataclass(frozen=True)
class Base:
    """The networks that looks are learned with and applied by, in evaluation mode."""

    networks: LookNetworks
    """Style encoder and generator; the encoder holds the ordinary photos' statistics."""
    discriminator: StatisticsDiscriminator
    """The part that judges colour statistics; adaptation starts from it."""
    identity: str = ""
    """Version, and the beginning of the weights' SHA-256: what a look remembers of its base."""
    card: dict[str, Any] = field(default_factory=dict)
    """Data, steps, time, seed, settings."""
    normaliser: Normaliser | None = None
    """What makes photos right before a look; None leaves them as they are."""
    plain: PlainPhotos | None = None
    """Photos as people take them; unlike those that the networks were trained with, which are
    partly edited."""

    def usual(self, subjects: Tensor | None = None) -> Usual:
        """The plain photos that a feed is compared with, given what its photos show
        ``(K, 1280)``."""
        if self.plain is None:
            return Usual(self.ordinary_palettes, self.ordinary_palettes)
        return self.plain.usual(subjects)

    @property
    def ordinary_palettes(self) -> Tensor:
        """Colours of ordinary photos, in no order, ``(256, 3, 256)`` sRGB in [0, 1]."""
        return self.networks.style_encoder.ordinary_palettes.float() / 255

    @classmethod
    def load(cls, path: Path | None = None) -> Base:
        """The shipped base, or that of a weights file.

        Raises:
            LooksmithError: the file is missing, damaged, or of another architecture.
        """
        path = path or Path(str(files(__name__).joinpath("base.safetensors")))
        if not path.is_file():
            raise LooksmithError(text("base.missing", path=path))
        networks, discriminator = LookNetworks(), StatisticsDiscriminator(CONDITION_SIZE)
        try:
            weights, judging, card = read_base(path)
            _fill(networks, weights)
            _fill(discriminator, judging)
        except (SafetensorError, RuntimeError, KeyError, ValueError, OSError) as error:
            raise LooksmithError(text("base.foreign", path=path)) from error
        identity = f"{VERSION}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
        return cls(networks, discriminator, identity, card, load_normaliser(), load_plain())


def read_base(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]]:
    """What a weights file holds, of any architecture: the weights of the networks and of the
    discriminator, and the card.

    Raises:
        SafetensorError, KeyError, ValueError, OSError: it is no such file.
    """
    with safe_open(path, framework="pt") as opened:
        card: dict[str, Any] = json.loads((opened.metadata() or {})["card"])
    stored = _floats(load_file(path))
    mark = len(_DISCRIMINATOR)
    judging = {name[mark:]: v for name, v in stored.items() if name.startswith(_DISCRIMINATOR)}
    networks = {name: v for name, v in stored.items() if not name.startswith(_DISCRIMINATOR)}
    return networks, judging, card


def _floats(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: v.float() if v.is_floating_point() else v for name, v in stored.items()}


def _fill(part: nn.Module, stored: dict[str, Tensor]) -> None:
    part.load_state_dict(stored)
    part.eval().requires_grad_(False)


def load_normaliser(path: Path | None = None) -> Normaliser:
    """The shipped normaliser, or that of a weights file.

    Raises:
        LooksmithError: the file is missing, damaged, or of another architecture.
    """
    path = path or Path(str(files(__name__).joinpath("normaliser.safetensors")))
    normaliser = Normaliser()
    try:
        _fill(normaliser, _floats(load_file(path)))
    except (SafetensorError, RuntimeError, OSError) as error:
        raise LooksmithError(text("base.foreign", path=path)) from error
    return normaliser


def load_plain(path: Path | None = None) -> PlainPhotos:
    """The shipped plain photos, or those of a file of ``scripts/plain_photos.py``.

    Raises:
        LooksmithError: the file is missing or damaged.
    """
    path = path or Path(str(files(__name__).joinpath("plain.safetensors")))
    try:
        stored = load_file(path)
        floats = (stored[name].float() for name in ("mean", "projection", "subjects"))
        return PlainPhotos(stored["palettes"], *floats)
    except (SafetensorError, KeyError, OSError) as error:
        raise LooksmithError(text("base.foreign", path=path)) from error


def save_base(
    networks: LookNetworks,
    discriminator: StatisticsDiscriminator,
    path: Path,
    card: dict[str, object],
) -> None:
    """Write half-precision weights with their card in the header; renamed into place when whole.

    Raises:
        LooksmithError: the file can't be written.
    """
    named = dict(networks.state_dict())
    named |= {_DISCRIMINATOR + name: value for name, value in discriminator.state_dict().items()}
    tensors = {
        name: (value.detach().cpu().half() if value.is_floating_point() else value.cpu())
        for name, value in named.items()
    }
    contiguous = {name: value.contiguous() for name, value in tensors.items()}
    with whole_file(path) as unfinished:
        save_file(contiguous, unfinished, {"version": VERSION, "card": json.dumps(card)})


def default_base() -> Base:
    """The base in use where none is given: the file that ``LOOKSMITH_BASE`` names, or the shipped
    one; each is loaded once.

    Raises:
        LooksmithError: that file is missing or no base.
    """
    own = os.environ.get(VARIABLE)
    return _loaded(Path(own).resolve() if own else None)


@lru_cache(2)
def _loaded(path: Path | None) -> Base:
    return Base.load(path)
