"""``looksmith train``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
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
    app.command("train-normaliser", help=text("help.train_normaliser"))(train_normaliser)


@clear_errors
def train(
    photos: Annotated[list[str], typer.Option(help=text("help.photos"))],
    run: Annotated[Path, typer.Option(help=text("help.run"))] = Path("runs/base"),
    exclude: Annotated[list[str] | None, typer.Option(help=text("help.exclude"))] = None,
    plain: Annotated[list[str] | None, typer.Option(help=text("help.plain"))] = None,
    start: Annotated[Path | None, typer.Option("--from", help=text("help.from"))] = None,
    steps: Annotated[int | None, typer.Option(min=1, help=text("help.steps"))] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help=text("help.rounds"))] = None,
    rate: Annotated[float | None, typer.Option(min=1e-6, max=0.01, help=text("help.rate"))] = None,
    seed: Seed = 0,
    devices: Annotated[int, typer.Option(min=1, max=64, help=text("help.devices"))] = 1,
) -> None:
    from looksmith.base import Base
    from looksmith.training.settings import FURTHER, BaseSettings
    from looksmith.training.train import train_base, train_further

    if start is not None and steps is not None:
        raise LooksmithError(text("train.further_steps"))
    paths = training_photos(photos, exclude or [])
    more = training_photos(plain, exclude or []) if plain else []
    writable_folder(run)
    with ExitStack() as bars:
        reading = bars.enter_context(progress_bar(text("progress.read_photos")))
        training: list[Callable[[float], None]] = []

        def told(done: int, total: int, losses: dict[str, float]) -> None:
            if not training:
                bars.close()  # photos are read; only one bar can be shown
                training.append(bars.enter_context(progress_bar(text("progress.train"))))
            training[0](done / total)

        asked = {"rounds": rounds, "rate": rate, "seed": seed}
        given = {name: value for name, value in asked.items() if value is not None}
        if start is not None:
            settings = FURTHER.model_copy(update=given)
            weights = train_further(
                Base.load(start), paths, more, run, settings, devices, told, reading
            )
        else:
            whole = BaseSettings(steps=steps or BaseSettings().steps, seed=seed)
            first_stage = whole.pretraining.model_copy(update=given)
            whole = whole.model_copy(update={"pretraining": first_stage})
            weights = train_base(paths, run, whole, devices, told, more, reading)
    say(text("train.done", path=weights))


@clear_errors
def train_normaliser(
    photos: Annotated[list[str], typer.Option(help=text("help.photos"))],
    run: Annotated[Path, typer.Option(help=text("help.run"))] = Path("runs/normaliser"),
    exclude: Annotated[list[str] | None, typer.Option(help=text("help.exclude"))] = None,
    plain: Annotated[list[str] | None, typer.Option(help=text("help.plain_truth"))] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help=text("help.train_minutes"))] = 60.0,
    batch: Annotated[int, typer.Option(min=1, help=text("help.batch"))] = 16,
    seed: Seed = 0,
) -> None:
    from looksmith.training.normalise import NormaliserSettings
    from looksmith.training.normalise import train_normaliser as train_it

    paths = training_photos(photos, exclude or [])
    more = training_photos(plain, exclude or []) if plain else []
    settings = NormaliserSettings(batch=batch, minutes=minutes, seed=seed)
    writable_folder(run)
    with progress_bar(text("progress.train_normaliser")) as progress:
        weights = train_it(
            paths, run, settings, lambda done, total, _: progress(done / total), more
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
