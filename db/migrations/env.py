"""Run by Alembic on the connection that ``db/upgrade.py`` hands over.

A change of the schema: add ``versions/000N_what.py`` with ``down_revision`` naming the one before; on SQLite use
``op.batch_alter_table``. ``tests/unit/db/test_upgrade.py`` compares what the migrations make with ``db/schema.py``.
"""

from alembic import context

from db.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
