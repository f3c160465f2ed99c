"""The base: style encoder and generator together, as one file of weights."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from importlib.resources import files
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.networks.discriminator import StatisticsDiscriminator
from looksmith.networks.generator import Generator
from looksmith.networks.style_encoder import Style, StyleEncoder
from looksmith.texts import text

BASE_VERSION = "1"
CODE_SIZE, USER_SIZE = 256, 32
CONDITION_SIZE = CODE_SIZE + USER_SIZE
_JUDGE = "judge."


class LookNetworks(nn.Module):
    """Style encoder and generator, trained together."""

    def __init__(self) -> None:
        super().__init__()
        self.style_encoder = StyleEncoder(CODE_SIZE)
        self.generator = Generator(CODE_SIZE, USER_SIZE)

    def forward(self, content: Tensor, references: Tensor) -> Tensor:
        """``(B, 3, H, W)`` photos and ``(B, K, 3, 64, 64)`` feeds to ``(B, 3, H, W)``."""
        return self.generator(content, self.style_encoder(references))


def condition_of(style: Style, user: Tensor) -> Tensor:
    """What the discriminator is conditioned on: normalised style code and user vector."""
    return torch.cat((F.layer_norm(style.code, style.code.shape[1:]), user), dim=1)


def save_weights(
    networks: LookNetworks, judge: StatisticsDiscriminator, path: Path, card: dict[str, object]
) -> None:
    """Write half-precision weights with their card in the header; renamed into place when whole."""
    tensors = {
        name: value.detach().cpu().half() if value.is_floating_point() else value.cpu()
        for part in (networks, judge)
        for name, value in _named(part).items()
    }
    contiguous = {name: value.contiguous() for name, value in tensors.items()}
    with whole_file(path) as unfinished:
        save_file(contiguous, unfinished, {"version": BASE_VERSION, "card": json.dumps(card)})


def _named(part: nn.Module) -> dict[str, Tensor]:
    prefix = _JUDGE if isinstance(part, StatisticsDiscriminator) else ""
    return {prefix + name: value for name, value in part.state_dict().items()}


def _load(part: nn.Module, path: Path | None) -> None:
    stored = load_file(path or weights_path())
    part.load_state_dict(
        {
            name.removeprefix(_JUDGE): value.float() if value.is_floating_point() else value
            for name, value in stored.items()
            if name.startswith(_JUDGE) == isinstance(part, StatisticsDiscriminator)
        }
    )
    part.eval().requires_grad_(False)


def weights_path() -> Path:
    """The weights in use: the shipped ones, or the file that ``LOOKSMITH_BASE`` names.

    Raises:
        LooksmithError: that file does not exist.
    """
    own = os.environ.get("LOOKSMITH_BASE")
    if own is None:
        return Path(str(files("looksmith.base").joinpath("base.safetensors")))
    if not Path(own).is_file():
        raise LooksmithError(text("base.missing", path=own))
    return Path(own)


@cache
def base_id() -> str:
    """What a look remembers of its base: version, and the beginning of the weights' SHA-256."""
    return f"{BASE_VERSION}-{hashlib.sha256(weights_path().read_bytes()).hexdigest()[:8]}"


def load_networks(path: Path | None = None) -> LookNetworks:
    """The base networks in evaluation mode, from ``path`` or as shipped."""
    networks = LookNetworks()
    _load(networks, path)
    return networks


def load_judge(path: Path | None = None) -> StatisticsDiscriminator:
    """The part of the discriminator that judges colour statistics; adaptation starts from it."""
    judge = StatisticsDiscriminator(CONDITION_SIZE)
    _load(judge, path)
    return judge


def base_card(path: Path | None = None) -> dict[str, object]:
    """The card of a weights file: data, steps, time, seed, metrics."""
    with safe_open(path or weights_path(), framework="pt") as opened:
        card: dict[str, object] = json.loads(opened.metadata()["card"])
    return card
