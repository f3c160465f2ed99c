"""``looksmith taste evaluate``: the figures of taste, as tables and as one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looksmith.cli.common import Database, Seed, clear_errors, console, progress_bar, say
from looksmith.cli.taste import taste
from looksmith.texts import text

if TYPE_CHECKING:
    from looksmith.charts import Chart
    from looksmith.taste.figures import Case, Row
    from looksmith.taste.interactions import Figures

_SHOWN = (
    "wins.quiz", "wins.random", "wins.events", "wins.near_events", "wins.other",
    "accuracy.0", "accuracy.8", "logistic.8", "accuracy.64", "logistic.64",
    "share.explore", "share.no_exploration",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command to the group ``taste``."""
    taste.command("evaluate", help=text("help.taste_evaluate"))(evaluate)


@clear_errors
def evaluate(
    users: Annotated[int, typer.Option(min=0, max=1000, help=text("help.evaluate_users"))] = 6,
    minutes: Annotated[
        float, typer.Option(min=0.0, max=1440, help=text("help.evaluate_minutes"))
    ] = 4.0,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help=text("help.evaluate_rounds"))] = 50,
    look: Annotated[Path | None, typer.Option(help=text("help.evaluate_look"))] = None,
    photos: Annotated[Path | None, typer.Option(help=text("help.evaluate_photos"))] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help=text("help.evaluate_out"))] = None,
    seed: Seed = 0,
    database: Database = None,
) -> None:
    from looksmith.charts import write_charts
    from looksmith.errors import TasteError
    from looksmith.look import Look
    from looksmith.taste.api import Taste
    from looksmith.taste.figures import measure_users, scenes_to_judge, summary

    opened = Taste.open(database)
    charts: list[Chart] = []
    if users:
        loaded = None if look is None else Look.load(look)
        with progress_bar(text("progress.evaluate")) as progress:
            scenes, learn, judge = scenes_to_judge(opened.base, loaded, photos)
            cases = measure_users(scenes, learn, judge, users, seed, minutes, rounds, progress)
        rows = summary(cases)
        _print_users(rows, cases)
        charts += _charts_of_users(rows, cases)
    try:
        with progress_bar(text("progress.fit")) as progress:
            found = opened.evaluate(seed, progress)
    except TasteError as too_few:
        say(str(too_few))
    else:
        _print_recommendation(found)
        charts.append(_chart_of_recommendation(found))
    if out is not None and charts:
        write_charts(charts, out)
        say(text("done.saved", path=out))


def _print_users(rows: Sequence[Row], cases: Sequence[Case]) -> None:
    from rich.table import Table

    from looksmith.taste.simulation import KINDS

    found = {(row.kind, row.figure): row for row in rows}
    kinds = [f"{text(f'taste.kind.{k}')} ({sum(c.kind == k for c in cases)})" for k in KINDS]
    table = Table("", *kinds, title=text("taste.evaluated_users"))
    for figure in _SHOWN:
        cells = []
        for kind in KINDS:
            row = found.get((kind, figure))
            cells.append("–" if row is None else f"{row.mean:.2f} ({row.low:.2f}…{row.high:.2f})")
        name, _, count = figure.partition(".")
        label = text(f"taste.figure.{name}", count=count) if count.isdigit() else None
        table.add_row(label or text(f"taste.figure.{figure}"), *cells)
    console.print(table)


def _print_recommendation(found: Mapping[str, Figures]) -> None:
    from rich.table import Table

    table = Table("", "NDCG@10", text("taste.hits"), "", title=text("taste.evaluated"))
    most = max((figures.ndcg for figures in found.values()), default=0) or 1
    for name, figures in found.items():
        bar = "█" * round(24 * figures.ndcg / most)
        label = text(f"taste.method.{name}")
        table.add_row(label, f"{figures.ndcg:.4f}", f"{figures.hits:.1%}", bar)
    console.print(table)


def _charts_of_users(rows: Sequence[Row], cases: Sequence[Case]) -> list[Chart]:
    import numpy as np

    from looksmith.charts import Chart, Line
    from looksmith.taste.figures import LOOPS, PAIRS
    from looksmith.taste.simulation import KINDS

    found = {(row.kind, row.figure): row.mean for row in rows}
    bars = [
        Line(text(f"taste.kind.{kind}"), [0], [found[kind, figure]], colour=index)
        for index, figure in enumerate(("wins.quiz", "wins.events"))
        for kind in KINDS
    ]
    both = f"{text('taste.figure.wins.quiz')} / {text('taste.figure.wins.events')}"
    charts = [Chart(both, bars, mark=0.5)]
    lines = [
        Line(
            text(f"taste.kind.{kind}") + (" *" if name == "logistic" else ""),
            PAIRS[name == "logistic" :],
            [found[kind, f"{name}.{n}"] for n in PAIRS[name == "logistic" :]],
            name == "logistic",
            colour,
        )
        for name in ("accuracy", "logistic")
        for colour, kind in enumerate(KINDS)
    ]
    charts.append(Chart(text("taste.chart.accuracy"), lines, mark=0.5))
    for kind in KINDS:
        lost = {
            name: np.mean([case.lost[name] for case in cases if case.kind == kind], 0).cumsum()
            for name in LOOPS
        }
        rounds = range(1, len(next(iter(lost.values()))) + 1)
        title = text("taste.chart.regret", kind=text(f"taste.kind.{kind}"))
        named = [Line(text(f"taste.loop.{n}"), rounds, list(y)) for n, y in lost.items()]
        charts.append(Chart(title, named))
    return charts


def _chart_of_recommendation(found: Mapping[str, Figures]) -> Chart:
    from looksmith.charts import Chart, Line

    bars = [Line(text(f"taste.method.{name}"), [0], [one.ndcg]) for name, one in found.items()]
    return Chart(f"NDCG@10: {text('taste.evaluated')}", bars)
