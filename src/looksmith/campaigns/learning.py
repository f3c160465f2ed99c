"""Results of a campaign back into the taste store, as events on the pictures that users saw."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from looksmith.campaigns.audiences import CONTROL, PERSONAL
from looksmith.campaigns.experiment import Response
from looksmith.campaigns.work import Done
from looksmith.store import Database
from looksmith.taste.importing import import_events, import_items

ITEMS, EVENTS = "learned-items.csv", "learned-events.csv"


def learn(
    responses: Sequence[Response],
    assignments: Mapping[str, str],
    rows: Sequence[Done],
    folder: Path,
    database: Database,
) -> int:
    """Import what users did; returns the number of new events.

    Each picture becomes an item of the store. Who saw the control saw no picture of ours.

    Raises:
        TasteError: the store can't take them.
    """
    by_user = {(r.product, r.user): r for r in rows if r.file and r.user is not None}
    by_look = {(r.product, r.look): r for r in rows if r.file and r.user is None}
    items, events = {}, []
    for response in responses:
        variant = assignments.get(response.user, CONTROL)
        key = (response.product, response.user if variant == PERSONAL else variant)
        seen = (by_user if variant == PERSONAL else by_look).get(key)
        if variant == CONTROL or seen is None or seen.file is None:
            continue
        item = Path(seen.file).stem
        items[item] = (item, seen.file, seen.product, seen.look)
        events.append((response.user, item, response.action, response.time))
    if not events:
        return 0
    _write(folder / ITEMS, ("id", "image", "product", "look"), list(items.values()))
    _write(folder / EVENTS, ("user", "item", "action", "time"), events)
    import_items(database, folder / ITEMS)
    return import_events(database, folder / EVENTS).new


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns)
        table.writerows(rows)
