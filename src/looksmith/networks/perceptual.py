"""Perceptual features: VGG16 and VGG19 (Simonyan and Zisserman 2014) by the names of their layers.

    vgg = VGG(("relu1_1", "relu4_2"))                 # shipped, no download
    vgg = VGG(("relu4_2",), "vgg19")                  # ImageNet's, downloaded once
    vgg = VGG(("relu4_2",), "vgg19", Path("own.pth"))

The shipped weights, ``vgg16-hed``, are tuned for edges; they come from
``scripts/convert_vgg16.py`` and reach relu5_1; ``base/README.md`` says their origin and licence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from pickle import UnpicklingError

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load, load_file
from torch import Tensor, nn

from looksmith.downloads import fetch
from looksmith.errors import LooksmithError
from looksmith.texts import text

_CHANNELS = (64, 128, 256, 512, 512)


@dataclass(frozen=True)
class Network:
    """Which convolutions there are, what they expect, and where their weights come from."""

    blocks: tuple[int, ...]
    """Convolutions before each pooling."""
    mean: tuple[float, float, float]
    """What is taken from R, G, B in [0, 1] …"""
    deviation: tuple[float, float, float]
    """… and by what the rest is divided."""
    shipped: tuple[str, ...] = ()
    url: str = ""
    sha256: str = ""

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(
            f"relu{block}_{index}"
            for block, count in enumerate(self.blocks, 1)
            for index in range(1, count + 1)
        )


_IMAGENET_MEAN, _IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_MODELS = "https://download.pytorch.org/models/"
NETWORKS = {
    "vgg16-hed": Network(  # tuned for edges: Xie and Tu, "Holistically-Nested Edge Detection", 2015
        (2, 2, 3, 3, 1),
        (122.679 / 255, 116.669 / 255, 104.007 / 255),
        (1 / 255, 1 / 255, 1 / 255),
        shipped=("vgg16.safetensors", "vgg16_5.safetensors"),
    ),
    "vgg16-imagenet": Network(
        (2, 2, 3, 3, 3),
        _IMAGENET_MEAN,
        _IMAGENET_DEVIATION,
        url=_MODELS + "vgg16-397923af.pth",
        sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    ),
    "vgg19": Network(
        (2, 2, 4, 4, 4),
        _IMAGENET_MEAN,
        _IMAGENET_DEVIATION,
        url=_MODELS + "vgg19-dcbb9e9d.pth",
        sha256="dcbb9e9d",  # the publisher gives the beginning, in the file's name
    ),
}


class VGG(nn.Module):
    """``(B, 3, H, W)`` sRGB in [0, 1] to a dictionary of the named feature maps; frozen.

    Args:
        layers: names of layers, ``relu1_1`` to ``relu5_1`` (``relu5_4`` for VGG19).
        network: a name in ``NETWORKS``.
        weights: safetensors or ``.pth`` of this network; None takes the shipped ones, or downloads.

    Raises:
        LooksmithError: unknown network or layer; the weights can't be had or don't fit.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, layers: Sequence[str], network: str = "vgg16-hed", weights: Path | None = None
    ) -> None:
        super().__init__()
        if network not in NETWORKS:
            raise LooksmithError(
                text("perceptual.network", name=network, known=", ".join(NETWORKS))
            )
        kind = NETWORKS[network]
        for layer in layers:
            if layer not in kind.layers:
                known = ", ".join(kind.layers)
                raise LooksmithError(
                    text("perceptual.layer", name=layer, network=network, known=known)
                )
        self.layers = tuple(layers)
        deepest = max(kind.layers.index(layer) for layer in layers)
        self.names = kind.layers[: deepest + 1]
        self.register_buffer("mean", torch.tensor(kind.mean).view(3, 1, 1), persistent=False)
        self.register_buffer(
            "deviation", torch.tensor(kind.deviation).view(3, 1, 1), persistent=False
        )
        self.convolutions = nn.ModuleDict()
        before = 3
        for name in self.names:
            after = _CHANNELS[int(name[4]) - 1]
            self.convolutions[name] = nn.Conv2d(before, after, 3, padding=1)
            before = after
        self._load(_weights(kind, weights), weights or network)
        self.eval().requires_grad_(False)

    def _load(self, stored: dict[str, Tensor], source: object) -> None:
        wanted = {name: name.replace("relu", "conv") for name in self.names}
        try:
            state = {
                f"{name}.{part}": stored[f"{stored_name}.{part}"].float()
                for name, stored_name in wanted.items()
                for part in ("weight", "bias")
            }
            self.convolutions.load_state_dict(state)
        except (KeyError, RuntimeError) as error:
            why = " ".join(str(error).split())
            raise LooksmithError(text("perceptual.weights", path=source, why=why)) from error

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        x, features = (image - self.mean) / self.deviation, {}
        for name in self.names:
            if name.endswith("_1") and name != "relu1_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(self.convolutions[name](x))
            if name in self.layers:
                features[name] = x
        return features


def smallest_side(layers: Sequence[str]) -> int:
    """The least height and width, in pixels, at which the deepest of the layers still has two."""
    return 2 * 2 ** (max(int(layer[4]) for layer in layers) - 1)


def _weights(kind: Network, own: Path | None) -> dict[str, Tensor]:
    """The stored tensors, named ``conv1_1.weight`` and so on."""
    if own is None and kind.shipped:
        folder = files("looksmith.base")
        parts = [load(folder.joinpath(name).read_bytes()) for name in kind.shipped]
        return {name: value for part in parts for name, value in part.items()}
    path = own or fetch(kind.url, kind.sha256)
    if not path.is_file():
        raise LooksmithError(text("perceptual.missing", path=path))
    try:
        if path.suffix == ".safetensors":
            stored = load_file(path)
        else:
            stored = torch.load(path, map_location="cpu", weights_only=True)
            stored = stored.get("state_dict", stored)
    except (UnpicklingError, KeyError) as error:  # its own words recommend what we must not do
        raise LooksmithError(
            text("perceptual.weights", path=path, why="not only tensors")
        ) from error
    except (SafetensorError, RuntimeError, ValueError, EOFError, AttributeError) as error:
        why = " ".join(str(error).split())
        raise LooksmithError(text("perceptual.weights", path=path, why=why)) from error
    return _named_as_layers(stored, kind)


def _named_as_layers(stored: dict[str, Tensor], kind: Network) -> dict[str, Tensor]:
    """By our names what torchvision stores by numbers that count ReLU and pooling, too."""
    renamed, number = dict(stored), 0
    for block, count in enumerate(kind.blocks, 1):
        for index in range(1, count + 1):
            for part in ("weight", "bias"):
                value = stored.get(f"features.{number}.{part}")
                if value is not None:
                    renamed[f"conv{block}_{index}.{part}"] = value
            number += 2
        number += 1
    return renamed
