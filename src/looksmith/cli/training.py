"""``looksmith train``."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import typer

from looksmith.cli.common import Seed, clear_errors, progress_bar, say, writable_folder
from looksmith.errors import LooksmithError
from looksmith.texts import text


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=text("help.train"))(train)


@clear_errors
def train(
    photos: Annotated[list[str], typer.Option(help=text("help.photos"))],
    run: Annotated[Path, typer.Option(help=text("help.run"))] = Path("runs/base"),
    exclude: Annotated[list[str] | None, typer.Option(help=text("help.exclude"))] = None,
    steps: Annotated[int | None, typer.Option(min=1, help=text("help.steps"))] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help=text("help.rounds"))] = None,
    seed: Seed = 0,
    devices: Annotated[int, typer.Option(min=1, max=64, help=text("help.devices"))] = 1,
) -> None:
    from looksmith.training.settings import BaseSettings, PretrainingSettings
    from looksmith.training.train import train_base

    paths = training_photos(photos, exclude or [])
    defaults = BaseSettings()
    settings = BaseSettings(
        steps=steps or defaults.steps,
        seed=seed,
        pretraining=PretrainingSettings(rounds=rounds or defaults.pretraining.rounds, seed=seed),
    )
    writable_folder(run)
    with progress_bar(text("progress.train")) as progress:
        weights = train_base(
            paths,
            run,
            settings,
            devices,
            lambda done, total, _: progress(done / total),
        )
    say(text("train.done", path=weights))


def training_photos(sources: list[str], exclude: list[str]) -> list[Path]:
    """Photos of folders, files and patterns, without those whose name is excluded."""
    from looksmith.feeds import photo_paths
    from looksmith.training.data import LEAST_PHOTOS

    found: list[Path] = []
    for source in sources:
        path = Path(source)
        matches = [path] if path.exists() else sorted(path.parent.glob(path.name))
        if not matches:
            raise LooksmithError(text("train.no_photos", path=source, least=LEAST_PHOTOS))
        found += [photo for match in matches for photo in photo_paths(match)]
    kept = [p for p in found if not any(fnmatch(p.name, pattern) for pattern in exclude)]
    if len(kept) < LEAST_PHOTOS:
        where = ", ".join(sources)
        raise LooksmithError(text("train.no_photos", path=where, least=LEAST_PHOTOS))
    return kept
