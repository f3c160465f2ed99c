"""``looksmith export | import``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from looksmith.cli.common import Database, FolderOut, LookFile, clear_errors, look_folder, say
from looksmith.errors import LooksmithError
from looksmith.texts import text

if TYPE_CHECKING:
    from looksmith.look import Look
    from looksmith.transfer import Transfer

Target = Path | None
_SUFFIXES = ((".cube",), (".png", ".tif", ".tiff"), (".xmp",), (".onnx",), (".html", ".htm"))
"""Of what ``export`` writes, in the order of its options."""


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(help=text("help.export"))(export)
    app.command("import", help=text("help.import"))(import_)


@clear_errors
def export(
    look: LookFile,
    cube: Annotated[Target, typer.Option(help=text("help.cube"))] = None,
    hald: Annotated[Target, typer.Option(help=text("help.hald"))] = None,
    xmp: Annotated[Target, typer.Option(help=text("help.xmp"))] = None,
    onnx: Annotated[Target, typer.Option(help=text("help.onnx"))] = None,
    html: Annotated[Target, typer.Option(help=text("help.html"))] = None,
    size: Annotated[int, typer.Option(min=2, max=129, help=text("help.cube_size"))] = 33,
    user: Annotated[str | None, typer.Option(help=text("help.export_user"))] = None,
    database: Database = None,
) -> None:
    from looksmith.base import default_base
    from looksmith.look import Look
    from looksmith.look_lut import look_lut
    from looksmith.travel.cube import write_cube
    from looksmith.travel.haldclut import LEVEL, write_haldclut

    asked = zip((cube, hald, xmp, onnx, html), _SUFFIXES, strict=True)
    targets = [_ending(path, suffixes) for path, suffixes in asked if path is not None]
    if not targets:
        raise LooksmithError(text("export.nothing"))
    if user is not None and targets != [onnx]:
        raise LooksmithError(text("export.user"))
    loaded, base = Look.load(look), default_base()
    if cube is not None:
        write_cube(look_lut(loaded, base, size), cube, loaded.name)
    if hald is not None:
        write_haldclut(look_lut(loaded, base, LEVEL**2), hald)
    if xmp is not None:
        from looksmith.travel.xmp_preset import fit_preset, write_preset

        preset = fit_preset(look_lut(loaded, base), base)
        write_preset(preset, xmp, loaded.name)
        say(text("export.preset", difference=preset.difference))
    if onnx is not None:
        from looksmith.travel.onnx import export_onnx

        export_onnx(_transfer(loaded, user, database), onnx)
    if html is not None:
        from looksmith.studio.standalone import write_html

        write_html(loaded, base, html)
    for path in targets:
        say(text("done.saved", path=path))


def _transfer(look: Look, user: str | None, database: str | None) -> Transfer:
    """The look, or what a user's taste makes of it on photos of mixed content."""
    from looksmith.transfer import Transfer

    if user is None:
        return Transfer(look)
    from looksmith.taste.api import Taste

    taste = Taste.open(database)
    taste.require(user)
    return taste.transfer(look, user, None)[0]


def _ending(path: Path, suffixes: tuple[str, ...]) -> Path:
    """The path, refused before any work if other programs would not know the file by its name."""
    if path.suffix.lower() not in suffixes:
        raise LooksmithError(text("export.suffix", path=path, known=", ".join(suffixes)))
    return path


@clear_errors
def import_(
    lut: Annotated[Path, typer.Argument(help=text("help.lut"))],
    name: Annotated[str | None, typer.Option(help=text("help.name"))] = None,
    out: FolderOut = Path(),
) -> None:
    from looksmith.travel.import_lut import import_look

    if out.suffix == ".look":
        look_folder(out)
    look = import_look(lut, lut.stem if name is None else name)
    say(text("done.saved", path=look.save(look_folder(out) / f"{look.name}.look")))
