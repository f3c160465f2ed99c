"""Who is calling: accounts with roles in workspaces, their sessions and API keys.

Passwords are kept as argon2id hashes; cookies and keys as SHA-256 of 256 random bits, so that who
reads the database can't call in anyone's name.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, select

from looksmith.errors import LooksmithError
from looksmith.studio.database import LOCAL, Database
from looksmith.studio.problems import Problem
from looksmith.studio.tables import accounts, keys, new_id, sessions, workspaces
from looksmith.texts import text

if TYPE_CHECKING:
    from argon2 import PasswordHasher
    from starlette.requests import HTTPConnection

ROLES = ("viewer", "creator", "owner")
"""From those who may see to those who may do all."""
COOKIE = "looksmith_session"
CSRF_HEADER = "X-CSRF-Token"
SESSION_DAYS = 14
LEAST_PASSWORD = 10
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Caller:
    """Who is calling."""

    workspace: str
    who: str
    role: str
    csrf: str = ""
    """What the page of this session sends back."""
    account: str = ""


class Accounts:
    """The accounts of a studio; where there are none, everyone is the local owner."""

    def __init__(self, database: Database, needed: bool) -> None:
        self.database, self.needed = database, needed

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher()  # RFC 9106, low-memory profile: 64 MiB, 3 passes

    @cached_property
    def _nobody(self) -> str:
        """Checked where there is no such account, so that it takes as long."""
        return self._hasher.hash(secrets.token_hex(16))

    def caller(self, request: HTTPConnection) -> Caller | None:
        """Who is calling, by API key or by cookie.

        Raises:
            Problem: the cookie came without its token: a page of another site may have sent it.
        """
        if not self.needed:
            return Caller(LOCAL, LOCAL, "owner")
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._by_key(key.strip())
        cookie = request.cookies.get(COOKIE)
        caller = None if cookie is None else self._by_cookie(cookie)
        if caller is not None and request.scope.get("method") not in _SAFE:
            sent = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(sent.encode(), caller.csrf.encode()):
                raise Problem(403, "studio.csrf")
        return caller

    def _by_key(self, key: str) -> Caller | None:
        query = select(accounts).join(keys).where(keys.c.digest == _digest(key))
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _caller(row)

    def _by_cookie(self, cookie: str) -> Caller | None:
        live = sessions.c.digest == _digest(cookie), sessions.c.expires > time.time()
        query = select(accounts, sessions.c.csrf).join(sessions).where(*live)
        with self.database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _caller(row, row.csrf)

    def log_in(self, name: str, password: str) -> str:
        """The cookie of a new session.

        Raises:
            Problem: name and password don't belong together (401).
        """
        with self.database.reading() as connection:
            row = connection.execute(select(accounts).where(accounts.c.name == name)).first()
        fits = self._fits(self._nobody if row is None else row.password, password)
        if row is None or not fits:
            raise Problem(401, "studio.wrong_login")
        cookie = secrets.token_urlsafe(32)
        values = {"digest": _digest(cookie), "account_id": row.id, "csrf": secrets.token_hex(32)}
        with self.database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires < time.time()))
            expires = time.time() + 86_400 * SESSION_DAYS
            connection.execute(sessions.insert().values(values | {"expires": expires}))
        return cookie

    def log_out(self, cookie: str) -> None:
        """End a session."""
        with self.database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == _digest(cookie)))

    def change_password(self, caller: Caller, old: str, new: str) -> None:
        """Give the caller's account another password; its sessions end.

        Raises:
            Problem: the old one is wrong (403).
            LooksmithError: the new one is short.
        """
        self._check_password(new)
        mine = accounts.c.id == caller.account
        with self.database.reading() as connection:
            kept = connection.execute(select(accounts.c.password).where(mine)).scalar_one()
        if not self._fits(kept, old):
            raise Problem(403, "studio.wrong_login")
        hashed = self._hasher.hash(new)
        with self.database.writing() as connection:
            connection.execute(accounts.update().where(mine).values(password=hashed))
            ended = sessions.c.account_id == caller.account
            connection.execute(delete(sessions).where(ended))

    def _fits(self, hashed: str, password: str) -> bool:
        from argon2.exceptions import VerificationError

        try:
            return self._hasher.verify(hashed, password)
        except VerificationError:
            return False

    def _check_password(self, password: str) -> None:
        if len(password) < LEAST_PASSWORD:
            raise LooksmithError(text("studio.short_password", least=LEAST_PASSWORD))

    def check(self, name: str, role: str) -> None:
        """Refuse a name and a role that no account can have.

        Raises:
            LooksmithError: the name is empty or too long, the role unknown.
        """
        if not name.strip() or len(name) > 100:
            raise LooksmithError(text("studio.account_name"))
        if role not in ROLES:
            raise LooksmithError(text("studio.no_role", role=role, known=", ".join(ROLES)))

    def add(self, name: str, password: str, role: str, workspace: str | None = None) -> str:
        """Add an account, to a workspace of its own where none is given; returns its identifier.

        Raises:
            LooksmithError: the name is taken or empty, the password short, the role unknown.
        """
        self._check_password(password)
        self.check(name, role)
        hashed, identifier = self._hasher.hash(password), new_id()
        with self.database.writing() as connection:
            if connection.execute(select(accounts.c.id).where(accounts.c.name == name)).first():
                raise LooksmithError(text("studio.name_taken", name=name))
            if workspace is None:
                workspace = new_id()
                connection.execute(workspaces.insert().values(id=workspace, name=name))
            row = {"id": identifier, "workspace_id": workspace, "name": name, "role": role}
            connection.execute(accounts.insert().values(row | {"password": hashed}))
        return identifier

    def add_key(self, account: str, name: str) -> tuple[str, str]:
        """A new API key of an account: its identifier, and the key, which is not kept."""
        identifier, key = new_id(), f"ls_{secrets.token_urlsafe(32)}"
        row = {"id": identifier, "digest": _digest(key), "account_id": account, "name": name}
        with self.database.writing() as connection:
            connection.execute(keys.insert().values(row))
        return identifier, key

    def workspace_of(self, name: str) -> str:
        """The workspace of the account of that name.

        Raises:
            LooksmithError: there is no such account.
        """
        query = select(accounts.c.workspace_id).where(accounts.c.name == name)
        with self.database.reading() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise LooksmithError(text("studio.no_account", name=name))
        return str(found)

    def any(self) -> bool:
        """Whether there is an account at all."""
        with self.database.reading() as connection:
            return connection.execute(select(accounts.c.id).limit(1)).first() is not None


def _caller(row: Row[Any], csrf: str = "") -> Caller:
    return Caller(row.workspace_id, row.name, row.role, csrf, row.id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
