"""``/v1/account``, ``/v1/accounts``, ``/v1/keys``, ``/v1/audit``: who may do what, and who did."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import delete, func, select

from looksmith.studio import schemas, tables
from looksmith.studio.accounts import Caller
from looksmith.studio.context import Owner, PartAsked, StudioHere, Viewer, listed, log, owned
from looksmith.studio.problems import Problem
from looksmith.studio.schemas import Id

router = APIRouter(prefix="/v1", tags=["accounts"])


@router.get("/account")
def me(caller: Viewer) -> schemas.Account:
    """The caller's own account."""
    return schemas.Account(id=caller.account, name=caller.who, role=caller.role)


@router.put("/account/password", status_code=204)
def change_password(studio: StudioHere, caller: Viewer, given: schemas.PasswordGiven) -> Response:
    """Change one's password; all sessions of the account end."""
    _needs_account(caller)
    studio.accounts.change_password(caller, given.old, given.new)
    return Response(status_code=204)


@router.get("/accounts")
def list_accounts(studio: StudioHere, caller: Viewer) -> list[schemas.Account]:
    """The accounts of the workspace."""
    accounts = tables.accounts
    query = select(accounts).where(accounts.c.workspace_id == caller.workspace)
    with studio.database.reading() as connection:
        rows = connection.execute(query.order_by(accounts.c.name)).all()
    return [schemas.Account(id=row.id, name=row.name, role=row.role) for row in rows]


@router.post("/accounts", status_code=201)
def add_account(studio: StudioHere, caller: Owner, given: schemas.AccountGiven) -> schemas.Account:
    """Add an account to the workspace."""
    _needs_account(caller)
    name = studio.accounts.add(given.name, given.password, given.role, caller.workspace)
    with studio.database.writing() as connection:
        log(connection, caller, "add account", account=given.name, role=given.role)
    return schemas.Account(id=name, name=given.name, role=given.role)


@router.delete("/accounts/{account}", status_code=204)
def remove_account(studio: StudioHere, caller: Owner, account: Id) -> Response:
    """Remove an account, its sessions and keys; what it made stays with the workspace."""
    accounts = tables.accounts
    others = (
        accounts.c.workspace_id == caller.workspace,
        accounts.c.role == "owner",
        accounts.c.id != account,
    )
    with studio.database.writing() as connection:
        row = owned(connection, accounts, caller, account)
        if not connection.execute(
            select(func.count()).select_from(accounts).where(*others)
        ).scalar():
            raise Problem(409, "studio.last_owner")
        connection.execute(delete(accounts).where(accounts.c.id == account))
        log(connection, caller, "remove account", account=row.name)
    return Response(status_code=204)


@router.get("/keys")
def list_keys(studio: StudioHere, caller: Viewer) -> list[schemas.Key]:
    """The caller's own API keys, without what is secret of them."""
    keys = tables.keys
    query = select(keys).where(keys.c.account_id == caller.account).order_by(keys.c.id)
    with studio.database.reading() as connection:
        rows = connection.execute(query).all()
    return [schemas.Key(id=row.id, name=row.name, created=row.created) for row in rows]


@router.post("/keys", status_code=201)
def add_key(studio: StudioHere, caller: Viewer, given: schemas.KeyGiven) -> schemas.NewKey:
    """A new API key, which may do what the account may; it is shown this once."""
    _needs_account(caller)
    name, secret = studio.accounts.add_key(caller.account, given.name)
    with studio.database.writing() as connection:
        log(connection, caller, "add key", name=given.name)
        row = connection.execute(select(tables.keys).where(tables.keys.c.id == name)).one()
    return schemas.NewKey(id=name, name=given.name, created=row.created, key=secret)


@router.delete("/keys/{key}", status_code=204)
def remove_key(studio: StudioHere, caller: Viewer, key: Id) -> Response:
    """Make a key of one's own useless."""
    mine = tables.keys.c.id == key, tables.keys.c.account_id == caller.account
    with studio.database.writing() as connection:
        if connection.execute(delete(tables.keys).where(*mine)).rowcount != 1:
            raise Problem(404, "studio.not_found", id=key)
        log(connection, caller, "remove key", key=key)
    return Response(status_code=204)


@router.get("/audit")
def audit(
    studio: StudioHere,
    caller: Owner,
    part: PartAsked,
) -> schemas.Page[schemas.Deed]:
    """Who learned, applied, deleted and withdrew what."""
    return listed(studio, tables.audit, caller, part, _deed)


def _deed(row: Any) -> schemas.Deed:
    return schemas.Deed(**{name: getattr(row, name) for name in schemas.Deed.model_fields})


def _needs_account(caller: Caller) -> None:
    if not caller.account:
        raise Problem(409, "studio.local_only")
