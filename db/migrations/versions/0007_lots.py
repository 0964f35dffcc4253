"""Of texts that one person alone labelled, the lot by which an overlap draws whom else it asks."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("label", sa.Column("lot", sa.Integer))
    op.execute(
        "UPDATE label SET lot = text_id % 1000 * 619 % 1000 WHERE decided IS NULL AND json_array_length(corrections) = 1"
    )
    op.create_index("ix_label_lot", "label", ["lot", "text_id"])
