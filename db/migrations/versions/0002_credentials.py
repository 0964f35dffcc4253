"""Signing in: a password's hash or a Hugging Face user, and what counts failures."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("annotator", sa.Column("credential", sa.String))
    op.add_column("annotator", sa.Column("hub_name", sa.String))
    op.add_column("annotator", sa.Column("failures", sa.Integer, nullable=False, server_default="0"))
    op.add_column("annotator", sa.Column("locked_until", sa.DateTime(timezone=True)))
    op.create_index("ix_annotator_hub_name", "annotator", ["hub_name"], unique=True)
