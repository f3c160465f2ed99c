"""The database: SQLite in the user's data folder, or PostgreSQL by URL."""

from looksmith.store.database import Database

__all__ = ["Database"]
