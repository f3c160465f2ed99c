"""``looksmith makeup | avatar``: what is done to people in photos."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from looksmith.cli.common import (
    Database,
    MaxMegapixels,
    Out,
    Seed,
    clear_errors,
    progress_bar,
    refuse_same,
    say,
    writable_folder,
)
from looksmith.errors import LooksmithError
from looksmith.texts import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from looksmith.look import Look
    from looksmith.people.avatar import Avatar
    from looksmith.people.makeup_map import Layer

Part = Annotated[float | None, typer.Option(min=0.0, max=1.5, help=text("help.makeup_part"))]

_LOOP_SIDE = 512


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(help=text("help.makeup"))(makeup)
    app.command(help=text("help.avatar"))(avatar)


@clear_errors
def makeup(
    photo: Annotated[Path, typer.Argument(help=text("help.makeup_photo"))],
    out: Out,
    source: Annotated[Path | None, typer.Option("--from", help=text("help.makeup_from"))] = None,
    look: Annotated[Path | None, typer.Option("--look", help=text("help.makeup_look"))] = None,
    lips: Part = None,
    cheeks: Part = None,
    eyes: Part = None,
    liner: Part = None,
    brows: Part = None,
    max_megapixels: MaxMegapixels = 200.0,
) -> None:
    from looksmith.people import find_people
    from looksmith.people.makeup import make_up
    from looksmith.people.safety import refuse_unsafe
    from looksmith.photos import check_writable, read_photo, write_photo
    from looksmith.provenance import COMPOSITE, content_id, xmp_label

    refuse_same(photo, out)
    check_writable(out)
    given = read_photo(photo, max_megapixels)
    refuse_unsafe(given.pixels, photo)
    parts = {"lips": lips, "cheeks": cheeks, "eyes": eyes, "liner": liner, "brows": brows}
    strengths = {part: value for part, value in parts.items() if value is not None}
    layer = _layer(source, look)
    made = make_up(given.pixels, find_people(given.pixels), layer, strengths)
    label = xmp_label(text("makeup.label"), COMPOSITE, content_id(made))
    write_photo(replace(given, pixels=made), out, label)
    say(text("done.saved", path=out))


@clear_errors
def avatar(
    photo: Annotated[Path, typer.Argument(help=text("help.avatar_photo"))],
    look: Annotated[Path, typer.Option("--look", help=text("help.avatar_look"))],
    out: Annotated[Path, typer.Option("-o", "--out", help=text("help.results_out"))],
    count: Annotated[int, typer.Option(help=text("help.avatar_count"))] = 8,
    size: Annotated[int, typer.Option(help=text("help.avatar_size"))] = 1024,
    makeup: Annotated[float, typer.Option(help=text("help.avatar_makeup"))] = 0.5,
    animate: Annotated[bool, typer.Option("--animate", help=text("help.avatar_animate"))] = False,
    user: Annotated[str | None, typer.Option(help=text("help.avatar_user"))] = None,
    database: Database = None,
    seed: Seed = 0,
    max_megapixels: MaxMegapixels = 200.0,
) -> None:
    from looksmith.look import Look
    from looksmith.people.avatar import make_avatars
    from looksmith.people.avatar_files import write_avatars
    from looksmith.people.safety import refuse_unsafe
    from looksmith.photos import read_rgb

    loaded = Look.load(look)
    pixels = read_rgb(photo, max_megapixels)
    refuse_unsafe(pixels, photo)
    taste = {} if user is None else _taste(loaded, user, database)
    with progress_bar(text("progress.avatar")) as progress:
        avatars = make_avatars(
            pixels, loaded, count, size, makeup=makeup, seed=seed, progress=progress, **taste
        )
    folder = writable_folder(out)
    paths = write_avatars(avatars, folder, loaded.name)
    say(text("avatar.saved", count=len(paths), path=out))
    if animate:
        (still,) = make_avatars(pixels, loaded, 1, _LOOP_SIDE, makeup=makeup, seed=seed, **taste)
        _animate(still, folder, loaded.name)


def _taste(look: Look, user: str, database: str | None) -> dict[str, Any]:
    """How a user likes the look, and how much they would like a picture."""
    from looksmith.photos import Photo
    from looksmith.rendering import Controls
    from looksmith.taste.api import Taste
    from looksmith.taste.directions import content
    from looksmith.taste.features import features
    from looksmith.transfer import working_size

    taste = Taste.open(database)
    taste.require(user)
    mean = taste.profile(user).posterior.mean

    def restyle(pixels: NDArray[Any], strength: float) -> NDArray[Any]:
        controls = Controls(strength, strength)
        return taste.transfer(look, user, Photo(pixels), controls)[0].pixels(pixels)

    def prefer(pixels: NDArray[Any]) -> float:
        small = working_size(pixels)
        return float((features(taste.scale.traits(small), content(small)) @ mean).item())

    return {"restyle": restyle, "prefer": prefer}


def _animate(still: Avatar, folder: Path, name: str) -> None:
    from looksmith.people.animate import animate, write_mp4, write_webp
    from looksmith.provenance import COMPOSITE, content_id, xmp_label

    with progress_bar(text("progress.animate")) as progress:
        frames = animate(still, progress)
    label = xmp_label(name, COMPOSITE, content_id(frames[0]))
    write_webp(frames, folder / "loop.webp", label)
    say(text("done.saved", path=folder / "loop.webp"))
    if find_spec("av") is None:
        say(text("animate.extra"))
        return
    write_mp4(frames, folder / "loop.mp4", text("label.generated", look=name))
    say(text("done.saved", path=folder / "loop.mp4"))


def _layer(source: Path | None, look: Path | None) -> Layer:
    """The makeup of a photo, of a folder's photos, or of a look."""
    from looksmith.feeds import photo_paths
    from looksmith.look import Look
    from looksmith.people.makeup import read_makeup
    from looksmith.people.makeup_map import Layer

    if (source is None) == (look is None):
        raise LooksmithError(text("makeup.one_source"))
    if source is not None and source.suffix == ".look":
        source, look = None, source
    if look is not None:
        loaded = Look.load(look)
        if "makeup" not in loaded.about:
            raise LooksmithError(text("makeup.none_in_look", name=loaded.name))
        return Layer.from_numbers(loaded.about["makeup"])
    assert source is not None
    if not source.is_dir():
        return read_makeup([source])
    paths = photo_paths(source)
    if not paths:
        raise LooksmithError(text("feed.empty", path=source))
    return read_makeup(paths)
