"""Paint a photo in the manner of a picture, and watch it grow.

python examples/paint_a_picture.py me.jpg painting.jpg painted.png [SIZE] [STEPS]
"""

from __future__ import annotations

import sys
from pathlib import Path

from looksmith.paint import PaintSettings, paint


def main(photo: Path, style: Path, out: Path, size: int = 512, steps: int = 300) -> None:
    def tell(done: float, losses: dict[str, float]) -> None:
        print(f"{done:4.0%}  style {losses['style']:.3f}  content {losses['content']:.3f}")

    settings = PaintSettings(size=size, steps=steps)
    paint(photo, [style], settings=settings, progress=tell).save(out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), *map(int, sys.argv[4:6]))
