"""``looksmith learn | apply | show | blend``."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from looksmith.cli.common import (
    Database,
    FolderOut,
    Job,
    KeepLocation,
    LookFile,
    MaxMegapixels,
    Mood,
    Normalise,
    Out,
    OutIfAny,
    Resume,
    Seed,
    Strength,
    apply_to_all,
    clear_errors,
    console,
    look_folder,
    paths_and_weights,
    progress_bar,
    refuse_long,
    refuse_same,
    say,
    writable_folder,
)
from looksmith.errors import LooksmithError
from looksmith.texts import text

if TYPE_CHECKING:
    from looksmith.look import Look


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(help=text("help.learn"))(learn)
    app.command(help=text("help.apply"))(apply)
    app.command(help=text("help.show"))(show)
    app.command(help=text("help.blend"), context_settings={"allow_interspersed_args": True})(blend)


@clear_errors
def learn(
    feed: Annotated[Path, typer.Argument(help=text("help.feed"))],
    name: Annotated[str, typer.Option(help=text("help.name"))],
    out: FolderOut = Path(),
    adapt: Annotated[bool, typer.Option("--adapt/--no-adapt", help=text("help.adapt"))] = False,
    certain: Annotated[bool, typer.Option("--certain", help=text("help.certain"))] = False,
    minutes: Annotated[float, typer.Option(min=0.01, max=1440, help=text("help.minutes"))] = 2.0,
    resume: Resume = False,
    consent: Annotated[str | None, typer.Option(help=text("help.consent"))] = None,
    sheet: Annotated[bool, typer.Option("--sheet/--no-sheet", help=text("help.sheet"))] = True,
    seed: Seed = 0,
    max_megapixels: MaxMegapixels = 200.0,
) -> None:
    from looksmith.feeds import photo_paths
    from looksmith.look_schema import check_name
    from looksmith.training.learn import learn as learn_look

    check_name(name)
    paths = photo_paths(feed)
    if not paths:
        raise LooksmithError(text("feed.empty", path=feed))
    folder = look_folder(out)
    state = folder / f".{name}.learn.json"
    if not resume:
        state.unlink(missing_ok=True)
    try:
        with progress_bar(text("progress.learn", name=name)) as progress:
            look = learn_look(
                paths,
                name,
                adapt,
                minutes=minutes,
                seed=seed,
                consent=consent,
                sheet=sheet,
                certain=certain,
                max_megapixels=max_megapixels,
                state=state,
                progress=progress,
                tell=say,
            )
    except KeyboardInterrupt:
        say(text("learn.interrupted" if adapt else "interrupted"))
        raise typer.Exit(130) from None
    path = look.save(folder / f"{name}.look")
    _show(look)
    say(text("done.saved", path=path))


@clear_errors
def apply(
    look: LookFile,
    source: Annotated[Path, typer.Argument(help=text("help.source"))],
    out: OutIfAny = None,
    strength: Strength = 1.0,
    mood: Mood = 1.0,
    normalise: Normalise = 1.0,
    skin: Annotated[float, typer.Option(help=text("help.skin"))] = 0.0,
    lighten: Annotated[float, typer.Option(help=text("help.lighten"))] = 0.0,
    protect: Annotated[list[str] | None, typer.Option(help=text("help.protect"))] = None,
    only: Annotated[list[str] | None, typer.Option(help=text("help.only"))] = None,
    keep_location: KeepLocation = False,
    resume: Annotated[bool, typer.Option("--resume", help=text("help.skip_done"))] = False,
    user: Annotated[str | None, typer.Option(help=text("help.apply_user"))] = None,
    database: Database = None,
    max_megapixels: MaxMegapixels = 200.0,
) -> None:
    from looksmith.feeds import photo_paths
    from looksmith.look import Look
    from looksmith.rendering import Controls
    from looksmith.transfer import Transfer, apply_file

    loaded = Look.load(look)
    finish = None
    if skin or lighten or protect or only:
        from looksmith.people.finish import Finish

        finish = Finish.of(loaded, skin, lighten, protect or (), only or ())
    controls = Controls(strength, mood, normalise)
    limits: dict[str, Any] = {"keep_location": keep_location, "max_megapixels": max_megapixels}
    one: Job = functools.partial(apply_file, Transfer(loaded, controls, finish=finish), **limits)
    if user is not None:
        from looksmith.taste.api import Taste

        opened = Taste.open(database)
        opened.require(user)
        limits |= {"user": user, "controls": controls, "finish": finish}
        one = functools.partial(opened.apply_file, loaded, **limits)
    if not source.is_dir():
        target = out or source.with_name(f"{source.stem}-{loaded.name}{source.suffix}")
        if target.is_dir():
            target = target / source.name
        refuse_long(target)
        refuse_same(source, target)
        one(source, target)
        say(text("done.saved", path=target))
        return
    if out is None or out.is_file():
        raise LooksmithError(text("apply.needs_folder", path=out or source))
    # Results of an earlier call among the photos have the look already.
    results = Path(os.path.realpath(out))
    inside = Path(os.path.realpath(source)) in results.parents
    jobs = [
        (path, out / path.relative_to(source))
        for path in photo_paths(source)
        if not (inside and Path(os.path.realpath(path)).is_relative_to(results))
    ]
    if not jobs:
        raise LooksmithError(text("feed.empty", path=source))
    refuse_same(*jobs[0])
    writable_folder(out)
    apply_to_all(one, jobs, text("progress.apply", name=loaded.name), resume)


@clear_errors
def show(look: LookFile) -> None:
    from looksmith.look import Look

    _show(Look.load(look))


def _show(look: Look) -> None:
    from looksmith.base import default_base
    from looksmith.card import card

    console.print(card(look, default_base(), coloured=console.color_system is not None))


@clear_errors
def blend(
    looks: Annotated[list[str], typer.Argument(help=text("help.looks"))],
    out: Out,
    weights: Annotated[list[float] | None, typer.Option(help=text("help.weights"))] = None,
    name: Annotated[str | None, typer.Option(help=text("help.name"))] = None,
) -> None:
    from looksmith.look import Look
    from looksmith.look import blend as blend_looks

    refuse_long(out)
    paths, more = paths_and_weights(looks)
    given = [*(weights or []), *more]
    loaded = [Look.load(path) for path in paths]
    mixed = blend_looks(loaded, given or [1.0] * len(loaded), name or out.stem)
    say(text("done.saved", path=mixed.save(out)))
