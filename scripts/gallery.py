"""The sheet of ``docs/gallery.md``: held-out feeds by ordinary photos, as ``apply`` gives them.

    python scripts/gallery.py --feeds ../shared/data/photos/lifestyle --photo A.jpg --photo B.jpg \
        docs/images/gallery.jpg

A row a feed of ``benchmarks/feeds.py``: three photos of the half that is learned from, then the
photos with its look at default settings.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from looksmith.feeds import feed_of_arrays
from looksmith.photos import read_fitted
from looksmith.training.learn import learn
from looksmith.transfer import Transfer

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from feeds import find_feeds, split_feed

SHOWN, GAP = 3, 8


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--feeds", type=Path, required=True, help="folder of FEED__N.jpg")
    parser.add_argument("--photo", type=Path, action="append", required=True)
    parser.add_argument("--side", type=int, default=96, help="pixels of a picture")
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    photos = [read_fitted(path, 512) for path in args.photo]
    rows = [[None] * SHOWN + [Image.fromarray(photo) for photo in photos]]
    for name, paths in find_feeds(args.feeds).items():
        learned = split_feed(name, paths, seed=0).learned
        transfer = Transfer(learn(feed_of_arrays(learned), name))
        shown = [Image.fromarray((255 * photo).astype(np.uint8)) for photo in learned[:SHOWN]]
        rows.append([*shown, *(Image.fromarray(transfer.pixels(photo)) for photo in photos)])
    sheet_of(rows, args.side).save(args.out, quality=86)


def sheet_of(rows: list[list[Image.Image | None]], side: int) -> Image.Image:
    sheet = Image.new("RGB", (side * len(rows[0]) + GAP, side * len(rows)), "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            if image is not None:
                left = x * side + (GAP if x >= SHOWN else 0)
                sheet.paste(ImageOps.fit(image, (side, side)), (left, y * side))
    return sheet


if __name__ == "__main__":
    main()
