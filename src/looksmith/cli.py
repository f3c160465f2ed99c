"""The command line, ``looksmith learn | apply | show | blend | export | paint | train`` …"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ParamSpec, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.texts import text

app = typer.Typer(help=text("help.app"), no_args_is_help=True, add_completion=False)
benchmark = typer.Typer(help=text("help.benchmark"), no_args_is_help=True)
app.add_typer(benchmark, name="benchmark")
_errors = Console(stderr=True, highlight=False)
_console = Console(highlight=False)
P = ParamSpec("P")

LookFile = Annotated[Path, typer.Argument(help=text("help.look"))]
MaxMegapixels = Annotated[float, typer.Option(help=text("help.max_megapixels"))]


def _say(sentence: str) -> None:
    _errors.print(sentence, markup=False, soft_wrap=True)


def _clear_errors(command: Callable[P, None]) -> Callable[P, None]:
    """One sentence and exit status 2 for what the user can mend."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except LooksmithError as error:
            _say(str(error))
            raise typer.Exit(2) from None

    return wrapped


class _Update(Protocol):
    def __call__(self, done: float, losses: Mapping[str, float] = ..., /) -> None: ...


@contextmanager
def _progress(label: str) -> Iterator[_Update]:
    """A progress bar that is told the share done, and losses where there are."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
    )
    with Progress(*columns, console=_errors, transient=True) as progress:
        task = progress.add_task(label, total=1.0, losses="")

        def update(done: float, losses: Mapping[str, float] = MappingProxyType({}), /) -> None:
            said = ", ".join(f"{text('loss.' + k)} {v:.3f}" for k, v in losses.items())
            progress.update(task, completed=done, losses=said)

        yield update


def _writable_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise LooksmithError(text("folder.unwritable", path=folder, why=why)) from error
    if not os.access(folder, os.W_OK):
        raise LooksmithError(text("folder.unwritable", path=folder, why="permission denied"))
    return folder


@app.command(help=text("help.learn"))
@_clear_errors
def learn(
    feed: Annotated[Path, typer.Argument(help=text("help.feed"))],
    name: Annotated[str, typer.Option(help=text("help.name"))],
    out: Annotated[Path, typer.Option("-o", "--out", help=text("help.folder_out"))] = Path(),
    adapt: Annotated[bool, typer.Option("--adapt/--no-adapt", help=text("help.adapt"))] = True,
    minutes: Annotated[float, typer.Option(help=text("help.minutes"))] = 2.0,
    resume: Annotated[bool, typer.Option("--resume", help=text("help.resume"))] = False,
    consent: Annotated[str | None, typer.Option(help=text("help.consent"))] = None,
    seed: Annotated[int, typer.Option(help=text("help.seed"))] = 0,
    max_megapixels: MaxMegapixels = 200.0,
) -> None:
    from looksmith.card import card
    from looksmith.feeds import photo_paths
    from looksmith.training.learn import check_name
    from looksmith.training.learn import learn as learn_look
    from looksmith.transfer import base_networks

    check_name(name)
    paths = photo_paths(feed)
    if not paths:
        raise LooksmithError(text("feed.empty", path=feed))
    folder = _writable_folder(out)
    state = folder / f".{name}.learn.json"
    if not resume:
        state.unlink(missing_ok=True)
    try:
        with _progress(text("progress.learn", name=name)) as progress:
            look = learn_look(
                paths,
                name,
                adapt,
                minutes=minutes,
                seed=seed,
                consent=consent,
                max_megapixels=max_megapixels,
                state=state,
                progress=progress,
                tell=_say,
            )
    except KeyboardInterrupt:
        _say(text("learn.interrupted"))
        raise typer.Exit(130) from None
    path = look.save(folder / f"{name}.look")
    _console.print(card(look, base_networks()))
    _say(text("done.saved", path=path))


@app.command(help=text("help.apply"))
@_clear_errors
def apply(
    look: LookFile,
    source: Annotated[Path, typer.Argument(help=text("help.source"))],
    out: Annotated[Path | None, typer.Option("-o", "--out", help=text("help.out"))] = None,
    strength: Annotated[float, typer.Option(help=text("help.strength"))] = 1.0,
    keep_location: Annotated[
        bool, typer.Option("--keep-location", help=text("help.keep_location"))
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help=text("help.skip_done"))] = False,
    max_megapixels: MaxMegapixels = 200.0,
) -> None:
    from looksmith.feeds import photo_paths
    from looksmith.look import Look
    from looksmith.transfer import apply_file

    loaded = Look.load(look)
    one = functools.partial(
        apply_file,
        loaded,
        strength=strength,
        keep_location=keep_location,
        max_megapixels=max_megapixels,
    )
    if not source.is_dir():
        target = out or source.with_name(f"{source.stem}-{loaded.name}{source.suffix}")
        if target.is_dir():
            target = target / source.name
        _refuse_same(source, target)
        one(source, target)
        _say(text("done.saved", path=target))
        return
    if out is None or out.is_file():
        raise LooksmithError(text("apply.needs_folder", path=out or source))
    jobs = [(path, out / path.relative_to(source)) for path in photo_paths(source)]
    if not jobs:
        raise LooksmithError(text("feed.empty", path=source))
    _refuse_same(*jobs[0])
    failed = _apply_all(one, jobs, resume, loaded.name)
    _say(text("done.applied", count=len(jobs) - failed, failed=failed))
    if failed:
        raise typer.Exit(2)


def _refuse_same(source: Path, target: Path) -> None:
    if target.resolve() == source.resolve():
        raise LooksmithError(text("apply.same_file", path=target))


def _apply_all(
    one: Callable[[Path, Path], None], jobs: list[tuple[Path, Path]], resume: bool, name: str
) -> int:
    """Apply to many; what is refused is said and counted, the rest goes on."""
    failed = 0
    with _progress(text("progress.apply", name=name)) as progress:
        for done, (path, target) in enumerate(jobs, 1):
            try:
                _writable_folder(target.parent)
                if not (resume and target.exists()):
                    one(path, target)
            except LooksmithError as error:
                failed += 1
                _say(text("apply.refused", why=error))
            progress(done / len(jobs))
    return failed


@app.command(help=text("help.show"))
@_clear_errors
def show(look: LookFile) -> None:
    from looksmith.card import card
    from looksmith.look import Look
    from looksmith.transfer import base_networks

    _console.print(card(Look.load(look), base_networks()))


@app.command(help=text("help.blend"), context_settings={"allow_interspersed_args": True})
@_clear_errors
def blend(
    looks: Annotated[list[str], typer.Argument(help=text("help.looks"))],
    out: Annotated[Path, typer.Option("-o", "--out", help=text("help.out"))],
    weights: Annotated[list[float] | None, typer.Option(help=text("help.weights"))] = None,
    name: Annotated[str | None, typer.Option(help=text("help.name"))] = None,
) -> None:
    from looksmith.look import Look
    from looksmith.look import blend as blend_looks

    paths, more = _paths_and_weights(looks)
    given = [*(weights or []), *more]
    loaded = [Look.load(path) for path in paths]
    mixed = blend_looks(loaded, given or [1.0] * len(loaded), name or out.stem)
    _say(text("done.saved", path=mixed.save(out)))


def _paths_and_weights(words: list[str]) -> tuple[list[Path], list[float]]:
    """``a.look b.look --weights 0.6 0.4`` leaves 0.4 among the looks; numbers are weights."""
    paths, weights = [], []
    for word in words:
        try:
            weights.append(float(word))
        except ValueError:
            paths.append(Path(word))
    return paths, weights


@app.command(help=text("help.export"))
@_clear_errors
def export(look: LookFile, cube: Annotated[Path, typer.Option(help=text("help.cube"))]) -> None:
    from looksmith.cube import write_cube
    from looksmith.look import Look
    from looksmith.transfer import base_networks

    write_cube(Look.load(look), base_networks(), cube)
    _say(text("done.saved", path=cube))


@app.command(help=text("help.paint"))
@_clear_errors
def paint(
    photo: Annotated[list[str], typer.Argument(help=text("help.photo"))],
    style: Annotated[list[Path], typer.Option(help=text("help.style"))],
    out: Annotated[Path, typer.Option("-o", "--out", help=text("help.out"))],
    weights: Annotated[list[float] | None, typer.Option(help=text("help.weights"))] = None,
    size: Annotated[int, typer.Option(min=32, help=text("help.size"))] = 512,
    steps: Annotated[int, typer.Option(min=1, help=text("help.paint_steps"))] = 300,
    mask: Annotated[Path | None, typer.Option(help=text("help.mask"))] = None,
    invert_mask: Annotated[
        bool, typer.Option("--invert-mask", help=text("help.invert_mask"))
    ] = False,
    keep_colours: Annotated[
        bool, typer.Option("--keep-colours", help=text("help.keep_colours"))
    ] = False,
    optimizer: Annotated[str, typer.Option(help=text("help.optimizer"))] = "lbfgs",
    content_weight: Annotated[float | None, typer.Option(help=text("help.content_weight"))] = None,
    style_weight: Annotated[float | None, typer.Option(help=text("help.style_weight"))] = None,
    style_scale: Annotated[float, typer.Option(help=text("help.style_scale"))] = 1.0,
    network: Annotated[str, typer.Option(help=text("help.network"))] = "vgg16",
    network_weights: Annotated[Path | None, typer.Option(help=text("help.network_weights"))] = None,
    preview: Annotated[Path | None, typer.Option(help=text("help.preview"))] = None,
    resume: Annotated[bool, typer.Option("--resume", help=text("help.resume"))] = False,
    seed: Annotated[int, typer.Option(help=text("help.seed"))] = 0,
) -> None:
    from pydantic import ValidationError

    from looksmith.paint import PaintSettings, paint_file
    from looksmith.photos import check_writable

    paths, more = _paths_and_weights(photo)
    if len(paths) != 1:
        raise LooksmithError(text("paint.one", count=len(paths)))
    for target in (out, preview):
        if target is not None:
            check_writable(target)
    _refuse_same(paths[0], out)
    chosen = {"content": content_weight, "style": style_weight}
    try:
        settings = PaintSettings(
            size=size,
            steps=steps,
            keep_colours=keep_colours,
            optimizer=optimizer,
            style_scale=style_scale,
            network=network,
            weights=network_weights,
            seed=seed,
            **{name: value for name, value in chosen.items() if value is not None},
        )
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).replace("_", "-")
        raise LooksmithError(text("paint.setting", name=name, why=first["msg"])) from error
    try:
        with _progress(text("progress.paint", name=paths[0].name)) as progress:
            paint_file(
                paths[0],
                out,
                style,
                [*(weights or []), *more],
                mask=mask,
                invert_mask=invert_mask,
                settings=settings,
                resume=resume,
                preview=preview,
                progress=progress,
            )
    except KeyboardInterrupt:
        _say(text("learn.interrupted"))
        raise typer.Exit(130) from None
    _say(text("done.saved", path=out))


@app.command(help=text("help.train"))
@_clear_errors
def train(
    photos: Annotated[list[str], typer.Option(help=text("help.photos"))],
    run: Annotated[Path, typer.Option(help=text("help.run"))] = Path("runs/base"),
    exclude: Annotated[list[str] | None, typer.Option(help=text("help.exclude"))] = None,
    steps: Annotated[int | None, typer.Option(help=text("help.steps"))] = None,
    rounds: Annotated[int | None, typer.Option(help=text("help.rounds"))] = None,
    seed: Annotated[int, typer.Option(help=text("help.seed"))] = 0,
    devices: Annotated[int, typer.Option(help=text("help.devices"))] = 1,
) -> None:
    from looksmith.training.base import train_base
    from looksmith.training.settings import BaseSettings, ReadingSettings

    paths = training_photos(photos, exclude or [])
    defaults = BaseSettings()
    settings = BaseSettings(
        steps=steps or defaults.steps,
        seed=seed,
        reading=ReadingSettings(rounds=rounds or defaults.reading.rounds, seed=seed),
    )
    _writable_folder(run)
    with _progress(text("progress.train")) as progress:
        weights = train_base(
            paths,
            run,
            settings,
            devices,
            lambda done, total, _: progress(done / total),
        )
    _say(text("train.done", path=weights))


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


@benchmark.command("look-recovery", help=text("help.look_recovery"))
@_clear_errors
def look_recovery(
    photos: Annotated[list[Path], typer.Option(help=text("help.photos"))],
    looks: Annotated[Path | None, typer.Option(help=text("help.cubes"))] = None,
    references: Annotated[list[int] | None, typer.Option(help=text("help.references"))] = None,
    validation: Annotated[bool, typer.Option("--validation", help=text("help.validation"))] = False,
    adapted: Annotated[int, typer.Option(help=text("help.adapted"))] = 0,
    every: Annotated[int, typer.Option(min=1, help=text("help.every"))] = 1,
    out: Annotated[Path | None, typer.Option("-o", "--out", help=text("help.out"))] = None,
    seed: Annotated[int, typer.Option(help=text("help.seed"))] = 0,
) -> None:
    from looksmith.evaluation.look_recovery import Exam, run_exam

    exam = Exam(photos, looks, references or [1, 4, 8, 32], validation, adapted, seed, every)
    with _progress(text("progress.benchmark")) as progress:
        report = run_exam(exam, progress)
    _console.print(report, markup=False, soft_wrap=True)
    if out is not None:
        with whole_file(out) as part:
            part.write_text(report + "\n", encoding="utf-8")


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
