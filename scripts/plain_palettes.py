"""Colours of plain photos, as tone and mood compare a feed with them.

    python scripts/plain_palettes.py --photos ordinary_more --photos fashion_products:4 \
        src/looksmith/base/plain.safetensors

``FOLDER:4`` takes every fourth photo. Each photo gives 256 colours in no order, from a copy of
32 × 32, so no photo can be told from them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from looksmith.feeds import photo_paths
from looksmith.files import whole_file
from looksmith.photos import read_square

SIDE, COLOURS = 32, 256


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
    palettes = torch.stack([colours_of(path, generator) for path in paths])
    card = {"photos": len(paths), "folders": [Path(c).name for c in args.photos], "seed": args.seed}
    with whole_file(args.out) as part:
        save_file({"palettes": palettes}, part, {"version": "1", "card": json.dumps(card)})


def some_of(chosen: str) -> list[Path]:
    folder, _, every = chosen.partition(":")
    return photo_paths(folder)[:: int(every or 1)]


def colours_of(path: Path, generator: torch.Generator) -> Tensor:
    """``(3, 256)`` uint8 sRGB."""
    pixels = torch.from_numpy(read_square(path, SIDE)).permute(2, 0, 1).flatten(1)
    return pixels[:, torch.randperm(SIDE * SIDE, generator=generator)[:COLOURS]]


if __name__ == "__main__":
    main()
