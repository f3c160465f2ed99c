"""Photos knocked off by exposure, casts, contrast, haze, low and back light: what remains.

python benchmarks/normalise.py --photos DIR [--photos DIR …] [--count 60]

Mean ΔE2000 to the photo before, as a share of what the fault made; for good photos, the mean
ΔE2000 that is made. Against Pillow's autocontrast, grey-world and scikit-image's equalisation.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import ImageOps
from skimage.exposure import equalize_adapthist
from torch import Tensor

from looksmith.base import default_base
from looksmith.color import delta_e_2000, linear_to_srgb, srgb_to_linear
from looksmith.evaluation.images import from_pillow, to_pillow
from looksmith.feeds import photo_paths
from looksmith.rendering import Rendering, render
from looksmith.training.normalise import KINDS, knock_off, load_squares

Method = Callable[[Tensor], Tensor]


def ours(photo: Tensor) -> Tensor:
    normaliser = default_base().normaliser
    assert normaliser is not None
    return render(photo, Rendering((normaliser.stage(photo),)))


def autocontrast(photo: Tensor) -> Tensor:
    image = to_pillow(photo[0].permute(1, 2, 0).numpy())
    return _tensor(from_pillow(ImageOps.autocontrast(image, cutoff=0.5)))


def grey_world(photo: Tensor) -> Tensor:
    light = srgb_to_linear(photo)
    mean = light.mean((-1, -2), keepdim=True)
    return linear_to_srgb((light * mean.mean(1, keepdim=True) / mean.clamp(min=1e-4)).clamp(0, 1))


def equalised(photo: Tensor) -> Tensor:
    return _tensor(equalize_adapthist(photo[0].permute(1, 2, 0).double().numpy(), clip_limit=0.01))


def _tensor(image: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1).unsqueeze(0)


METHODS: dict[str, Method] = {
    "Pillow autocontrast": autocontrast,
    "grey-world": grey_world,
    "scikit-image adaptive equalisation": equalised,
    "Looksmith": ours,
}


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, action="append", required=True)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    paths = [path for folder in args.photos for path in photo_paths(folder)]
    chosen = random.Random(args.seed).sample(paths, min(args.count, len(paths)))
    photos = load_squares(chosen)[:, 0].float() / 255
    print(
        "| fault | ΔE made |",
        " | ".join(METHODS),
        "|\n| --- | --- " + "| --- " * len(METHODS) + "|",
    )
    for kind in KINDS:
        spoilt = knock_off(photos, torch.Generator().manual_seed(args.seed), kind)
        before = _distance(spoilt, photos)
        after = [
            _distance(torch.cat([method(photo) for photo in spoilt.split(1)]), photos)
            for method in METHODS.values()
        ]
        shown = after if kind == "clean" else [value / before for value in after]
        print(f"| {kind} | {before:.1f} |", " | ".join(f"{value:.2f}" for value in shown), "|")


def _distance(made: Tensor, truth: Tensor) -> float:
    """Mean ΔE2000 of ``(N, 3, S, S)`` photos."""
    return float(delta_e_2000(made.clamp(0, 1), truth).mean())


if __name__ == "__main__":
    main()
