"""All tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def created_at(name: str = "created_at") -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "text",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("pooled", sa.Boolean, nullable=False),
        sa.Column("measured", sa.Boolean),
        created_at(),
        sa.PrimaryKeyConstraint("id", name="pk_text"),
        sa.UniqueConstraint("hash", name="uq_text_hash"),
        sqlite_autoincrement=True,
    )
    pooled = sa.text("pooled")
    op.create_index("ix_text_pooled", "text", ["id"], sqlite_where=pooled, postgresql_where=pooled)

    op.create_table(
        "feature",
        sa.Column("text_id", sa.Integer, nullable=False),
        sa.Column("encoder_id", sa.String, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("text_id", "encoder_id", name="pk_feature"),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name="fk_feature_text_id", ondelete="CASCADE"),
    )

    op.create_table(
        "suggestion",
        sa.Column("release", sa.String, nullable=False),
        sa.Column("text_id", sa.Integer, nullable=False),
        sa.Column("outputs", sa.LargeBinary, nullable=False),
        sa.Column("uncertainty", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("release", "text_id", name="pk_suggestion"),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name="fk_suggestion_text_id", ondelete="CASCADE"),
    )
    op.create_index("ix_suggestion_text_id", "suggestion", ["text_id"])
    op.create_index("ix_suggestion_order", "suggestion", ["release", sa.text("uncertainty DESC"), "text_id"])

    op.create_table(
        "annotator",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        created_at(),
        sa.CheckConstraint("role IN ('visitor', 'annotator', 'reviewer', 'admin')", name="role"),
        sa.PrimaryKeyConstraint("id", name="pk_annotator"),
        sa.UniqueConstraint("name", name="uq_annotator_name"),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "correction",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("client_id", sa.String, nullable=False),
        sa.Column("text_id", sa.Integer, nullable=False),
        sa.Column("annotator_id", sa.Integer, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("labels", sa.JSON),
        sa.Column("polarity", sa.String),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("visible", sa.Boolean, nullable=False),
        sa.Column("release", sa.String),
        sa.Column("seconds", sa.Double),
        sa.Column("comment", sa.String),
        sa.Column("supersedes", sa.Integer),
        created_at(),
        sa.CheckConstraint("action IN ('label', 'skip', 'flag', 'undo')", name="action"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
        sa.UniqueConstraint("client_id", name="uq_correction_client_id"),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name="fk_correction_text_id"),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotator.id"], name="fk_correction_annotator_id"),
        sa.ForeignKeyConstraint(["supersedes"], ["correction.id"], name="fk_correction_supersedes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_correction_text_id_annotator_id", "correction", ["text_id", "annotator_id"])
    op.create_index("ix_correction_annotator_id", "correction", ["annotator_id"])
    op.create_index("ix_correction_supersedes", "correction", ["supersedes"])
    undo = sa.text("action = 'undo'")
    op.create_index(
        "uq_correction_undone", "correction", ["supersedes"], unique=True, sqlite_where=undo, postgresql_where=undo
    )

    op.create_table(
        "label",
        sa.Column("text_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("labels", sa.JSON),
        sa.Column("polarity", sa.JSON),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("corrections", sa.JSON, nullable=False),
        created_at("updated_at"),
        sa.PrimaryKeyConstraint("text_id", name="pk_label"),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name="fk_label_text_id"),
    )
    op.create_index("ix_label_updated_at", "label", ["updated_at"])

    op.create_table(
        "snapshot",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("content", sa.String, nullable=False),
        created_at(),
        sa.PrimaryKeyConstraint("name", name="pk_snapshot"),
    )

    op.create_table(
        "release",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("parent", sa.String),
        sa.Column("encoder_id", sa.String, nullable=False),
        sa.Column("snapshot", sa.String(64)),
        sa.Column("heads", sa.LargeBinary, nullable=False),
        sa.Column("heads_sha256", sa.String(64), nullable=False),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("report", sa.JSON),
        created_at(),
        sa.PrimaryKeyConstraint("name", name="pk_release"),
        sa.ForeignKeyConstraint(["snapshot"], ["snapshot.name"], name="fk_release_snapshot"),
    )

    op.create_table(
        "alias",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("release", sa.String, nullable=False),
        created_at("updated_at"),
        sa.PrimaryKeyConstraint("name", name="pk_alias"),
        sa.ForeignKeyConstraint(["release"], ["release.name"], name="fk_alias_release"),
    )

    op.create_table(
        "event",
        sa.Column("id", sa.Integer, nullable=False),
        created_at("at"),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_kind", "event", ["kind"])
