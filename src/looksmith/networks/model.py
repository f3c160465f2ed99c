"""The base: style encoder and generator together, as one file of weights."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from looksmith.networks.generator import Generator
from looksmith.networks.style_encoder import Style, StyleEncoder

BASE_VERSION = "1"


class LookNetworks(nn.Module):
    """Style encoder and generator, trained together."""

    def __init__(self) -> None:
        super().__init__()
        self.style_encoder = StyleEncoder()
        self.generator = Generator()

    def forward(self, content: Tensor, references: Tensor) -> Tensor:
        """``(B, 3, H, W)`` photos and ``(B, K, 3, 64, 64)`` feeds to ``(B, 3, H, W)``."""
        return self.generator(content, self.style_encoder(references))


def save_weights(networks: LookNetworks, path: Path, card: dict[str, object]) -> None:
    """Write half-precision weights with their card in the header; renamed into place when whole."""
    tensors = {name: value.detach().cpu().half().contiguous() for name, value in networks.state_dict().items()}
    part = path.with_name(path.name + ".part")
    save_file(tensors, part, {"version": BASE_VERSION, "card": json.dumps(card)})
    part.replace(path)


def load_networks(path: Path | None = None) -> LookNetworks:
    """The base networks in evaluation mode, from ``path`` or as shipped."""
    path = path or Path(str(files("looksmith.base").joinpath("base.safetensors")))
    networks = LookNetworks()
    networks.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    return networks.eval().requires_grad_(False)


def base_card(path: Path | None = None) -> dict[str, object]:
    """The card of a weights file: data, steps, time, seed, metrics."""
    path = path or Path(str(files("looksmith.base").joinpath("base.safetensors")))
    with safe_open(path, framework="pt") as opened:
        card: dict[str, object] = json.loads(opened.metadata()["card"])
    return card


__all__ = ["BASE_VERSION", "LookNetworks", "Style", "base_card", "load_networks", "save_weights"]
