"""Colours of plain photos and what they show, as tone and mood compare a feed with them.

    python scripts/plain_photos.py --photos ordinary_more --photos fashion_products:4 \
        src/looksmith/base/plain.safetensors

``FOLDER:4`` takes every fourth photo. Each photo gives 256 colours in no order, from a copy of
32 × 32, so no photo can be told from them; and the direction of 64 principal components of what
``networks/subject.py`` sees in it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from looksmith.feeds import photo_paths, subject_of
from looksmith.files import whole_file
from looksmith.networks.subject import SUBJECT_SIZE
from looksmith.photos import read_square
from looksmith.plain import PlainPhotos, principal_components

SIDE, COLOURS, COMPONENTS = 32, 256, 64


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", action="append", required=True, metavar="FOLDER[:EVERY]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    generator = torch.Generator().manual_seed(args.seed)
    paths = [path for chosen in args.photos for path in some_of(chosen)]
    colours = torch.stack([colours_of(path, generator) for path in paths])
    features = torch.cat([subject_of(read_square(path, SUBJECT_SIZE)) for path in paths])
    mean, components, spread = principal_components(features, COMPONENTS)
    mean, projection = mean.half(), (components / spread).half()
    plain = PlainPhotos(colours, mean.float(), projection.float(), torch.zeros(0))
    tensors = {
        "palettes": colours,
        "mean": mean,
        "projection": projection.contiguous(),
        "subjects": plain.directions(features).half(),
    }
    card = {"photos": len(paths), "folders": [Path(c).name for c in args.photos], "seed": args.seed}
    with whole_file(args.out) as part:
        save_file(tensors, part, {"version": "2", "card": json.dumps(card)})


def some_of(chosen: str) -> list[Path]:
    folder, _, every = chosen.partition(":")
    return photo_paths(folder)[:: int(every or 1)]


def colours_of(path: Path, generator: torch.Generator) -> Tensor:
    """``(3, 256)`` uint8 sRGB."""
    pixels = torch.tensor(read_square(path, SIDE)).permute(2, 0, 1).flatten(1)
    return pixels[:, torch.randperm(SIDE * SIDE, generator=generator)[:COLOURS]]


if __name__ == "__main__":
    main()
