"""``looksmith taste …``: what users like, and what to show them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from looksmith.cli.common import clear_errors, console, progress_bar, say
from looksmith.texts import text

taste = typer.Typer(help=text("help.taste"), no_args_is_help=True)

Database = Annotated[
    str | None,
    typer.Option("--database", envvar="LOOKSMITH_DATABASE", help=text("help.database")),
]


def register(app: typer.Typer) -> None:
    """Add the group ``taste``."""
    app.add_typer(taste, name="taste")


@taste.command("import", help=text("help.taste_import"))
@clear_errors
def import_(
    events: Annotated[Path | None, typer.Argument(help=text("help.taste_events"))] = None,
    items: Annotated[Path | None, typer.Option(help=text("help.taste_items"))] = None,
    users: Annotated[Path | None, typer.Option(help=text("help.taste_users"))] = None,
    database: Database = None,
) -> None:
    from looksmith.errors import TasteError
    from looksmith.store import Database as Store
    from looksmith.taste.importing import import_events, import_items, import_users

    if events is items is users is None:
        raise TasteError(text("taste.nothing_given"))
    store = Store.open(database)
    for take, path in ((import_items, items), (import_users, users), (import_events, events)):
        if path is None:
            continue
        with progress_bar(text("progress.import")) as progress:
            done = take(store, path, progress)
        if done.before:
            console.print(text("taste.imported_before", path=path), markup=False, soft_wrap=True)
            continue
        told = text("taste.imported", path=path, new=done.new, known=done.rows - done.new)
        console.print(told, markup=False, soft_wrap=True)
        for rejects in done.rejects:
            say(text("taste.rejected", count=done.rejected, path=rejects))
