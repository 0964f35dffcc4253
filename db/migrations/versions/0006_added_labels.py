"""Labels that no corpus has, and the queue's parts: texts chosen in advance, and which part a claim came from."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

CHOICES = ("strategy", "diverse", "conflict", "uncertain", "second", "random")


def upgrade() -> None:
    op.create_table(
        "added_label",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("emotion", sa.String, nullable=False),
        sa.Column("definition", sa.String, nullable=False),
        sa.Column("example", sa.String, nullable=False),
        sa.Column("retired", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_added_label"),
    )
    op.add_column("label", sa.Column("added", sa.JSON))

    op.create_table(
        "queued",
        sa.Column("release", sa.String, nullable=False),
        sa.Column("part", sa.String, nullable=False),
        sa.Column("place", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("text_id", sa.Integer, nullable=False),
        sa.CheckConstraint("part IN ('strategy', 'diverse', 'conflict')", name="part"),
        sa.PrimaryKeyConstraint("release", "part", "place", name="pk_queued"),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name="fk_queued_text_id", ondelete="CASCADE"),
    )
    op.create_index("ix_queued_text_id", "queued", ["text_id"])
    with op.batch_alter_table("claim") as claim:
        claim.drop_constraint(op.f("ck_claim_chosen"), type_="check")
        claim.create_check_constraint(op.f("ck_claim_chosen"), f"chosen IN {CHOICES}")
