"""``/v1/users``, ``/v1/choices``, ``/v1/feedback``, ``/v1/recommendations``: taste. The user ``me``
is the caller."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from sqlalchemy import delete, select

from looksmith.provenance import xmp_label
from looksmith.studio import schemas, tables
from looksmith.studio.accounts import Caller
from looksmith.studio.context import (
    Creator,
    StudioHere,
    Viewer,
    learned,
    log,
    owned,
    working_copy,
)
from looksmith.studio.personal import described, shown_users
from looksmith.studio.problems import Problem
from looksmith.studio.renderings import packed
from looksmith.studio.schemas import Id

router = APIRouter(prefix="/v1", tags=["users"])
User = Annotated[str, Path(pattern=schemas.USER)]
_PHOTOS = 12  # that a pair is chosen among


def user_name(caller: Caller, user: str) -> str:
    """What taste calls a user: nobody can name one of another workspace."""
    if user == "me":
        return f"{caller.workspace}/account/{caller.account or 'local'}"
    return f"{caller.workspace}/user/{user}"


@router.get("/users")
def list_users(studio: StudioHere, caller: Viewer) -> list[schemas.User]:
    """The users of the workspace of whom anything is known."""
    me = user_name(caller, "me")
    names = shown_users(studio.database, studio.people, caller.workspace)
    return [
        schemas.User(id="me" if name == me else own if "/user/" in name else None, name=own)
        for name, own in names.items()
    ]


@router.get("/users/{user}")
def profile(studio: StudioHere, caller: Viewer, user: User) -> schemas.Profile:
    """What is known of a user's taste, and how surely."""
    found = studio.people.taste.profile(user_name(caller, user))
    return schemas.Profile(id=user, **described(found))


@router.delete("/users/{user}", status_code=204)
def forget(studio: StudioHere, caller: Creator, user: User) -> Response:
    """Forget everything of a user."""
    name = user_name(caller, user)
    if studio.people.known(name):
        studio.people.taste.forget(name)
    choices = tables.choices
    with studio.database.writing() as connection:
        mine = choices.c.workspace_id == caller.workspace, choices.c.user == name
        connection.execute(delete(choices).where(*mine))
        log(connection, caller, "forget user")
    return Response(status_code=204)


@router.post("/users/{user}/undo")
def undo(studio: StudioHere, caller: Creator, user: User) -> schemas.Profile:
    """Take the last answer or reaction back."""
    name = user_name(caller, user)
    if studio.people.known(name):
        studio.people.taste.undo(name)
    return profile(studio, caller, user)


@router.post("/users/{user}/choices", status_code=201)
def offer(
    studio: StudioHere, caller: Creator, user: User, given: schemas.ChoiceGiven
) -> schemas.Choice:
    """Versions to choose from: two of one of the newest photos, or several of a look."""
    name, seed = user_name(caller, user), secrets.randbits(32)
    if given.look is None or given.photo is None:
        photos = tables.photos
        mine = photos.c.workspace_id == caller.workspace, photos.c.state == "ready"
        query = select(photos.c.id).where(*mine).order_by(photos.c.id.desc()).limit(_PHOTOS)
        with studio.database.reading() as connection:
            names = list(connection.execute(query).scalars())
        if not names:
            raise Problem(409, "studio.no_photos")
        workings = [working_copy(studio, caller, one) for one in names]
        index, options = studio.people.pair(name, workings, seed)
        photo, look = names[index], None
    else:
        photo, look = given.photo, given.look
        loaded, working = learned(studio, caller, look)[1], working_copy(studio, caller, photo)
        options = studio.people.variants(name, loaded, working, given.count, seed)
    row: dict[str, Any] = {"id": tables.new_id(), "workspace_id": caller.workspace, "user": name}
    row |= {"photo_id": photo, "look_id": look, "options": options}
    with studio.database.writing() as connection:
        connection.execute(tables.choices.insert().values(row))
    return schemas.Choice(id=row["id"], photo=photo, look=look, count=len(options))


@router.get("/choices/{choice}/{option}", response_class=Response)
def version(
    studio: StudioHere, caller: Viewer, choice: Id, option: Annotated[int, Path(ge=0, le=23)]
) -> Response:
    """One version as a rendering, for the browser to draw."""
    with studio.database.reading() as connection:
        row = owned(connection, tables.choices, caller, choice)
    if option >= len(row.options):
        raise Problem(404, "studio.not_found", id=option)
    look = None if row.look_id is None else learned(studio, caller, row.look_id)[1]
    working = working_copy(studio, caller, row.photo_id)
    made = studio.people.option_rendering(row.options[option], look, working)
    label = xmp_label("" if look is None else look.name)
    return Response(packed(made, label), media_type="application/octet-stream")


@router.post("/choices/{choice}")
def choose(
    studio: StudioHere, caller: Creator, choice: Id, given: schemas.ChosenGiven
) -> schemas.Profile:
    """One of the versions is preferred; each choice counts once."""
    choices = tables.choices
    with studio.database.writing() as connection:
        row = owned(connection, choices, caller, choice)
        if given.option >= len(row.options):
            raise Problem(422, "studio.not_found", id=given.option)
        connection.execute(delete(choices).where(choices.c.id == choice))
    kind = "quiz" if row.look_id is None else "choose"
    found = studio.people.chosen(row.user, row.options, given.option, kind)
    return schemas.Profile(id="me", **described(found))


@router.post("/feedback")
def react(studio: StudioHere, caller: Creator, given: schemas.FeedbackGiven) -> schemas.Profile:
    """A look on a photo was liked or disliked."""
    loaded = learned(studio, caller, given.look)[1]
    working = working_copy(studio, caller, given.photo)
    name = user_name(caller, given.user)
    found = studio.people.reacted(name, loaded, working, given.reaction)
    return schemas.Profile(id=given.user, **described(found))


@router.post("/recommendations")
def recommend(
    studio: StudioHere, caller: Viewer, given: schemas.RecommendationsGiven
) -> list[schemas.Recommendation]:
    """The looks of the workspace that a user will most probably like on a photo, best first;
    those of another base, which can't be given any more, are left out."""
    looks = tables.looks
    mine = looks.c.workspace_id == caller.workspace, looks.c.state == "ready"
    with studio.database.reading() as connection:
        query = select(looks).where(*mine).order_by(looks.c.id.desc()).limit(60)
        rows = connection.execute(query).all()
    working = working_copy(studio, caller, given.photo)
    usable = ("", studio.people.taste.base.identity)
    known = [(row, look) for row in rows if (look := studio.look(row)).base in usable]
    looks_known = [look for _, look in known]
    scores = studio.people.ranked(user_name(caller, given.user), looks_known, working)
    found = [
        schemas.Recommendation(look=row.id, name=row.name, probability=round(score, 4))
        for (row, _), score in zip(known, scores, strict=True)
    ]
    return sorted(found, key=lambda one: -one.probability)[: given.count]
