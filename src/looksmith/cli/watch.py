"""``looksmith watch``."""

from __future__ import annotations

import functools
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from looksmith.cli.common import (
    KeepLocation,
    MaxMegapixels,
    Mood,
    Normalise,
    Strength,
    clear_errors,
    say,
    writable_folder,
)
from looksmith.texts import text


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=text("help.watch"))(watch)


@clear_errors
def watch(
    source: Annotated[Path, typer.Argument(help=text("help.watch_source"))],
    target: Annotated[Path, typer.Argument(help=text("help.watch_target"))],
    look: Annotated[Path, typer.Option(help=text("help.look"))],
    strength: Strength = 1.0,
    mood: Mood = 1.0,
    normalise: Normalise = 1.0,
    interval: Annotated[
        float, typer.Option(min=0.05, max=3600, help=text("help.watch_interval"))
    ] = 1.0,
    patience: Annotated[
        float, typer.Option(min=0, max=3600, help=text("help.watch_patience"))
    ] = 10.0,
    keep_location: KeepLocation = False,
    max_megapixels: MaxMegapixels = 200.0,
) -> None:
    from looksmith.look import Look
    from looksmith.rendering import Controls
    from looksmith.transfer import Transfer, apply_file
    from looksmith.watch import Watcher

    one = functools.partial(
        apply_file,
        Transfer(Look.load(look), Controls(strength, mood, normalise)),
        keep_location=keep_location,
        max_megapixels=max_megapixels,
    )
    watcher = Watcher(source, target, one, interval, patience)
    writable_folder(target)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # what is being rendered is finished first
        signal.signal(number, lambda *_: stop.set())
    say(text("watch.begun", source=source, target=target))
    count = failed = 0
    for outcome in watcher.events(stop):
        count, failed = count + (outcome.why is None), failed + (outcome.why is not None)
        if outcome.why is None:
            say(text("done.saved", path=outcome.target))
        else:
            say(text("apply.refused", why=outcome.why))
    say(text("watch.ended", count=count, failed=failed))
