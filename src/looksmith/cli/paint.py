"""``looksmith paint``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from looksmith.cli.common import (
    Out,
    Resume,
    Seed,
    clear_errors,
    paths_and_weights,
    progress_bar,
    refuse_same,
    say,
)
from looksmith.errors import LooksmithError
from looksmith.texts import text


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(help=text("help.paint"))(paint)


@clear_errors
def paint(
    photo: Annotated[list[str], typer.Argument(help=text("help.photo"))],
    style: Annotated[list[Path], typer.Option(help=text("help.style"))],
    out: Out,
    weights: Annotated[list[float] | None, typer.Option(help=text("help.style_weights"))] = None,
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
    network: Annotated[str, typer.Option(help=text("help.network"))] = "vgg16-hed",
    network_weights: Annotated[Path | None, typer.Option(help=text("help.network_weights"))] = None,
    preview: Annotated[Path | None, typer.Option(help=text("help.preview"))] = None,
    resume: Resume = False,
    seed: Seed = 0,
) -> None:
    from pydantic import ValidationError

    from looksmith.paint import PaintSettings, paint_file
    from looksmith.photos import check_writable

    paths, more = paths_and_weights(photo)
    if len(paths) != 1:
        raise LooksmithError(text("paint.one", count=len(paths)))
    for target in (out, preview):
        if target is not None:
            check_writable(target)
    refuse_same(paths[0], out)
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
        name = f"{name}-weight" if name in chosen else name
        raise LooksmithError(text("paint.setting", name=name, why=first["msg"])) from error
    try:
        with progress_bar(text("progress.paint", name=paths[0].name)) as progress:
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
        say(text("learn.interrupted"))
        raise typer.Exit(130) from None
    say(text("done.saved", path=out))
