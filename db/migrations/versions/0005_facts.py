"""What a text is found by besides its words; the full-text index itself is made after every upgrade."""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from db import facts, records, schema

revision = "0005"
down_revision = "0004"

correction = sa.table(
    "correction",
    *map(sa.column, ("id", "text_id", "annotator_id", "action", "supersedes", "polarity", "release")),
    sa.column("labels", schema.Json),
    sa.column("created_at", schema.UtcDateTime),
)
annotator = sa.table("annotator", sa.column("id"), sa.column("role"))
text = sa.table("text", sa.column("id"), sa.column("facts"))


def upgrade() -> None:
    op.add_column("text", sa.Column("facts", sa.String, nullable=False, server_default="untouched"))
    touched = sa.text("facts <> 'untouched'")
    op.create_index("ix_text_touched", "text", ["id"], sqlite_where=touched, postgresql_where=touched)
    connection = op.get_bind()
    undone = sa.select(correction.c.supersedes).where(correction.c.action == "undo")
    standing = (
        sa.select(correction, annotator.c.role)
        .join(annotator, annotator.c.id == correction.c.annotator_id)
        .where(correction.c.action != "undo", correction.c.id.not_in(undone))
        .order_by(correction.c.text_id, correction.c.id)
    )
    for text_id, rows in groupby(connection.execute(standing).all(), key=lambda row: row.text_id):
        newest = {row.annotator_id: row for row in rows}
        terms = facts.described([(_record(row), row.role) for row in newest.values()])
        connection.execute(text.update().where(text.c.id == text_id).values(facts=terms))


def _record(row: sa.Row) -> records.Correction:
    verdict = records.Verdict(tuple(row.labels) if row.labels else None, row.polarity, {})
    return records.Correction(
        row.id, "", row.text_id, row.annotator_id, "", row.action, verdict, False, row.release, None, None, None,
        row.created_at,
    )  # fmt: skip
