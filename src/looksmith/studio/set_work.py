"""What workers do for sets: avatars of a portrait, campaigns over photos."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from looksmith.campaigns.journal import finished
from looksmith.campaigns.plan import EVERYONE, Audience, Plan
from looksmith.campaigns.plan import Settings as Amounts
from looksmith.campaigns.report import REPORT, write_report
from looksmith.campaigns.run import run
from looksmith.campaigns.work import Done
from looksmith.errors import LooksmithError
from looksmith.files import whole_file
from looksmith.look import Look
from looksmith.photos import read_rgb
from looksmith.studio import tables
from looksmith.studio.jobs import holds
from looksmith.studio.personal import People, shown_users
from looksmith.studio.sets import Picture, file_part, keep_list, keep_pictures, unique
from looksmith.studio.signing import sign_set
from looksmith.studio.work import Output, Work, named

_CATALOGUE = "catalogue.csv"
_MAKING = 0.9  # share of a set's time before it is listed
_SHOW = 1.0  # seconds between showing what a campaign has made so far
_EFFORT = 0.1  # of its time, at most, that goes into showing


def avatars(work: Work) -> Output:
    """A set of avatars of the largest face in a photo."""
    from looksmith.people.avatar import make_avatars
    from looksmith.people.avatar_files import write_avatars
    from looksmith.people.safety import refuse_unsafe

    given = work.job.input
    photo = work.row(tables.photos, given["photo"])
    look = _look(work, given["look"])
    source = work.photo_path(photo)
    try:
        pixels = read_rgb(source, work.settings.max_megapixels)
    except LooksmithError as error:
        raise type(error)(named(error, source, photo.name)) from error
    refuse_unsafe(pixels, photo.name)
    made = make_avatars(
        pixels,
        look,
        given["count"],
        given["size"],
        makeup=given["makeup"],
        seed=given["seed"],
        progress=lambda share: work.tell(_MAKING * share),
    )
    folder = work.files.scratch(work.job.workspace, work.job.id)
    squares = write_avatars(made, folder, look.name)
    sign_set(work.settings, ((path, source) for path in folder.rglob("*")))
    others = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    pictures = [
        Picture(
            path.name,
            path.name,
            {"treatment": avatar.persona.treatment, "background": avatar.persona.background},
        )
        for path, avatar in zip(squares, made, strict=True)
    ]
    names = {path.name for path in squares}
    keep_list(folder, pictures, [one for one in others if one not in names])
    final = work.files.path("sets", work.job.workspace, work.job.id)
    work.files.send(final, folder)
    with work.database.writing() as connection:
        holds(connection, work.job, work.worker)
        folder.replace(final)
    return {"pictures": len(pictures), "failed": 0}


def campaign(work: Work) -> Output:
    """Photos in looks for an audience. What a killed worker made is there for the next."""
    given, job = work.job.input, work.job
    folder = work.files.path("sets", job.workspace, job.id)
    folder.mkdir(exist_ok=True)
    sources = _write_catalogue(work, folder)
    people = People.of(work.settings)
    plan = _plan(work, people, folder)
    taste = None if given["audience"] == EVERYONE else people.taste
    names = shown_users(work.database, people, job.workspace)

    def made() -> tuple[list[Done], list[Picture]]:
        rows = [_readable(row, sources, names) for row in finished(folder).values()]
        places = unique([f"{_place(row)}.{plan.format}" for row in rows])
        return rows, [
            Picture(place, row.file, _facts(row), row.why)
            for row, place in zip(rows, places, strict=True)
        ]

    run(plan, folder, 1, _shown(work, folder, lambda: made()[1]), taste)
    done = {row.file: row.product for row in finished(folder).values() if row.file}
    paths = {name: Path(path) for path, name in sources.items()}
    sign_set(work.settings, ((folder / file, paths[name]) for file, name in done.items()))
    rows, pictures = made()
    placed = [replace(row, file=p.file and p.name) for row, p in zip(rows, pictures, strict=True)]
    placed.sort(key=lambda row: (row.user or "", row.look, row.product))
    write_report(plan, placed, folder)
    keep_list(folder, pictures, [REPORT])
    work.files.send(folder)
    failed = sum(row.why is not None for row in rows)
    return {"pictures": len(rows) - failed, "failed": failed}


def _shown(work: Work, folder: Path, made: Callable[[], list[Picture]]) -> Callable[[float], None]:
    """Progress of a campaign that shows its pictures as they come, now and then."""
    following = 0.0

    def told(share: float) -> None:
        nonlocal following
        begun = time.monotonic()
        if begun >= following:
            for path in keep_pictures(folder, made()):
                work.files.send(path)
            took = time.monotonic() - begun
            following = time.monotonic() + max(_SHOW, took / _EFFORT)
        work.tell(_MAKING * share)

    return told


def _look(work: Work, name: str) -> Look:
    row = work.row(tables.looks, name)
    return Look.load(work.files.here("looks", work.job.workspace, row.id, ".look"))


def _write_catalogue(work: Work, folder: Path) -> dict[str, str]:
    """Write the table of photos; returns the name that people know for each path."""
    rows = [work.row(tables.photos, name) for name in work.job.input["photos"]]
    paths = [work.photo_path(row) for row in rows]
    names = list(unique([row.name for row in rows]))
    with (
        whole_file(folder / _CATALOGUE) as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.writer(file)
        table.writerow(("id", "image"))
        table.writerows((name, path.resolve()) for name, path in zip(names, paths, strict=True))
    return {str(path.resolve()): name for path, name in zip(paths, names, strict=True)}


def _plan(work: Work, people: People, folder: Path) -> Plan:
    given, workspace = work.job.input, work.job.workspace
    looks: dict[str, str] = {}
    rows = [work.row(tables.looks, name) for name in given["looks"]]
    for row, name in zip(rows, unique([row.name for row in rows]), strict=True):
        path = work.files.here("looks", workspace, row.id, ".look")
        looks[file_part(name)] = str(path.resolve())
    return Plan(
        name=given["name"],
        catalogue=str((folder / _CATALOGUE).resolve()),
        looks=looks,
        audiences=[_audience(given, people, workspace)],
        settings=Amounts(**given["controls"]),
        max_megapixels=work.settings.max_megapixels,
    )


def _audience(given: dict[str, Any], people: People, workspace: str) -> Audience:
    if given["audience"] == EVERYONE:
        return Audience(name=EVERYONE)
    if given["audience"] == "user":
        return Audience(name="user", users=[given["user"]])
    people.gather(workspace)
    return Audience(name="each", each="user", where={"workspace": workspace})


def _readable(row: Done, sources: dict[str, str], names: dict[str, str]) -> Done:
    """With the names that people know, for users and in what went wrong."""
    why = row.why
    for path, name in sources.items():
        why = why and why.replace(path, name)
    return replace(row, why=why, user=row.user and names.get(row.user, row.user))


def _place(row: Done) -> str:
    parts = [*([row.user] if row.user else []), row.look, Path(row.product).stem]
    return "/".join(map(file_part, parts))


def _facts(row: Done) -> dict[str, str]:
    facts = {"photo": row.product, "look": row.look}
    return facts if row.user is None else facts | {"user": row.user}
