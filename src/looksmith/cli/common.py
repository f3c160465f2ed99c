"""What the commands share: errors in one sentence, progress, folders, words and weights."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ParamSpec, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from looksmith.errors import LooksmithError
from looksmith.texts import text

errors = Console(stderr=True, highlight=False)
console = Console(highlight=False)
P = ParamSpec("P")

LookFile = Annotated[Path, typer.Argument(help=text("help.look"))]
MaxMegapixels = Annotated[float, typer.Option(help=text("help.max_megapixels"))]


def say(sentence: str) -> None:
    errors.print(sentence, markup=False, soft_wrap=True)


def clear_errors(command: Callable[P, None]) -> Callable[P, None]:
    """One sentence and exit status 2 for what the user can mend."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LooksmithError as error:
            say(str(error))
            raise typer.Exit(2) from None

    return wrapped


class Update(Protocol):
    def __call__(self, done: float, losses: Mapping[str, float] = ..., /) -> None: ...


@contextmanager
def progress_bar(label: str) -> Iterator[Update]:
    """A progress bar that is told the share done, and losses where there are."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(label, total=1.0, losses="")

        def update(done: float, losses: Mapping[str, float] = MappingProxyType({}), /) -> None:
            said = ", ".join(f"{text('loss.' + k)} {v:.3f}" for k, v in losses.items())
            progress.update(task, completed=done, losses=said)

        yield update


def writable_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise LooksmithError(text("folder.unwritable", path=folder, why=why)) from error
    if not os.access(folder, os.W_OK):
        raise LooksmithError(text("folder.unwritable", path=folder, why="permission denied"))
    return folder


def refuse_same(source: Path, target: Path) -> None:
    if target.resolve() == source.resolve():
        raise LooksmithError(text("apply.same_file", path=target))


def paths_and_weights(words: list[str]) -> tuple[list[Path], list[float]]:
    """``a.look b.look --weights 0.6 0.4`` leaves 0.4 among the looks; numbers are weights."""
    paths, weights = [], []
    for word in words:
        try:
            weights.append(float(word))
        except ValueError:
            paths.append(Path(word))
    return paths, weights
