"""Sheets: several pictures side by side with a line under each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from looksmith.files import whole_file
from looksmith.photos import read_fitted

_TILE, _GAP, _LINE, _COLUMNS = 360, 12, 30, 4


def write_sheet(pictures: Sequence[tuple[Path, str]], target: Path) -> None:
    """Lay pictures out in rows of up to four, each over its line of text.

    Raises:
        PhotoError: a picture can't be read.
        LooksmithError: the sheet can't be written.
    """
    tiles = [(Image.fromarray(read_fitted(path, _TILE)), line) for path, line in pictures]
    height = max(tile.height for tile, _ in tiles)
    columns = min(_COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    size = (
        _GAP + columns * (_TILE + _GAP),
        _GAP + rows * (height + _LINE + _GAP),
    )
    sheet = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for index, (tile, line) in enumerate(tiles):
        left = _GAP + index % columns * (_TILE + _GAP)
        top = _GAP + index // columns * (height + _LINE + _GAP)
        sheet.paste(tile, (left + (_TILE - tile.width) // 2, top + height - tile.height))
        draw.text((left, top + height + 6), line, fill="black", font=font)
    with whole_file(target) as part:
        sheet.save(part, "JPEG", quality=88)
