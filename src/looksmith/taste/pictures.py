"""What the pictures of items show: traits, content, style code and colours, read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from sqlalchemy import func, select

from looksmith.base import Base
from looksmith.errors import PhotoError
from looksmith.networks.style_encoder import PALETTE_SIZE, REFERENCE_SIZE
from looksmith.photos import read_square
from looksmith.rendering import WORKING_SIZE
from looksmith.store import Database
from looksmith.store.tables import facts, items
from looksmith.taste.directions import Scale, content
from looksmith.taste.evidence import AVERAGE, item_features, pack

_AT_ONCE = 64


def read_pictures(
    database: Database, base: Base, scale: Scale, progress: Callable[[float], None] = lambda _: None
) -> int:
    """Read the pictures that were not read yet; what can't be read is noted with its reason.
    Stops and goes on between blocks of 64. Returns how many could not be read."""
    waiting = items.c.image.is_not(None) & items.c.traits.is_(None) & items.c.problem.is_(None)
    with database.reading() as connection:
        total = connection.execute(select(func.count()).where(waiting)).scalar_one()
    done = failed = 0
    while True:
        with database.reading() as connection:
            query = select(items.c.id, items.c.image).where(waiting).order_by(items.c.id)
            rows = connection.execute(query.limit(_AT_ONCE)).all()
        if not rows:
            _note_average(database)
            return failed
        with ThreadPoolExecutor(2) as pool:
            read = list(pool.map(_read, [row.image for row in rows]))
        values = _measured([r for r in read if not isinstance(r, str)], base, scale)
        with database.writing() as connection:
            for row, result in zip(rows, read, strict=True):
                found: dict[str, Any] = (
                    {"problem": result} if isinstance(result, str) else next(values)
                )
                connection.execute(items.update().where(items.c.id == row.id).values(found))
        failed += sum(isinstance(result, str) for result in read)
        done += len(rows)
        progress(done / max(1, total))


def _read(path: str) -> NDArray[np.uint8] | str:
    try:
        return read_square(Path(path), WORKING_SIZE)
    except PhotoError as error:
        return str(error)[:500]


@torch.no_grad()
def _measured(
    squares: list[NDArray[np.uint8]], base: Base, scale: Scale
) -> Iterator[dict[str, bytes]]:
    if not squares:
        return iter(())
    large = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() / 255
    pictures = F.interpolate(large, (REFERENCE_SIZE, REFERENCE_SIZE), mode="area")
    traits = np.concatenate((scale.traits(pictures), content(large)), axis=1)
    codes = base.networks.style_encoder(pictures.unsqueeze(1)).code.double().numpy()
    order = torch.randperm(REFERENCE_SIZE**2, generator=torch.Generator().manual_seed(0))
    colours = (pictures.flatten(2)[..., order[:PALETTE_SIZE]] * 255).round().byte().numpy()
    return iter(
        [
            {"traits": pack(t), "code": pack(c), "palette": p.tobytes()}
            for t, c, p in zip(traits, codes, colours, strict=True)
        ]
    )


def _note_average(database: Database) -> None:
    """Mean features of the items: what an item is compared with."""
    with database.writing() as connection:
        query = select(items.c.traits).where(items.c.traits.is_not(None)).order_by(items.c.id)
        stored = [row.traits for row in connection.execute(query)]
        connection.execute(facts.delete().where(facts.c.name == AVERAGE))
        if stored:
            mean = pack(item_features(stored).mean(0))
            connection.execute(facts.insert().values(name=AVERAGE, value=mean.hex()))
