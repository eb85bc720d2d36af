"""What Alembic runs for each of its commands."""

from alembic import context

from summaries.store.schema import include_name, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=include_name,
)
context.run_migrations()
