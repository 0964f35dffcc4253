"""Claims on texts, turns of dialogues, and how the queue came upon a text that was corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "turn",
        sa.Column("dialogue", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("text_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("dialogue", "position", name="pk_turn"),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name="fk_turn_text_id", ondelete="CASCADE"),
    )
    op.create_index("ix_turn_text_id", "turn", ["text_id"])

    op.create_table(
        "claim",
        sa.Column("text_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("annotator_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("chosen", sa.String),
        sa.Column("visible", sa.Boolean, nullable=False),
        sa.Column("release", sa.String),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("chosen IN ('strategy', 'random')", name="chosen"),
        sa.PrimaryKeyConstraint("text_id", "annotator_id", name="pk_claim"),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name="fk_claim_text_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotator.id"], name="fk_claim_annotator_id"),
    )
    op.create_index("ix_claim_annotator_id", "claim", ["annotator_id"])
    op.add_column("correction", sa.Column("chosen", sa.String))
