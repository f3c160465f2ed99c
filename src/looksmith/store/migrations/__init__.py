"""Alembic migrations, run by ``looksmith.store.database``."""
