"""Read events, items and users from CSV, JSON Lines and Parquet, in blocks, with line numbers.

Every value becomes a string (or None) here; ``checking`` makes numbers of them. A row that is
broken as such comes back as a ``Reject``.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from looksmith.errors import TasteError
from looksmith.texts import text

BLOCK = 200_000
"""Rows that are read, checked and stored together."""
csv.field_size_limit(1 << 20)


@dataclass(frozen=True)
class Reject:
    """A row that can't be used."""

    line: int
    why: str
    row: str
    """The row as JSON."""


@dataclass
class Block:
    """Some rows of a file: columns of strings, and ``line``."""

    rows: pl.DataFrame
    rejects: list[Reject] = field(default_factory=list)


def digest_of(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        TasteError: there is no such file.
    """
    if not path.is_file():
        raise TasteError(text("taste.file_missing", path=path))
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def read_blocks(path: Path, wanted: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Block]:
    """The rows of a file, block by block; other columns than ``wanted`` and ``optional`` come
    as one JSON string in ``more``.

    Raises:
        TasteError: no such file, of another kind, unreadable, or a wanted column is missing.
    """
    readers = {".csv": _csv, ".jsonl": _json_lines, ".ndjson": _json_lines, ".parquet": _parquet}
    if not path.is_file():
        raise TasteError(text("taste.file_missing", path=path))
    if path.suffix.lower() not in readers:
        raise TasteError(text("taste.file_kind", path=path))
    try:
        yield from readers[path.suffix.lower()](path, wanted, optional)
    except (OSError, pl.exceptions.PolarsError) as error:
        why = str(error).splitlines()[0]
        raise TasteError(text("taste.file_broken", path=path, why=why)) from error


def _csv(path: Path, wanted: Sequence[str], optional: Sequence[str]) -> Iterator[Block]:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as opened:
        reader = csv.reader(opened)
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, wanted)
        known = [name for name in (*wanted, *optional) if name in header]
        places = [header.index(name) for name in known]
        others = {n: i for i, n in enumerate(header) if n and n not in known}
        collected = _Collected(known, bool(others))
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                collected.reject(line, str(error), [])
                continue
            if len(row) != len(header):
                if row:
                    collected.reject(line, f"{len(row)} fields instead of {len(header)}", row)
                continue
            more = json.dumps({n: row[i] for n, i in others.items()}) if others else None
            if collected.add(line, [row[i] for i in places], more):
                yield collected.take()
        yield collected.take()


def _json_lines(path: Path, wanted: Sequence[str], optional: Sequence[str]) -> Iterator[Block]:
    known = [*wanted, *optional]
    collected = _Collected(known, True)
    with path.open(encoding="utf-8-sig", errors="replace") as opened:
        for line, raw in enumerate(opened, start=1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw)
            except (ValueError, RecursionError):
                collected.reject(line, "not JSON", raw.rstrip("\n"))
                continue
            if not isinstance(row, dict):
                collected.reject(line, "not a JSON object", row)
                continue
            more = json.dumps({n: v for n, v in row.items() if n not in known})
            if collected.add(line, [_as_text(row.get(name)) for name in known], more):
                yield collected.take()
    yield collected.take()


def _parquet(path: Path, wanted: Sequence[str], optional: Sequence[str]) -> Iterator[Block]:
    table = pl.scan_parquet(path)
    schema = table.collect_schema()
    _check_header(path, schema.names(), wanted)
    known = [name for name in (*wanted, *optional) if name in schema.names()]
    others = [name for name in schema.names() if name not in known]
    columns = [
        (pl.col(n).dt.epoch("s") if schema[n] == pl.Datetime else pl.col(n)).cast(pl.String)
        for n in known
    ]
    if others:
        columns.append(pl.struct(others).struct.json_encode().alias("more"))
    start = 0
    while True:
        rows = table.slice(start, BLOCK).select(columns).collect()
        lines = pl.int_range(start + 1, start + len(rows) + 1, dtype=pl.Int64, eager=True)
        yield Block(rows.with_columns(line=lines))
        if len(rows) < BLOCK:
            return
        start += len(rows)


class _Collected:
    """Rows on their way to a block."""

    def __init__(self, names: Sequence[str], more: bool) -> None:
        self.names = [*names, "more"] if more else list(names)
        self._clear()

    def _clear(self) -> None:
        self.rows: list[list[str | None]] = []
        self.lines: list[int] = []
        self.rejects: list[Reject] = []

    def add(self, line: int, row: Sequence[str | None], more: str | None) -> bool:
        """Add a row; says whether the block is full."""
        self.rows.append([*row, more] if more is not None else list(row))
        self.lines.append(line)
        return len(self.rows) >= BLOCK

    def reject(self, line: int, why: str, row: Any) -> None:
        self.rejects.append(Reject(line, why, json.dumps(row, ensure_ascii=False)))

    def take(self) -> Block:
        """The block so far; collecting begins anew."""
        schema = dict.fromkeys(self.names, pl.String)
        frame = pl.DataFrame(self.rows, schema=schema, orient="row")
        block = Block(frame.with_columns(line=pl.Series(self.lines, dtype=pl.Int64)), self.rejects)
        self._clear()
        return block


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _check_header(path: Path, header: Sequence[str], wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in header]
    if missing:
        raise TasteError(
            text("taste.file_headers", path=path, missing=missing[0], wanted=", ".join(wanted))
        )
