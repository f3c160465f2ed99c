"""The tables, as the newest migration leaves them.

Times are seconds since 1970 (UTC). Vectors are little-endian float32 bytes. A user's ``name`` is
what the shop or platform calls them; it occurs in ``users`` alone, every other table has the
number.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

metadata = MetaData()


def _user(primary_key: bool = False) -> Column[int]:
    return Column(
        "user_id",
        ForeignKey("users.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


facts = Table(
    "facts",  # what the database knows of itself: its id
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(256), nullable=False, unique=True),
    Column("attributes", JSON, nullable=False),
)
items = Table(
    "items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(256), nullable=False, unique=True),
    Column("image", Text),
    Column("attributes", JSON, nullable=False),
    Column("traits", LargeBinary),  # photographic directions and content, as measured
    Column("code", LargeBinary),  # style code of the picture
    Column("palette", LargeBinary),  # 256 of its colours, uint8
    Column("problem", Text),  # why the picture can't be read
)
events = Table(
    "events",  # clustered by user: one user's events lie together
    metadata,
    _user(primary_key=True),
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("action", SmallInteger, primary_key=True),
    Column("time", BigInteger, primary_key=True),
    Column("value", Float),
    sqlite_with_rowid=False,
)
Index("events_by_item", events.c.item_id)
imports = Table(
    "imports",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("finished", Boolean, nullable=False),
)
looks = Table(
    "looks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(256), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("code", LargeBinary, nullable=False),
    Column("traits", LargeBinary, nullable=False),
    Column("transport", LargeBinary, nullable=False),
)
results = Table(
    "results",
    metadata,
    Column("id", String(32), primary_key=True),
    _user(),
    Column("look_id", ForeignKey("looks.id"), nullable=False),
    Column("batch", String(32), nullable=False),  # shown together, so one can be chosen
    Column("settings", JSON, nullable=False),
    Column("traits", LargeBinary, nullable=False),
    Column("path", Text),
    Column("digest", String(64)),
    Column("time", BigInteger, nullable=False),
)
Index("results_by_user", results.c.user_id)
reactions = Table(
    "reactions",  # feedback and quiz answers: one row is one piece of evidence
    metadata,
    Column("id", Integer, primary_key=True),
    _user(),
    Column("result_id", ForeignKey("results.id", ondelete="CASCADE")),
    Column("kind", String(16), nullable=False),
    Column("difference", LargeBinary, nullable=False),
    Column("weight", Float, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("act", String(32), nullable=False),  # what one undo takes back
)
Index("reactions_by_user", reactions.c.user_id)
profiles = Table(
    "profiles",
    metadata,
    _user(primary_key=True),
    Column("mean", LargeBinary, nullable=False),
    Column("covariance", LargeBinary, nullable=False),
    Column("evidence", Float, nullable=False),
)
