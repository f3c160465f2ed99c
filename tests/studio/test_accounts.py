"""Who may do what, and that nobody sees or guesses anything of another workspace."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from looksmith.studio.accounts import COOKIE

if TYPE_CHECKING:
    from tests.studio.conftest import Studio

PASSWORD = "correct horse battery"


@pytest.fixture
def shared(make_studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A studio with accounts: ann owns a workspace, in which bob creates and cat looks; dan owns
    another."""
    from argon2 import PasswordHasher

    from looksmith.studio.accounts import Accounts

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(Accounts, "_hasher", quick)
    studio = make_studio(accounts=True)
    accounts = studio.client.app.state.studio.accounts  # type: ignore[attr-defined]
    accounts.add("ann", PASSWORD, "owner")
    workspace = accounts.workspace_of("ann")
    accounts.add("bob", PASSWORD, "creator", workspace)
    accounts.add("cat", PASSWORD, "viewer", workspace)
    accounts.add("dan", PASSWORD, "owner")
    return studio


@pytest.fixture
def as_(shared: Studio) -> Callable[[str], TestClient]:
    """``as_("ann")`` is a client with ann's API key."""
    accounts = shared.client.app.state.studio.accounts  # type: ignore[attr-defined]

    def client(name: str) -> TestClient:
        with shared.worker.database.reading() as connection:
            from sqlalchemy import select

            from looksmith.studio.tables import accounts as table

            found = connection.execute(select(table.c.id).where(table.c.name == name)).scalar()
        _, key = accounts.add_key(found, "test")
        return TestClient(shared.client.app, headers={"Authorization": f"Bearer {key}"})

    return client


def log_in(studio: Studio, name: str, password: str = PASSWORD) -> httpx2.Response:
    form = {"name": name, "password": password}
    return studio.client.post("/login", data=form, follow_redirects=False)


def routes(studio: Studio) -> list[tuple[str, str]]:
    """Every method and path of the API, from its description."""
    paths = studio.client.get("/v1/openapi.json").json()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def test_without_an_account_nothing_answers(shared: Studio) -> None:
    for method, path in routes(shared):
        filled = re.sub(r"{\w+}", "0" * 36, path)
        if path == "/v1/health":
            continue
        assert shared.client.request(method, filled).status_code == 401, (method, path)
    for path in ("/", "/looks", "/camera", "/account", "/looks/" + "0" * 36):
        answer = shared.client.get(path, follow_redirects=False)
        assert answer.headers["Location"] == "/login", path


def test_a_session_needs_the_right_password_and_its_token(shared: Studio) -> None:
    assert log_in(shared, "ann", "wrong password").status_code == 401
    assert log_in(shared, "nobody").status_code == 401
    cookie = log_in(shared, "ann").headers["Set-Cookie"]
    assert COOKIE in cookie and "HttpOnly" in cookie and "SameSite=lax" in cookie
    page = shared.client.get("/").text
    token = re.search(r'name="csrf" content="(\w+)"', page)
    assert token
    key = {"name": "k"}
    assert shared.client.post("/v1/keys", json=key).status_code == 403
    assert shared.client.post("/logout").status_code == 403
    headers = {"X-CSRF-Token": token[1]}
    assert shared.client.post("/v1/keys", json=key, headers=headers).status_code == 201
    shared.client.post("/logout", headers=headers)
    shared.client.cookies.set(COOKIE, cookie.split("=", 1)[1].split(";")[0])
    assert shared.client.get("/v1/photos").status_code == 401


def test_over_https_cookies_are_never_sent_without(
    make_studio: Callable[..., Studio],
) -> None:
    studio = make_studio(accounts=True, https=True)
    studio.client.app.state.studio.accounts.add("ann", PASSWORD, "owner")  # type: ignore[attr-defined]
    answer = log_in(studio, "ann")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_guessing_passwords_is_slowed_down(shared: Studio) -> None:
    codes = [log_in(shared, "ann", f"guess number {i}").status_code for i in range(12)]
    assert codes[0] == 401
    assert codes[-1] == 429


def test_another_workspace_can_neither_see_nor_guess(
    shared: Studio, as_: Callable[[str], TestClient], jpeg: bytes
) -> None:
    ann, dan = as_("ann"), as_("dan")
    photo = ann.post("/v1/photos", files={"photo": ("a.jpg", jpeg)}).json()
    given = {
        "kind": "learn",
        "name": "w",
        "photos": [photo["id"]],
        "consent": "mine",
        "adapt": False,
    }
    made = ann.post("/v1/jobs", json=given).json()
    shared.work()
    look = ann.get(f"/v1/jobs/{made['id']}").json()["output"]["look"]
    photo = ann.post("/v1/photos", files={"photo": ("a.jpg", jpeg)}).json()
    job = ann.post("/v1/jobs", json={"kind": "apply", "look": look, "photos": [photo["id"]]}).json()
    shared.work()
    result = ann.get(f"/v1/jobs/{job['id']}").json()["output"]["results"][0]
    key = ann.get("/v1/keys").json()[0]["id"]
    account = ann.get("/v1/account").json()["id"]
    values = {"photo": photo["id"], "look": look, "job": job["id"], "result": result}
    values |= {"key": key, "account": account, "option": "0", "number": "0"}
    values["choice"] = ann.post("/v1/users/me/choices", json={}).json()["id"]
    tried = 0
    for method, path in routes(shared):
        if "{" not in path or "{user}" in path:  # users have names: see below
            continue
        tried += 1
        address = path.format(**values)
        query = {"photo": photo["id"]} if path.endswith(("rendering", "skin")) else {}
        body = {"option": 0} if "choice" in path else None
        refused = dan.request(method, address, params=query, json=body)
        nothing = {name: "0" * 36 for name in values} | {"option": "0", "number": "0"}
        missing = dan.request(method, path.format(**nothing), params=query, json=body)
        assert refused.status_code == missing.status_code == 404, (method, path)
    assert tried > 15
    for listed in ("photos", "looks", "jobs", "results", "audit"):
        found = dan.get(f"/v1/{listed}").json()["items"]
        assert not [one for one in found if one["id"] in values.values()], listed
    stolen: list[dict[str, Any]] = [
        {"kind": "apply", "look": look, "photos": [photo["id"]]},
        {"kind": "learn", "name": "x", "photos": [photo["id"]], "consent": "mine"},
        {"kind": "prepare", "photo": photo["id"]},
    ]
    for given in stolen:
        assert dan.post("/v1/jobs", json=given).status_code == 404
    mix = {"name": "m", "looks": [look, look], "weights": [1, 1]}
    assert dan.post("/v1/looks/blend", json=mix).status_code == 404
    liked = {"look": look, "photo": photo["id"], "reaction": "like", "user": "eve"}
    assert ann.post("/v1/feedback", json=liked).json()["evidence"] > 0
    assert dan.get("/v1/users/eve").json()["evidence"] == 0
    assert dan.post("/v1/feedback", json=liked).status_code == 404
    assert dan.post("/v1/recommendations", json={"photo": photo["id"]}).status_code == 404
    assert ann.get(f"/v1/looks/{look}").status_code == 200  # nothing was deleted either


def test_roles_bound_what_people_do(as_: Callable[[str], TestClient], jpeg: bytes) -> None:
    bob, cat = as_("bob"), as_("cat")
    files = {"photo": ("a.jpg", jpeg)}
    photo = bob.post("/v1/photos", files=files).json()["id"]
    assert cat.post("/v1/photos", files=files).status_code == 403
    assert cat.get(f"/v1/photos/{photo}").status_code == 200
    assert cat.delete(f"/v1/photos/{photo}").status_code == 403
    new = {"name": "eve", "password": PASSWORD, "role": "owner"}
    for client in (bob, cat):
        assert client.post("/v1/accounts", json=new).status_code == 403
        assert client.get("/v1/audit").status_code == 403
        assert client.delete("/v1/looks/" + "0" * 36).status_code == 403


def test_owners_add_and_remove_people_and_all_is_written_down(
    shared: Studio, as_: Callable[[str], TestClient]
) -> None:
    ann = as_("ann")
    new = {"name": "eve", "password": PASSWORD, "role": "creator"}
    eve = ann.post("/v1/accounts", json=new)
    assert eve.status_code == 201
    assert ann.post("/v1/accounts", json=new).status_code == 422  # the name is taken
    assert (
        ann.post("/v1/accounts", json=new | {"name": "x", "password": "short"}).status_code == 422
    )
    assert log_in(shared, "eve").status_code == 303
    assert ann.delete(f"/v1/accounts/{eve.json()['id']}").status_code == 204
    assert shared.client.get("/v1/photos").status_code == 401  # her session has ended
    me = ann.get("/v1/account").json()["id"]
    assert ann.delete(f"/v1/accounts/{me}").status_code == 409  # the last owner
    deeds = [deed["action"] for deed in ann.get("/v1/audit").json()["items"]]
    assert deeds[:2] == ["remove account", "add account"]


def test_a_changed_password_ends_sessions(shared: Studio, as_: Callable[[str], TestClient]) -> None:
    ann = as_("ann")
    log_in(shared, "ann")
    given = {"old": "wrong", "new": "another long one"}
    assert ann.put("/v1/account/password", json=given).status_code == 403
    assert ann.put("/v1/account/password", json=given | {"old": PASSWORD}).status_code == 204
    assert shared.client.get("/v1/photos").status_code == 401
    assert log_in(shared, "ann").status_code == 401
    assert log_in(shared, "ann", "another long one").status_code == 303


def test_every_api_route_checks_who_is_calling(shared: Studio) -> None:
    """A route that forgot would be open to all."""
    unchecked = {
        route.path
        for route in shared.client.app.routes  # type: ignore[attr-defined]
        if isinstance(route, APIRoute)
        and route.path.startswith("/v1")
        and not any("caller" in (d.name or "") for d in route.dependant.dependencies)
    }
    assert unchecked <= {"/v1/health"}
