"""``looksmith match``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from looksmith.cli.common import (
    MaxMegapixels,
    Mood,
    Normalise,
    Strength,
    clear_errors,
    progress_bar,
    refuse_long,
    refuse_same,
    say,
    writable_folder,
)
from looksmith.errors import LooksmithError
from looksmith.texts import text


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=text("help.match"))(match)


@clear_errors
def match(
    photos: Annotated[list[Path], typer.Argument(help=text("help.match_photos"))],
    to: Annotated[Path, typer.Option("--to", help=text("help.match_to"))],
    out: Annotated[Path, typer.Option("-o", "--out", help=text("help.match_out"))],
    strength: Strength = 1.0,
    mood: Mood = 1.0,
    normalise: Normalise = 1.0,
    max_megapixels: MaxMegapixels = 200.0,
) -> None:
    from looksmith.rendering import Controls
    from looksmith.transfer import Transfer, apply_file, look_of_picture

    controls = Controls(strength, mood, normalise)
    if not to.is_file():
        raise LooksmithError(text("match.no_picture", path=to))
    many = len(photos) > 1 or out.is_dir()
    if many and out.is_file():
        raise LooksmithError(text("apply.needs_folder", path=out))
    jobs = [(photo, out / photo.name if many else out) for photo in photos]
    if len({target for _, target in jobs}) < len(jobs):
        raise LooksmithError(text("match.same_name"))
    for source, target in jobs:
        refuse_long(target)
        refuse_same(source, target)
        refuse_same(to, target)
    with progress_bar(text("progress.match", name=to.name)) as progress:
        transfer = Transfer(look_of_picture(to), controls)
        for done, (source, target) in enumerate(jobs, 1):
            writable_folder(target.parent)
            apply_file(transfer, source, target, max_megapixels)
            progress(done / len(jobs))
    say(text("match.one"))
    say(text("done.saved", path=out))
