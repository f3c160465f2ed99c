"""Tell rows that can be used from rows that can't, and say why."""

from __future__ import annotations

import json

import polars as pl

from looksmith.taste.actions import ACTIONS, DAY
from looksmith.taste.reading import Block, Reject

LONGEST_NAME = 256
_CODES = {name: action.code for name, action in ACTIONS.items()}
_MILLISECONDS = 100_000_000_000  # numbers above this (the year 5138) are milliseconds


def check_events(block: Block, now: int) -> tuple[pl.DataFrame, list[Reject]]:
    """Rows with ``user``, ``item``, ``action`` (code), ``time`` (seconds) and ``value``, and the
    rows that can't be used. Times more than a day ahead of ``now`` can't."""
    rows = block.rows.with_columns(pl.col("user", "item").str.strip_chars())
    if "value" not in rows.columns:
        rows = rows.with_columns(value=pl.lit(None, dtype=pl.String))
    checked = rows.with_columns(
        code=pl.col("action")
        .str.strip_chars()
        .str.to_lowercase()
        .replace_strict(_CODES, default=None, return_dtype=pl.Int64),
        seconds=_seconds(),
        number=pl.col("value").cast(pl.Float64, strict=False),
        given=pl.col("value").is_not_null() & (pl.col("value").str.strip_chars() != ""),
    )
    if checked["seconds"].null_count():
        iso = _iso_seconds(checked["time"])
        checked = checked.with_columns(seconds=pl.coalesce(pl.col("seconds"), iso))
    problem = pl.coalesce(
        _name_problem("user"),
        _name_problem("item"),
        pl.when(pl.col("code").is_null()).then(pl.lit("unknown action")),
        pl.when(pl.col("seconds").is_null()).then(pl.lit("time can't be read")),
        pl.when(pl.col("seconds") < 0).then(pl.lit("time before 1970")),
        pl.when(pl.col("seconds") > now + DAY).then(pl.lit("time in the future")),
        pl.when(pl.col("given") & ~pl.col("number").is_finite().fill_null(False)).then(
            pl.lit("value is not a number")
        ),
    )
    checked = checked.with_columns(problem=problem)
    good = checked.filter(pl.col("problem").is_null()).select(
        "user",
        "item",
        pl.col("code").alias("action"),
        pl.col("seconds").alias("time"),
        pl.col("number").alias("value"),
    )
    bad = _rejects(checked, ["user", "item", "action", "time", "value"])
    return good, block.rejects + bad


def check_things(block: Block) -> tuple[pl.DataFrame, list[Reject]]:
    """Items or users: rows whose ``id`` is a name, the last of each id, and the rest."""
    rows = block.rows.with_columns(pl.col("id").str.strip_chars())
    checked = rows.with_columns(problem=_name_problem("id"))
    good = checked.filter(pl.col("problem").is_null()).drop("problem", "line")
    good = good.unique("id", keep="last", maintain_order=True)
    columns = [name for name in rows.columns if name != "line"]
    return good, block.rejects + _rejects(checked, columns)


def _name_problem(column: str) -> pl.Expr:
    name = pl.col(column)
    return (
        pl.when(name.is_null() | (name == ""))
        .then(pl.lit(f"no {column}"))
        .when(name.str.len_chars() > LONGEST_NAME)
        .then(pl.lit(f"{column} longer than {LONGEST_NAME} characters"))
        .when(name.str.contains("\ufffd", literal=True))
        .then(pl.lit(f"{column} is not UTF-8"))
        .when(name.str.contains("\x00", literal=True))
        .then(pl.lit(f"{column} contains a zero byte"))
    )


def _seconds() -> pl.Expr:
    """``time`` as whole seconds since 1970, where it is a number of seconds or milliseconds."""
    number = pl.col("time").str.strip_chars().cast(pl.Float64, strict=False)
    number = pl.when(number.is_finite()).then(number)
    number = pl.when(number > _MILLISECONDS).then(number / 1000).otherwise(number)
    return number.cast(pl.Int64, strict=False)


def _iso_seconds(times: pl.Series) -> pl.Series:
    """ISO 8601 dates and times as seconds since 1970; without a zone they are UTC."""
    cleaned = times.str.strip_chars().str.replace(" ", "T").str.replace(r"Z$", "+00:00")
    zoned = cleaned.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_zone="UTC")
    plain = cleaned.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_zone="UTC")
    dates = cleaned.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us", "UTC"))
    together = pl.DataFrame({"zoned": zoned, "plain": plain, "dates": dates})
    return together.select(pl.coalesce(pl.all()).dt.epoch("s")).to_series()


def _rejects(checked: pl.DataFrame, columns: list[str]) -> list[Reject]:
    bad = checked.filter(pl.col("problem").is_not_null()).select("line", "problem", *columns)
    return [
        Reject(line, why, json.dumps(row, ensure_ascii=False))
        for line, why, *row in bad.iter_rows()
    ]
