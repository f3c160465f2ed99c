"""Perceptual features: VGG16 of Simonyan and Zisserman (2014) up to relu2_2.

The shipped weights come from ``scripts/convert_vgg16.py``; see ``base/README.md`` for origin and
licence. They serve the style and content losses of training and the style figures of evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

import torch
import torch.nn.functional as F
from safetensors.torch import load
from torch import Tensor, nn

LAYERS = ("relu1_1", "relu1_2", "relu2_1", "relu2_2")
_MEAN = (122.679, 116.669, 104.007)  # RGB means of ImageNet in 0..255, as the weights expect


class VGG16(nn.Module):
    """``(B, 3, H, W)`` sRGB in [0, 1] to a dictionary of the named feature maps; frozen."""

    mean: Tensor

    def __init__(self, layers: Sequence[str] = ("relu1_2", "relu2_2")) -> None:
        super().__init__()
        unknown = set(layers) - set(LAYERS)
        if unknown:
            raise ValueError(f"VGG16 has no layer {sorted(unknown)}; it has {', '.join(LAYERS)}")
        self.layers = tuple(layers)
        self.register_buffer("mean", torch.tensor(_MEAN).view(3, 1, 1), persistent=False)
        weights = load(files("looksmith.base").joinpath("vgg16.safetensors").read_bytes())
        self.convolutions = nn.ModuleDict()
        for layer in LAYERS:
            name = layer.replace("relu", "conv")
            kernel = weights[f"{name}.weight"].float()
            convolution = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
            convolution.weight.data.copy_(kernel)
            assert convolution.bias is not None
            convolution.bias.data.copy_(weights[f"{name}.bias"].float())
            self.convolutions[layer] = convolution
        self.requires_grad_(False)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        x, features = image * 255 - self.mean, {}
        for layer in LAYERS:
            if layer == "relu2_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(self.convolutions[layer](x))
            if layer in self.layers:
                features[layer] = x
            if len(features) == len(self.layers):
                break
        return features
