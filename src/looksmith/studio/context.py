"""What routes are handed: the studio's parts, and who is calling."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Query, Request
from sqlalchemy import ColumnElement, Connection, Table, select
from torch import Tensor

from looksmith.look import Look
from looksmith.rendering import WORKING_SIZE
from looksmith.studio import schemas, tables
from looksmith.studio.accounts import ROLES, Accounts, Caller
from looksmith.studio.database import Database
from looksmith.studio.files import Files
from looksmith.studio.personal import People, working_of
from looksmith.studio.problems import Problem
from looksmith.studio.settings import Settings

Item = TypeVar("Item")
KEEP = {"Cache-Control": "private, max-age=86400, immutable"}
"""Headers of what never changes."""


@dataclass(frozen=True)
class Studio:
    """The parts that every route needs."""

    settings: Settings
    database: Database
    files: Files
    accounts: Accounts
    people: People

    def look(self, row: Any) -> Look:
        """The look of a row, from its file or from memory.

        Raises:
            Problem: it is not there yet (409).
        """
        return _loaded(self.files, row.workspace_id, row.id, row.version)


@lru_cache(64)
def _loaded(files: Files, workspace: str, name: str, version: int) -> Look:
    path = files.here("looks", workspace, name, ".look")
    if not path.is_file():
        raise Problem(409, "studio.not_learned")
    return Look.load(path)


def studio_of(request: Request) -> Studio:
    """The studio that the request came to."""
    found: Studio = request.app.state.studio
    return found


def caller_of(request: Request) -> Caller:
    """Who is calling.

    Raises:
        Problem: nobody we know (401), or a page of another site in someone's name (403).
    """
    studio = studio_of(request)
    caller = studio.accounts.caller(request)
    if caller is None:
        raise Problem(401, "studio.login_needed")
    return caller


def at_least(role: str) -> Callable[[Caller], Caller]:
    """A dependency: the caller, who must have the role or a higher one."""

    def check(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        if ROLES.index(caller.role) < ROLES.index(role):
            raise Problem(403, "studio.role", role=role)
        return caller

    return check


StudioHere = Annotated[Studio, Depends(studio_of)]
Viewer = Annotated[Caller, Depends(at_least("viewer"))]
Creator = Annotated[Caller, Depends(at_least("creator"))]
Owner = Annotated[Caller, Depends(at_least("owner"))]


@dataclass(frozen=True)
class Part:
    """Which rows of a list are asked for: so many that come after one."""

    limit: int
    after: str | None


def part_of(
    limit: Annotated[int, Query(ge=1, le=200)] = 50, after: schemas.Id | None = None
) -> Part:
    """The part of a list that a request asks for."""
    return Part(limit, after)


PartAsked = Annotated[Part, Depends(part_of)]
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=128)]


def owned(connection: Connection, table: Table, caller: Caller, name: str) -> Any:
    """A row of the caller's workspace.

    Raises:
        Problem: there is none; whether another workspace has it is not said (404).
    """
    mine = table.c.id == name, table.c.workspace_id == caller.workspace
    row = connection.execute(select(table).where(*mine)).first()
    if row is None:
        raise Problem(404, "studio.not_found", id=name)
    return row


def learned(studio: Studio, caller: Caller, name: str) -> tuple[Any, Look]:
    """A look of the caller's workspace: its row, and itself.

    Raises:
        Problem: there is none (404), or it is not there yet (409).
    """
    with studio.database.reading() as connection:
        row = owned(connection, tables.looks, caller, name)
    return row, studio.look(row)


def working_copy(studio: Studio, caller: Caller, photo: str) -> Tensor:
    """A photo of the caller's workspace as predictions see it, ``(1, 3, 128, 128)``, from what a
    worker kept.

    Raises:
        Problem: there is none (404), or it is not read yet (409).
    """
    with studio.database.reading() as connection:
        row = owned(connection, tables.photos, caller, photo)
    path = studio.files.here("previews", caller.workspace, row.id, ".rgb")
    if not path.is_file():
        raise Problem(409, "studio.not_ready")
    return working_of(path.read_bytes(), WORKING_SIZE)


def listed(
    studio: Studio,
    table: Table,
    caller: Caller,
    part: Part,
    shown: Callable[[Any], Item],
    *only: ColumnElement[bool],
) -> schemas.Page[Item]:
    """Rows of the caller's workspace, newest first, and what to ask for next."""
    query = select(table).where(table.c.workspace_id == caller.workspace, *only)
    if part.after is not None:
        query = query.where(table.c.id < part.after)
    with studio.database.reading() as connection:
        rows = list(connection.execute(query.order_by(table.c.id.desc()).limit(part.limit + 1)))
    following = rows[part.limit - 1].id if len(rows) > part.limit else None
    return schemas.Page(items=[shown(row) for row in rows[: part.limit]], next=following)


def log(connection: Connection, caller: Caller, action: str, **subject: object) -> None:
    """Remember who did what."""
    row = {"id": tables.new_id(), "workspace_id": caller.workspace, "who": caller.who}
    connection.execute(tables.audit.insert().values(row | {"action": action, "subject": subject}))


def once(
    connection: Connection,
    caller: Caller,
    key: str | None,
    request: object,
    make: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Do what a request asks, or give the answer again if one with its key was answered before.

    Raises:
        Problem: the key came with another request before (409).
    """
    if key is None:
        return make()
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    answers = tables.answers
    mine = answers.c.workspace_id == caller.workspace, answers.c.key == key
    known = connection.execute(select(answers).where(*mine)).first()
    if known is not None:
        if known.request != digest:
            raise Problem(409, "studio.key_reused")
        return dict(known.answer)
    made = make()
    row = {"workspace_id": caller.workspace, "key": key, "request": digest, "answer": made}
    connection.execute(answers.insert().values(row))
    return made
