"""What photos show, apart from their light and colour: EfficientNet-Lite0 on equalised greys.

Only an embedding is wanted: it says what colours are to be expected (``expectation.py``), and with
which plain photos a feed is to be compared (``plain.py``). Brightness, contrast and colour, which
are the look's, are taken off first: every photo enters as a grey picture whose tones are spread
normally.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (2019), in
its Lite form (no squeeze-and-excitation, ReLU6). ``scripts/convert_efficientnet.py`` makes the
weights, with batch normalisation folded in; ``base/README.md`` says their origin and licence.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from looksmith.color import luma
from looksmith.errors import LooksmithError
from looksmith.texts import text

SUBJECT_SIZE = 224  # photos enter as squares of this many pixels
FEATURES = 1280
_STEM, _LAST = 32, 320
# Blocks: how many, kernel, stride of the first, widening, channels.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, _LAST),
)
_SHADES, _SPREAD, _EXTREME = 256, 0.22, 0.49  # of equalised greys
_AT_ONCE = 16


class SubjectNetwork(nn.Module):
    """``(N, 3, 224, 224)`` sRGB in [0, 1] to features ``(N, 1280)``; frozen.

    Raises:
        LooksmithError: the weights are missing, damaged, or of another architecture.
    """

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        self.stem = _Convolution(3, _STEM, 3, 2)
        blocks: list[nn.Module] = []
        before = _STEM
        for count, kernel, stride, widening, after in _STAGES:
            for index in range(count):
                blocks.append(_Block(before, after, kernel, stride if index == 0 else 1, widening))
                before = after
        self.blocks = nn.Sequential(*blocks)
        self.head = _Convolution(_LAST, FEATURES, 1)
        path = weights or Path(str(files("looksmith.base").joinpath("efficientnet.safetensors")))
        try:
            self.load_state_dict({k: v.float() for k, v in load_file(path).items()})
        except (SafetensorError, RuntimeError, OSError) as error:
            raise LooksmithError(text("base.foreign", path=path)) from error
        self.eval().requires_grad_(False)

    def forward(self, photos: Tensor) -> Tensor:
        read = [self._read(equalised(some)) for some in photos.split(_AT_ONCE)]
        return torch.cat(read) if read else photos.new_zeros(0, FEATURES)

    def _read(self, greys: Tensor) -> Tensor:
        seen = self.stem(greys.expand(-1, 3, -1, -1) * 2 - 1).clamp(0, 6)
        return self.head(self.blocks(seen)).clamp(0, 6).mean((-1, -2))


class _Convolution(nn.Conv2d):
    """A convolution that pads as TensorFlow does: at a stride of two, right and below first."""

    def __init__(self, before: int, after: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(before, after, kernel, stride, groups=groups)
        total = kernel - stride
        self.around = (total // 2, total - total // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.around))


class _Block(nn.Module):
    """Widen, look around in each channel, narrow (Sandler et al., "MobileNetV2", 2018)."""

    def __init__(self, before: int, after: int, kernel: int, stride: int, widening: int) -> None:
        super().__init__()
        wide = before * widening
        self.widen = _Convolution(before, wide, 1) if widening > 1 else None
        self.around = _Convolution(wide, wide, kernel, stride, groups=wide)
        self.narrow = _Convolution(wide, after, 1)
        self.skips = stride == 1 and before == after

    def forward(self, x: Tensor) -> Tensor:
        wide = x if self.widen is None else self.widen(x).clamp(0, 6)
        made: Tensor = self.narrow(self.around(wide).clamp(0, 6))
        return made + x if self.skips else made


def equalised(photos: Tensor) -> Tensor:
    """``(N, 3, H, W)`` sRGB in [0, 1] to greys ``(N, 1, H, W)`` whose ranks are spread normally:
    the same for a photo and for any copy of it that is lighter, darker, flatter or tinted."""
    shades = (luma(photos)[:, 0] * (_SHADES - 1)).round().long().clamp(0, _SHADES - 1)
    flat = shades.flatten(1)
    counts = torch.zeros(len(flat), _SHADES, device=photos.device)
    counts.scatter_add_(1, flat, torch.ones_like(flat, dtype=counts.dtype))
    middles = (counts.cumsum(1) - counts / 2) / flat.shape[1]  # rank of each shade, 0 … 1
    ranks = middles.gather(1, flat).view(len(flat), 1, *shades.shape[1:])
    normal = torch.erfinv((2 * ranks - 1).clamp(-2 * _EXTREME, 2 * _EXTREME)) * 2**0.5
    return (0.5 + _SPREAD * normal).clamp(0, 1)


@lru_cache(1)
def subject_network() -> SubjectNetwork:
    """The shipped network, loaded once."""
    return SubjectNetwork()
