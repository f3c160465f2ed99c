"""The sheet of ``docs/taste.md``: one photo in one look, as eight people get it.

    python scripts/taste_sheet.py [--look film.look] [--photo PHOTO] docs/images/taste.jpg

Each answers a quiz of 24 pairs by a rule, such as "the warmer one", and gets what ``apply --user``
would make of the answers. By default the demo's look, on a photo that ships with scikit-learn.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from looksmith.base import default_base
from looksmith.look import Look
from looksmith.photos import read_fitted
from looksmith.pixels import Array
from looksmith.taste.directions import NAMES, Scale
from looksmith.taste.features import FEATURES, first_prior
from looksmith.taste.figures import demo_look
from looksmith.taste.personal import Personaliser
from looksmith.taste.posterior import Posterior
from looksmith.taste.questions import read_photos
from looksmith.taste.quiz import ask
from looksmith.transfer import Transfer, working_size

TASTES = {
    "warmer": {"warmth": 1.0},
    "cooler": {"warmth": -1.0},
    "brighter, airy": {"brightness": 1.0, "fade": 0.5},
    "darker, contrast": {"brightness": -1.0, "contrast": 1.0},
    "more colour": {"saturation": 1.0},
    "less colour": {"saturation": -1.0},
    "rosier": {"tint": 1.0},
    "warm light, cool shadows": {"mood": 1.0, "strength": 0.5},
}
PAIRS, SIDE, COLUMNS = 24, 420, 5


def posterior_of(likes: dict[str, float], scale: Scale, photos: list[Array]) -> Posterior:
    """What is known of someone after the quiz, who always takes what is more as they like it."""
    weights = np.zeros(FEATURES)
    for name, weight in likes.items():
        weights[NAMES.index(name)] = weight
    return ask(
        first_prior(),
        scale,
        photos,
        PAIRS,
        lambda _, pair: "a" if weights @ pair.difference > 0 else "b",
    )


def tiles_of(look: Look, photo: Array) -> dict[str, Array]:
    """The photo, the plain look, and the look by taste."""
    base = default_base()
    scale, photos = Scale.of(base), read_photos(None)
    personal = Personaliser(look, scale, base)
    tiles = {"the photo": photo, "the look": Transfer(look, base=base).pixels(photo)}
    for name, likes in TASTES.items():
        made = personal(posterior_of(likes, scale, photos), working_size(photo))
        transfer = Transfer(look, made.controls, user=made.vector, more=made.stages, base=base)
        tiles[name] = transfer.pixels(photo)
    return tiles


def sheet_of(tiles: dict[str, Array]) -> Image.Image:
    images = [Image.fromarray(tile) for tile in tiles.values()]
    width, height = images[0].size
    rows = -(-len(images) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for index, (image, name) in enumerate(zip(images, tiles, strict=True)):
        place = index % COLUMNS * width, index // COLUMNS * height
        sheet.paste(image, place)
        at = place[0] + 8, place[1] + 6
        draw.text(at, name, fill="white", font=font, stroke_width=2, stroke_fill="black")
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--look", type=Path, help="a look file; the demo's film by default")
    parser.add_argument("--photo", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    look = demo_look() if args.look is None else Look.load(args.look)
    if args.photo is None:
        from sklearn.datasets import load_sample_image

        photo = np.asarray(Image.fromarray(load_sample_image("china.jpg")).resize((SIDE, 280)))
    else:
        photo = read_fitted(args.photo, SIDE)
    sheet_of(tiles_of(look, photo)).save(args.out, quality=86)


if __name__ == "__main__":
    main()
