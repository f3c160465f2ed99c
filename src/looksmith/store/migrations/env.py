"""Alembic's entry point: migrate over the connection that the database was opened with."""

from alembic import context

from looksmith.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller holds the transaction
)
context.run_migrations()
