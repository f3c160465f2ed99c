"""``looksmith benchmark look-recovery``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from looksmith.cli.common import OutIfAny, Seed, clear_errors, console, progress_bar
from looksmith.files import whole_file
from looksmith.texts import text


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    benchmark = typer.Typer(help=text("help.benchmark"), no_args_is_help=True)
    benchmark.command("look-recovery", help=text("help.look_recovery"))(look_recovery)
    app.add_typer(benchmark, name="benchmark")


@clear_errors
def look_recovery(
    photos: Annotated[list[Path], typer.Option(help=text("help.photos"))],
    looks: Annotated[Path | None, typer.Option(help=text("help.cubes"))] = None,
    references: Annotated[
        list[int] | None, typer.Option(min=1, help=text("help.references"))
    ] = None,
    validation: Annotated[bool, typer.Option("--validation", help=text("help.validation"))] = False,
    adapted: Annotated[int, typer.Option(min=0, help=text("help.adapted"))] = 0,
    every: Annotated[int, typer.Option(min=1, help=text("help.every"))] = 1,
    out: OutIfAny = None,
    seed: Seed = 0,
    seeds: Annotated[int, typer.Option(min=1, help=text("help.seeds"))] = 3,
    subject: Annotated[Path | None, typer.Option(help=text("help.subject"))] = None,
    peers: Annotated[bool, typer.Option(help=text("help.peers"))] = True,
) -> None:
    from looksmith.evaluation.look_recovery import Exam, run_exam

    chosen = range(seed, seed + seeds)
    counts = references or [1, 4, 8, 32]
    exam = Exam(photos, looks, counts, validation, adapted, chosen, every, peers, subject)
    with progress_bar(text("progress.benchmark")) as progress:
        report = run_exam(exam, progress)
    console.print(report, markup=False, soft_wrap=True)
    if out is not None:
        with whole_file(out) as part:
            part.write_text(report + "\n", encoding="utf-8")
