"""The demo: a feed with a known look, from photos that ship with the dependencies.

    python -m looksmith.demo --out demo

The look is learned from the feed and given to photos that were not in it; the truth is known, so
the difference can be said, beside that of others.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps
from rich.console import Console
from rich.table import Table

from looksmith import grading
from looksmith.base import default_base
from looksmith.evaluation.metrics import Image as FloatImage
from looksmith.evaluation.metrics import delta_e
from looksmith.evaluation.peers import PEERS, Trial
from looksmith.look import Look
from looksmith.texts import english, text
from looksmith.training.learn import learn
from looksmith.transfer import Transfer, apply, apply_file

Photo = NDArray[np.uint8]
FEED = ("coffee", "rocket", "motorcycle_left")
CONTENTS = ("chelsea", "astronaut")
_GAP, _BAND, _TILE = 16, 40, 400


def sample_photo(name: str) -> Photo:
    """A photo that ships with scikit-image, at most 640 pixels wide."""
    folder = Path(str(importlib.import_module("skimage.data").__file__)).parent
    path = next(path for path in folder.iterdir() if path.stem == name)
    image = Image.open(path).convert("RGB")
    image.thumbnail((640, 640), Image.Resampling.LANCZOS)
    return np.asarray(image)


def film_look(photo: Photo) -> Photo:
    """The look of the demo: warm, faded film with green shadows."""
    image = torch.from_numpy(np.array(photo)).permute(2, 0, 1).float() / 255
    image = grading.white_balance(image, temperature=0.12, tint=-0.04)
    image = grading.saturation(image, -0.18)
    curve = (0.0, 0.2, 0.52, 0.8, 1.0)
    image = grading.curves(image, curve, curve, curve)
    image = grading.split_tone(image, (-0.02, 0.03, 0.02), (0.04, 0.02, -0.05))
    image = grading.fade(image, (0.1, 0.11, 0.09), (0.98, 0.96, 0.88))
    return (image.permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)


def make_feed(folder: Path) -> list[Photo]:
    """Write the feed: each photo whole and three parts of it, all with the look."""
    folder.mkdir(parents=True, exist_ok=True)
    feed = []
    for name in FEED:
        photo = sample_photo(name)
        height, width = photo.shape[:2]
        right = photo[height // 6 : -height // 6, width // 4 :]
        left = photo[: 5 * height // 6, : 3 * width // 4]
        middle = photo[height // 4 : -height // 8, width // 6 : -width // 6]
        for index, part in enumerate((photo, right, left, middle), 1):
            feed.append(film_look(part))
            Image.fromarray(feed[-1]).save(folder / f"{name}-{index}.jpg", quality=95)
    return feed


def measure(look: Look, feed: list[Photo]) -> dict[str, float]:
    """Mean CIEDE2000 to the truth over the contents, by method."""
    palettes = default_base().ordinary_palettes
    ordinary = palettes.transpose(1, 2).reshape(-1, 3).numpy()
    trial = Trial([_floats(photo) for photo in feed], [], ordinary)
    differences: dict[str, list[float]] = {}
    for name in CONTENTS:
        content = sample_photo(name)
        truth = _floats(film_look(content))
        for method, peer in PEERS.items():
            made = peer(_floats(content), trial)
            differences.setdefault(method, []).append(delta_e(made, truth))
        made = _floats(np.asarray(apply(look, content)))
        differences.setdefault("Looksmith", []).append(delta_e(made, truth))
    return {method: float(np.mean(values)) for method, values in differences.items()}


def _floats(photo: Photo) -> FloatImage:
    return photo.astype(np.float32) / np.float32(255)


def contact_sheet(look: Look, feed: list[Photo]) -> Image.Image:
    """The feed on top; below, a row a content: before, after, truth."""
    columns = 3
    width = columns * _TILE + (columns + 1) * _GAP
    small = (width - 7 * _GAP) // 6
    rows = [sample_photo(name) for name in CONTENTS]
    heights = [round(_TILE * photo.shape[0] / photo.shape[1]) for photo in rows]
    feed_height = 2 * (small * 3 // 4 + _GAP)
    height = _BAND + feed_height + sum(h + _GAP for h in heights) + _BAND + _GAP
    sheet = Image.new("RGB", (width, height), (250, 250, 248))
    draw = ImageDraw.Draw(sheet)
    _caption(draw, _GAP, 0, english("demo.feed"))
    for index, photo in enumerate(feed[:12]):
        left = _GAP + index % 6 * (small + _GAP)
        top = _BAND + index // 6 * (small * 3 // 4 + _GAP)
        tile = ImageOps.fit(Image.fromarray(photo), (small, small * 3 // 4))
        sheet.paste(tile, (left, top))
    top = _BAND + feed_height
    for column, key in enumerate(("demo.before", "demo.after", "demo.truth")):
        _caption(draw, _GAP + column * (_TILE + _GAP), top, english(key))
    top += _BAND
    for photo, tall in zip(rows, heights, strict=True):
        after = np.asarray(apply(look, photo))
        for column, shown in enumerate((photo, after, film_look(photo))):
            tile = Image.fromarray(shown).resize((_TILE, tall), Image.Resampling.LANCZOS)
            sheet.paste(tile, (_GAP + column * (_TILE + _GAP), top))
        top += tall + _GAP
    return sheet


def _caption(draw: ImageDraw.ImageDraw, left: int, top: int, words: str) -> None:
    draw.text((left, top + 10), words, fill=(70, 70, 70), font=ImageFont.load_default(size=18))


def main() -> None:
    """Make the feed, learn, apply, measure, and draw the contact sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    out: Path = parser.parse_args().out
    console = Console(highlight=False)
    feed = make_feed(out / "feed")
    with console.status(text("progress.learn", name="film")):
        look = learn(out / "feed", "film", tell=console.print, consent=text("demo.consent"))
    look.save(out / "film.look")
    for name in CONTENTS:
        before = out / f"{name}.jpg"
        Image.fromarray(sample_photo(name)).save(before, quality=95)
        apply_file(Transfer(look), before, out / f"{name}-film.jpg")
    table = Table(text("demo.method"), text("demo.difference"))
    for method, difference in sorted(measure(look, feed).items(), key=lambda item: item[1]):
        table.add_row(method, f"{difference:.2f}")
    console.print(table)
    contact_sheet(look, feed).save(out / "contact-sheet.png")
    console.print(text("done.saved", path=out / "contact-sheet.png"))


if __name__ == "__main__":
    main()
