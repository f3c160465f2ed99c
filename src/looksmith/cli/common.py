"""What the commands share: errors in one sentence, progress, folders, words and weights."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ParamSpec, Protocol

import typer
from rich.console import Console

from looksmith.errors import LooksmithError
from looksmith.files import why
from looksmith.texts import printable, text

errors = Console(stderr=True, highlight=False)
console = Console(highlight=False)
P = ParamSpec("P")
Job = Callable[[Path, Path], object]  # makes of one photo its result

_LONGEST_NAME = 255  # bytes, on every common file system
MOST_SEED = 2**32 - 1  # what every generator of random numbers takes
Database = Annotated[
    str | None,
    typer.Option("--database", envvar="LOOKSMITH_DATABASE", help=text("help.database")),
]
LookFile = Annotated[Path, typer.Argument(help=text("help.look"))]
MaxMegapixels = Annotated[float, typer.Option(min=1e-6, max=1e6, help=text("help.max_megapixels"))]
Strength = Annotated[float, typer.Option(help=text("help.strength"))]
Mood = Annotated[float, typer.Option(help=text("help.mood"))]
Normalise = Annotated[float, typer.Option(help=text("help.normalise"))]
Out = Annotated[Path, typer.Option("-o", "--out", help=text("help.out"))]
OutIfAny = Annotated[Path | None, typer.Option("-o", "--out", help=text("help.out"))]
FolderOut = Annotated[Path, typer.Option("-o", "--out", help=text("help.folder_out"))]
Resume = Annotated[bool, typer.Option("--resume", help=text("help.resume"))]
KeepLocation = Annotated[bool, typer.Option("--keep-location", help=text("help.keep_location"))]
Seed = Annotated[int, typer.Option(min=0, max=MOST_SEED, help=text("help.seed"))]


def say(sentence: str) -> None:
    """Print to the error stream; what a terminal would obey is escaped."""
    lines = [printable(line) for line in sentence.split("\n")]
    errors.print("\n".join(lines), markup=False, soft_wrap=True)


def clear_errors(command: Callable[P, None]) -> Callable[P, None]:
    """One sentence and exit status 2 for what goes wrong, 130 for Ctrl-C."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LooksmithError as error:
            say(str(error))
        except MemoryError:
            say(text("memory"))
        except BrokenPipeError:  # ``| head`` has seen enough
            raise
        except OSError as error:
            say(_system_sentence(error))
        except KeyboardInterrupt:
            say(text("interrupted"))
            raise typer.Exit(130) from None
        else:
            return
        raise typer.Exit(2)

    return wrapped


def _system_sentence(error: OSError) -> str:
    if error.filename is None:
        return text("system.failed", why=why(error))
    return text("system.path", path=os.fsdecode(error.filename), why=why(error))


class Update(Protocol):
    def __call__(self, done: float, losses: Mapping[str, float] = ..., /) -> None: ...


@contextmanager
def progress_bar(label: str) -> Iterator[Update]:
    """A progress bar that is told the share done, and losses where there are."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        Remaining(),
        TextColumn("{task.fields[losses]}"),
    )
    # Where nobody watches, a bar would leave an empty line.
    unseen = not errors.is_terminal
    with Progress(*columns, console=errors, transient=True, disable=unseen) as progress:
        task = progress.add_task(label, total=1.0, losses="")

        def update(done: float, losses: Mapping[str, float] = MappingProxyType({}), /) -> None:
            said = ", ".join(f"{text('loss.' + k)} {v:.3f}" for k, v in losses.items())
            progress.update(task, completed=done, losses=said)

        yield update


def apply_to_all(
    one: Job, jobs: Sequence[tuple[Path, Path]], label: str, resume: bool = False
) -> None:
    """Make of each photo its result; what is refused is said and counted, the rest goes on.

    Raises:
        typer.Exit: of status 2, when all is done, if any was refused.
    """
    written = failed = 0
    with progress_bar(label) as progress:
        for done, (source, target) in enumerate(jobs, 1):
            try:
                writable_folder(target.parent)
                if not (resume and target.exists()):
                    one(source, target)
                    written += 1
            except LooksmithError as error:
                failed += 1
                say(text("apply.refused", why=error))
            progress(done / len(jobs))
    say(text("done.applied", count=written, failed=failed))
    if failed:
        raise typer.Exit(2)


def writable_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LooksmithError(text("folder.unwritable", path=folder, why=why(error))) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        denied = text("files.denied")
        raise LooksmithError(text("folder.unwritable", path=folder, why=denied))
    return folder


def look_folder(folder: Path) -> Path:
    """A folder for a look, not the look's own path."""
    if folder.suffix == ".look":
        raise LooksmithError(text("look.folder", path=folder))
    return writable_folder(folder)


def refuse_same(source: Path, target: Path) -> None:
    """Refuse to write over what is read, be it by another name."""
    same = os.path.realpath(target) == os.path.realpath(source)
    if same or (target.exists() and source.exists() and target.samefile(source)):
        raise LooksmithError(text("apply.same_file", path=target))


def refuse_long(target: Path) -> None:
    """Refuse, before any work, a file name that no file system takes."""
    if len(os.fsencode(target.name)) > _LONGEST_NAME:
        raise LooksmithError(text("name.long", path=target.name))


def paths_and_weights(words: list[str]) -> tuple[list[Path], list[float]]:
    """``a.look b.look --weights 0.6 0.4`` leaves 0.4 among the looks; numbers are weights."""
    paths, weights = [], []
    for word in words:
        try:
            weights.append(float(word))
        except ValueError:
            paths.append(Path(word))
    return paths, weights
