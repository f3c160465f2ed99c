"""The pages: server-rendered templates; what moves on them are the modules in ``static``."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.staticfiles import StaticFiles

from looksmith.studio.accounts import COOKIE, SESSION_DAYS, Caller
from looksmith.studio.context import Studio, StudioHere
from looksmith.studio.guard import LANGUAGE_COOKIE
from looksmith.studio.problems import Problem
from looksmith.studio.schemas import Id
from looksmith.texts import all_texts, language, text

router = APIRouter(include_in_schema=False)
_HERE = files("looksmith.studio")
templates = Jinja2Templates(directory=str(_HERE / "pages"))
templates.env.globals.update(t=text, language=language)
PAGES = {
    "/": "restyle",
    "/looks": "looks",
    "/avatars": "avatars",
    "/campaigns": "campaigns",
    "/camera": "camera",
    "/me": "me",
}
"""Every page with its name: a template, a module in ``static`` and a heading."""


def mount_static(app: FastAPI) -> None:
    """Serve scripts and style sheets."""
    app.mount("/static", StaticFiles(directory=str(_HERE / "static")), name="static")


def words() -> str:
    """What the modules say, as JSON that can stand in a page."""
    chosen = 1 if language() == "zh" else 0
    said = {
        key.removeprefix("page."): pair[chosen]
        for key, pair in all_texts().items()
        if key.startswith("page.") or key.endswith((".more", ".less"))
    }
    return json.dumps(said, ensure_ascii=False).replace("<", "\\u003c")


def _page(name: str, request: Request, studio: Studio, **more: str) -> Response:
    caller = studio.accounts.caller(request)
    if caller is None:
        return RedirectResponse("/login", 303)
    return _render(request, studio, name, caller, 200, **more)


def _render(
    request: Request,
    studio: Studio,
    name: str,
    caller: Caller | None,
    status: int = 200,
    **more: str,
) -> Response:
    values: dict[str, object] = {"page": name, "words": words(), "caller": caller, "pages": PAGES}
    values["accounts"] = studio.settings.accounts
    values.update(more)
    return templates.TemplateResponse(request, f"{name}.html", values, status)


def _add_page(path: str, name: str) -> None:
    def show(request: Request, studio: StudioHere) -> Response:
        return _page(name, request, studio)

    router.add_api_route(path, show, response_class=HTMLResponse, name=name)


for _path, _name in PAGES.items():
    _add_page(_path, _name)


@router.get("/looks/{look}", response_class=HTMLResponse)
def one_look(request: Request, studio: StudioHere, look: Id) -> Response:
    """The page of a look."""
    return _page("look", request, studio, look=look)


@router.get("/account", response_class=HTMLResponse)
def account(request: Request, studio: StudioHere) -> Response:
    """The page of one's account."""
    return _page("account", request, studio)


@router.get("/login", response_class=HTMLResponse)
def ask(request: Request, studio: StudioHere) -> Response:
    """The login page."""
    return _render(request, studio, "login", None)


@router.post("/login")
def log_in(
    request: Request,
    studio: StudioHere,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Start a session."""
    try:
        cookie = studio.accounts.log_in(name, password)
    except Problem as problem:
        sentence = problem.sentence
        return _render(request, studio, "login", None, problem.status, problem=sentence)
    answer = RedirectResponse("/", 303)
    _set_cookie(answer, COOKIE, cookie, studio.settings.https, hidden=True)
    return answer


@router.post("/logout")
def log_out(request: Request, studio: StudioHere) -> Response:
    """End the session."""
    studio.accounts.caller(request)  # checks the token
    studio.accounts.log_out(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.post("/language/{chosen}")
def choose_language(chosen: str, studio: StudioHere) -> Response:
    """Remember the language."""
    answer = Response(status_code=204)
    if chosen in ("en", "zh"):
        _set_cookie(answer, LANGUAGE_COOKIE, chosen, studio.settings.https)
    return answer


def _set_cookie(answer: Response, name: str, value: str, https: bool, hidden: bool = False) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=86_400 * (SESSION_DAYS if hidden else 365),
        secure=https,
        httponly=hidden,
        samesite="lax",
    )
