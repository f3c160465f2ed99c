"""Go from one look to another in five steps, one photo a step.

python examples/blend_looks.py warm.look cold.look me.jpg
"""

from __future__ import annotations

import sys
from pathlib import Path

import looksmith
from looksmith import Look


def main(first: Path, second: Path, photo: Path) -> None:
    looks = [Look.load(first), Look.load(second)]
    for step in range(5):
        share = step / 4
        mixed = looksmith.blend(looks, [1 - share, share], name=f"step {step}")
        looksmith.apply(mixed, photo).save(photo.with_name(f"{photo.stem}-{step}.png"))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
