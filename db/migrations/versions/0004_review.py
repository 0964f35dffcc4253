"""Reviewers' decisions and what needs one, and the versions of the guidelines."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "adjudication",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("client_id", sa.String, nullable=False),
        sa.Column("text_id", sa.Integer, nullable=False),
        sa.Column("annotator_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("labels", sa.JSON),
        sa.Column("polarity", sa.String),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("comment", sa.String),
        sa.Column("supersedes", sa.Integer),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('accept', 'keep', 'reject', 'decline', 'undo')", name="action"),
        sa.PrimaryKeyConstraint("id", name="pk_adjudication"),
        sa.UniqueConstraint("client_id", name="uq_adjudication_client_id"),
        sa.ForeignKeyConstraint(["text_id"], ["text.id"], name="fk_adjudication_text_id"),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotator.id"], name="fk_adjudication_annotator_id"),
        sa.ForeignKeyConstraint(["supersedes"], ["adjudication.id"], name="fk_adjudication_supersedes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_adjudication_text_id", "adjudication", ["text_id"])
    op.create_index("ix_adjudication_annotator_id", "adjudication", ["annotator_id"])
    _partial("uq_adjudication_undone", "adjudication", "supersedes", "action = 'undo'", unique=True)

    op.create_table(
        "guideline",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("definition", sa.String, nullable=False),
        sa.Column("examples", sa.JSON, nullable=False),
        sa.Column("annotator_id", sa.Integer),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guideline"),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotator.id"], name="fk_guideline_annotator_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_guideline_label", "guideline", ["label"])
    op.create_index("ix_guideline_annotator_id", "guideline", ["annotator_id"])

    _partial("ix_correction_flagged", "correction", "text_id", "action = 'flag'")
    op.add_column("label", sa.Column("decided", sa.String))
    op.add_column("label", sa.Column("contested", sa.Boolean, nullable=False, server_default=sa.false()))
    _partial("ix_label_contested", "label", "text_id", "contested")
    label = sa.table("label", sa.column("text_id"), sa.column("contested"))
    for text_id in _contested():
        op.execute(label.update().where(label.c.text_id == text_id).values(contested=True))


def _partial(name: str, table: str, column: str, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], unique=unique, sqlite_where=condition, postgresql_where=condition)


def _contested() -> Iterator[int]:
    """Ids of texts of which people said different emotions or polarities."""
    label = sa.table("label", sa.column("text_id"), sa.column("corrections", sa.JSON))
    correction = sa.table("correction", sa.column("id"), sa.column("labels", sa.JSON), sa.column("polarity"))
    connection = op.get_bind()
    for text_id, ids in connection.execute(sa.select(label.c.text_id, label.c.corrections)).all():
        if len(ids) > 1:
            query = sa.select(correction.c.labels, correction.c.polarity).where(correction.c.id.in_(ids))
            said = connection.execute(query).all()
            sets = {frozenset(labels) for labels, _ in said if labels}
            if len(sets) > 1 or len({polarity for _, polarity in said if polarity}) > 1:
                yield text_id
