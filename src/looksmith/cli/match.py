"""``looksmith match``."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated

import typer

from looksmith.cli.common import (
    MaxMegapixels,
    Mood,
    Normalise,
    Strength,
    apply_to_all,
    clear_errors,
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
    from looksmith.matching import Match
    from looksmith.rendering import Controls
    from looksmith.transfer import apply_file

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
        if source.is_dir():
            raise LooksmithError(text("match.folder", path=source))
        refuse_long(target)
        refuse_same(source, target)
        refuse_same(to, target)
    label = text("progress.match", name=to.name)
    one = functools.partial(apply_file, Match(to, controls), max_megapixels=max_megapixels)
    say(text("match.one"))
    if many:
        apply_to_all(one, jobs, label)
        return
    writable_folder(out.parent)
    one(*jobs[0])
    say(text("done.saved", path=out))
