"""``looksmith campaign new | run | resume | status | report | learn``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looksmith.cli.common import (
    Database,
    OutIfAny,
    clear_errors,
    console,
    progress_bar,
    say,
    writable_folder,
)
from looksmith.errors import LooksmithError
from looksmith.texts import text

if TYPE_CHECKING:
    from looksmith.campaigns.plan import Plan

campaign = typer.Typer(help=text("help.campaign"), no_args_is_help=True)
PlanFile = Annotated[Path, typer.Argument(help=text("help.plan"))]
Folder = Annotated[Path, typer.Argument(help=text("help.campaign_folder"))]
Workers = Annotated[int, typer.Option(min=1, max=256, help=text("help.workers"))]
Ray = Annotated[str | None, typer.Option("--ray", help=text("help.ray"))]
_CORES = os.cpu_count() or 1


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(campaign, name="campaign")


@campaign.command(help=text("help.campaign_new"))
@clear_errors
def new(path: PlanFile) -> None:
    if path.exists():
        raise LooksmithError(text("campaign.exists", path=path))
    from looksmith.files import whole_file

    with whole_file(path) as part:
        part.write_text(text("campaign.example"), encoding="utf-8")
    say(text("done.saved", path=path))


@campaign.command(help=text("help.campaign_run"))
@clear_errors
def run(
    plan: PlanFile,
    out: OutIfAny = None,
    workers: Workers = _CORES,
    ray: Ray = None,
    database: Database = None,
) -> None:
    from looksmith.campaigns.plan import load_plan

    loaded = load_plan(plan)
    _run(loaded, out or plan.with_suffix(""), workers, ray, database)


@campaign.command(help=text("help.campaign_resume"))
@clear_errors
def resume(
    folder: Folder, workers: Workers = _CORES, ray: Ray = None, database: Database = None
) -> None:
    from looksmith.campaigns.journal import kept_plan

    _run(kept_plan(folder), folder, workers, ray, database)


def _run(plan: Plan, folder: Path, workers: int, ray: str | None, database: str | None) -> None:
    from looksmith.campaigns.plan import EVERYONE
    from looksmith.campaigns.report import REPORT
    from looksmith.campaigns.run import run as run_campaign
    from looksmith.taste.api import Taste

    plain = all(audience.name == EVERYONE for audience in plan.audiences)
    taste = None if plain else Taste.open(database)
    writable_folder(folder)
    try:
        with progress_bar(text("progress.campaign", name=plan.name)) as progress:
            made = run_campaign(plan, folder, workers, progress, taste, ray)
    except KeyboardInterrupt:
        say(text("campaign.interrupted", folder=folder))
        raise typer.Exit(130) from None
    say(
        text(
            "campaign.done",
            pictures=made.pictures,
            failed=made.failed,
            rendered=made.rendered,
            seconds=made.seconds,
            report=folder / REPORT,
        )
    )
    if made.failed:
        raise typer.Exit(2)


@campaign.command(help=text("help.campaign_status"))
@clear_errors
def status(folder: Folder, database: Database = None) -> None:
    from looksmith.campaigns.journal import finished, kept_plan
    from looksmith.campaigns.plan import EVERYONE
    from looksmith.campaigns.run import tasks_of
    from looksmith.taste.api import Taste

    plan = kept_plan(folder)
    plain = all(audience.name == EVERYONE for audience in plan.audiences)
    total = tasks_of(plan, None if plain else Taste.open(database))
    rows = finished(folder).values()
    failed = sum(row.why is not None for row in rows)
    console.print(
        text("campaign.status", name=plan.name, done=len(rows) - failed, failed=failed, total=total)
    )


@campaign.command(help=text("help.campaign_report"))
@clear_errors
def report(folder: Folder) -> None:
    from looksmith.campaigns.journal import finished, kept_plan
    from looksmith.campaigns.report import write_report

    path = write_report(kept_plan(folder), list(finished(folder).values()), folder)
    say(text("done.saved", path=path))


@campaign.command(help=text("help.campaign_learn"))
@clear_errors
def learn(
    folder: Folder,
    results: Annotated[Path, typer.Argument(help=text("help.results"))],
    database: Database = None,
) -> None:
    from rich.table import Table

    from looksmith.campaigns.experiment import compare, lift, read_assignments, read_responses
    from looksmith.campaigns.journal import ASSIGNMENTS, finished, kept_plan
    from looksmith.campaigns.learning import learn as take_in
    from looksmith.store import Database as Store

    kept_plan(folder)
    assignments = read_assignments(folder / ASSIGNMENTS)
    responses = read_responses(results)
    control, *variants = compare(responses, assignments)
    heads = ("variant", "users", "rate", "rate_interval", "lift", "lift_interval")
    table = Table(*(text(f"experiment.{head}") for head in heads))
    for variant in (control, *variants):
        low, high = variant.interval
        cells = [variant.name, str(variant.users), f"{variant.rate:.1%}", f"{low:.1%}…{high:.1%}"]
        if variant is not control:
            found = lift(variant, control)
            low, high = found.interval
            cells += [f"{found.lift:+.1%}", f"{low:+.1%}…{high:+.1%}"]
        table.add_row(*cells)
    console.print(table)
    taken = take_in(
        responses, assignments, list(finished(folder).values()), folder, Store.open(database)
    )
    say(text("campaign.learned", count=taken))
