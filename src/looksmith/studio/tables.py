"""The studio's tables. Times are seconds since 1970 (UTC).

Identifiers are 12 hexadecimal digits of time and 24 at random: they sort by age and can't be
guessed.
"""

from __future__ import annotations

import secrets
import time

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()
ID = String(36)


def new_id() -> str:
    """An identifier."""
    return f"{int(time.time() * 1000):012x}{secrets.token_hex(12)}"


def _id() -> Column[str]:
    return Column("id", ID, primary_key=True)


def _workspace() -> Column[str]:
    key = ForeignKey("workspaces.id", ondelete="CASCADE")
    return Column("workspace_id", ID, key, nullable=False)


def _created() -> Column[float]:
    return Column("created", Float, nullable=False, default=time.time)


workspaces = Table("workspaces", metadata, _id(), Column("name", String(100)), _created())
accounts = Table(
    "accounts",
    metadata,
    _id(),
    _workspace(),
    Column("name", String(100), nullable=False, unique=True),
    Column("role", String(8), nullable=False),  # owner, creator, viewer
    Column("password", Text, nullable=False),  # argon2id
    _created(),
)
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("account_id", ID, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires", Float, nullable=False),
)
keys = Table(
    "keys",
    metadata,
    _id(),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the key
    Column("account_id", ID, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    _created(),
)
photos = Table(
    "photos",
    metadata,
    _id(),
    _workspace(),
    Column("name", String(255), nullable=False),
    Column("suffix", String(8), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("state", String(8), nullable=False, default="new"),  # new, ready, failed
    Column("width", Integer),
    Column("height", Integer),
    Column("problem", Text),
    _created(),
)
looks = Table(
    "looks",
    metadata,
    _id(),
    _workspace(),
    Column("name", String(100), nullable=False),
    Column("state", String(8), nullable=False),  # learning, ready
    Column("consent", Text),
    Column("about", JSON, nullable=False),
    Column("version", Integer, nullable=False, default=1),  # of the file
    _created(),
)
jobs = Table(
    "jobs",
    metadata,
    _id(),
    _workspace(),
    Column("who", String(100), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(9), nullable=False, default="queued"),
    Column("input", JSON, nullable=False),
    Column("output", JSON, nullable=False, default=dict),
    Column("language", String(2), nullable=False),
    Column("share", Float, nullable=False, default=0.0),
    Column("note", Text),
    Column("problem", Text),
    Column("rank", Integer, nullable=False),  # less is sooner
    Column("attempts", Integer, nullable=False, default=0),
    Column("worker", String(32)),
    Column("alive", Float),  # when the worker was last heard of
    Column("cancel", Boolean, nullable=False, default=False),
    Column("changed", Float, nullable=False, default=time.time),
    _created(),
)
results = Table(
    "results",
    metadata,
    _id(),
    _workspace(),
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("look_id", ID, ForeignKey("looks.id", ondelete="CASCADE"), nullable=False),
    Column("photo_id", ID, nullable=False),
    Column("name", String(255), nullable=False),
    Column("suffix", String(8), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("controls", JSON, nullable=False),
    _created(),
)
answers = Table(
    "answers",  # to requests that carried an idempotency key
    metadata,
    Column("workspace_id", ID, primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("answer", JSON, nullable=False),
    _created(),
)
choices = Table(
    "choices",  # versions that a user was shown, until one is taken
    metadata,
    _id(),
    _workspace(),
    Column("user", String(256), nullable=False),
    Column("photo_id", ID, ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("look_id", ID, ForeignKey("looks.id", ondelete="CASCADE")),
    Column("options", JSON, nullable=False),
    _created(),
)
audit = Table(
    "audit",
    metadata,
    _id(),
    _workspace(),
    Column("who", String(100), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", JSON, nullable=False),
    _created(),
)
Index("photos_of", photos.c.workspace_id, photos.c.id)
Index("looks_of", looks.c.workspace_id, looks.c.id)
Index("jobs_of", jobs.c.workspace_id, jobs.c.id)
Index("jobs_waiting", jobs.c.state, jobs.c.rank, jobs.c.id)
Index("results_of_job", results.c.job_id)
Index("results_of_look", results.c.look_id)
Index("results_of_photo", results.c.job_id, results.c.photo_id, unique=True)
Index("audit_of", audit.c.workspace_id, audit.c.id)
