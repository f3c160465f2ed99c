"""Decide once how a look changes a scene, then render many frames of it alike: no flicker.

python examples/one_rendering_for_many.py warm.look frames/ out/
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from looksmith import Look
from looksmith.photos import read_rgb
from looksmith.rendering import Controls, render_pixels
from looksmith.transfer import Transfer


def main(look: Path, frames: Path, out: Path) -> None:
    paths = sorted(frames.glob("*.png"))
    transfer = Transfer(Look.load(look), Controls(strength=0.8))
    rendering = transfer.rendering(read_rgb(paths[0]))
    out.mkdir(exist_ok=True)
    for path in paths:
        made = render_pixels(read_rgb(path), rendering)
        Image.fromarray(np.asarray(made)).save(out / path.name)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
