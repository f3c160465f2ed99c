"""``looksmith video``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looksmith.cli.common import (
    Database,
    Mood,
    Normalise,
    Out,
    Resume,
    Strength,
    clear_errors,
    progress_bar,
    say,
)
from looksmith.errors import LooksmithError
from looksmith.texts import text

if TYPE_CHECKING:
    from looksmith.transfer import Transfer


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=text("help.video"))(video)


@clear_errors
def video(
    source: Annotated[Path, typer.Argument(help=text("help.video_source"))],
    look: Annotated[Path, typer.Option(help=text("help.look"))],
    out: Out,
    user: Annotated[str | None, typer.Option(help=text("help.user"))] = None,
    strength: Strength = 1.0,
    mood: Mood = 1.0,
    normalise: Normalise = 1.0,
    fast: Annotated[bool, typer.Option("--fast", help=text("help.video_fast"))] = False,
    resume: Resume = False,
    database: Database = None,
) -> None:
    try:
        from looksmith.video.render import render_video
    except ModuleNotFoundError as error:
        raise LooksmithError(text("video.extra")) from error
    transfer = _transfer(look, (strength, mood, normalise), user, source, database)
    try:
        with progress_bar(text("progress.video", name=source.name)) as progress:
            done = render_video(transfer, source, out, fast=fast, resume=resume, progress=progress)
    except KeyboardInterrupt:
        say(text("learn.interrupted"))
        raise typer.Exit(130) from None
    if done.broken:
        say(text("video.broken", count=done.broken))
    say(text("video.done", frames=done.frames, scenes=done.scenes, path=out))


def _transfer(
    look: Path,
    amounts: tuple[float, float, float],
    user: str | None,
    source: Path,
    database: str | None,
) -> Transfer:
    """The look as asked for; a user's taste is asked with the video's first picture."""
    from looksmith.look import Look
    from looksmith.photos import Photo
    from looksmith.rendering import Controls
    from looksmith.transfer import Transfer

    loaded, controls = Look.load(look), Controls(*amounts)
    if user is None:
        return Transfer(loaded, controls)
    from looksmith.taste.api import Taste
    from looksmith.video.media import first_picture

    taste = Taste.open(database)
    taste.require(user)
    transfer, _ = taste.transfer(loaded, user, Photo(first_picture(source)), controls)
    return transfer
