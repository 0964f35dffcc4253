"""The tables. Timestamps are UTC and time zone aware; a change here needs a migration in ``db/migrations``."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    desc,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.facts import UNTOUCHED
from db.records import ACTIONS, CHOICES, PARTS, ROLES, RULINGS


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops time zones, so it is given UTC without one and gets it back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON in which None is SQL's NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True


def now() -> datetime:
    return datetime.now(UTC)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, values))})", name=column)


TOUCHED = f"facts <> '{UNTOUCHED}'"
KEEP_IDS: dict[str, Any] = {"sqlite_autoincrement": True}  # the id of an erased row is never given out again


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json}  # noqa: RUF012


class Text(Base):
    __tablename__ = "text"

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)  # of the normalised content
    content: Mapped[str]
    source: Mapped[str]
    pooled: Mapped[bool]
    measured: Mapped[bool | None]  # decided when the text first gets a label, then kept for ever
    facts: Mapped[str] = mapped_column(default=UNTOUCHED, server_default=UNTOUCHED)  # as ``db.facts`` writes them
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        Index("ix_text_pooled", "id", sqlite_where=text("pooled"), postgresql_where=text("pooled")),
        Index("ix_text_touched", "id", sqlite_where=text(TOUCHED), postgresql_where=text(TOUCHED)),
        KEEP_IDS,
    )


class Feature(Base):
    __tablename__ = "feature"

    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), primary_key=True)
    encoder_id: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)  # float16, little-endian


class Suggestion(Base):
    __tablename__ = "suggestion"

    release: Mapped[str] = mapped_column(primary_key=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), primary_key=True, index=True)
    outputs: Mapped[bytes] = mapped_column(LargeBinary)  # float16, little-endian
    uncertainty: Mapped[float]

    __table_args__ = (Index("ix_suggestion_order", "release", desc("uncertainty"), "text_id"),)


class Queued(Base):
    """The texts that a part of the queue asks for next, chosen together."""

    __tablename__ = "queued"

    release: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), index=True)

    __table_args__ = (one_of("part", PARTS),)


class Turn(Base):
    """A row of a dialogue as it was imported. A text that is said more than once has a row for each."""

    __tablename__ = "turn"

    dialogue: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), index=True)


class Claim(Base):
    """A text in somebody's hands, how it was chosen, and whether the prediction is shown."""

    __tablename__ = "claim"

    text_id: Mapped[int] = mapped_column(ForeignKey("text.id", ondelete="CASCADE"), primary_key=True)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotator.id"), primary_key=True, index=True)
    chosen: Mapped[str | None]
    visible: Mapped[bool]
    release: Mapped[str | None]
    expires_at: Mapped[datetime]

    __table_args__ = (one_of("chosen", CHOICES),)


class Annotator(Base):
    __tablename__ = "annotator"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    disabled: Mapped[bool] = mapped_column(default=False)
    credential: Mapped[str | None]  # a password's argon2 hash
    hub_name: Mapped[str | None] = mapped_column(unique=True, index=True)  # signs in through Hugging Face
    failures: Mapped[int] = mapped_column(default=0, server_default="0")  # wrong passwords in a row
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (one_of("role", ROLES), KEEP_IDS)


class Correction(Base):
    """Append-only: changing or undoing a correction adds a row that supersedes it."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(unique=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id"))
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotator.id"), index=True)
    action: Mapped[str]
    labels: Mapped[list[Any] | None]
    polarity: Mapped[str | None]
    scores: Mapped[dict[str, Any]]
    visible: Mapped[bool]
    release: Mapped[str | None]
    seconds: Mapped[float | None]
    comment: Mapped[str | None]
    chosen: Mapped[str | None]  # how the queue came upon the text
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("correction.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        one_of("action", ACTIONS),
        Index("ix_correction_text_id_annotator_id", "text_id", "annotator_id"),
        Index(
            "uq_correction_undone",  # a correction is undone once; also how the undone ones are found
            "supersedes",
            unique=True,
            sqlite_where=text("action = 'undo'"),
            postgresql_where=text("action = 'undo'"),
        ),
        Index(
            "ix_correction_flagged",
            "text_id",
            sqlite_where=text("action = 'flag'"),
            postgresql_where=text("action = 'flag'"),
        ),
        KEEP_IDS,
    )


class Label(Base):
    """What is accepted for a text; made anew from its current corrections whenever one changes."""

    __tablename__ = "label"

    text_id: Mapped[int] = mapped_column(ForeignKey("text.id"), primary_key=True)
    labels: Mapped[dict[str, Any] | None]
    polarity: Mapped[dict[str, Any] | None]
    scores: Mapped[dict[str, Any]]
    added: Mapped[dict[str, Any] | None]
    corrections: Mapped[list[Any]]
    decided: Mapped[str | None]  # how a reviewer did
    contested: Mapped[bool] = mapped_column(default=False, server_default=false())  # people differ, nobody decided
    lot: Mapped[int | None]  # of a text that one person alone labelled: by it an overlap draws whom else it asks
    updated_at: Mapped[datetime] = mapped_column(default=now, index=True)

    __table_args__ = (
        Index("ix_label_lot", "lot", "text_id"),
        Index("ix_label_contested", "text_id", sqlite_where=text("contested"), postgresql_where=text("contested")),
    )


class Adjudication(Base):
    """Append-only: a later decision on the same text goes before an earlier one; taking one back adds a row."""

    __tablename__ = "adjudication"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(unique=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("text.id"), index=True)
    annotator_id: Mapped[int] = mapped_column(ForeignKey("annotator.id"), index=True)
    kind: Mapped[str]
    action: Mapped[str]
    labels: Mapped[list[Any] | None]
    polarity: Mapped[str | None]
    scores: Mapped[dict[str, Any]]
    seen: Mapped[int]  # id of the newest correction that the reviewer knew of
    comment: Mapped[str | None]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("adjudication.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        one_of("action", RULINGS),
        Index(
            "uq_adjudication_undone",  # a decision is taken back once
            "supersedes",
            unique=True,
            sqlite_where=text("action = 'undo'"),
            postgresql_where=text("action = 'undo'"),
        ),
        KEEP_IDS,
    )


class Guideline(Base):
    """Append-only: the newest row of a label is what it means now."""

    __tablename__ = "guideline"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(index=True)
    definition: Mapped[str]
    examples: Mapped[list[Any]]
    annotator_id: Mapped[int | None] = mapped_column(ForeignKey("annotator.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (KEEP_IDS,)


class AddedLabel(Base):
    __tablename__ = "added_label"

    name: Mapped[str] = mapped_column(primary_key=True)
    emotion: Mapped[str]
    definition: Mapped[str]
    example: Mapped[str]
    retired: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Snapshot(Base):
    __tablename__ = "snapshot"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256 of content
    content: Mapped[str]  # canonical JSON
    created_at: Mapped[datetime] = mapped_column(default=now)


class Release(Base):
    __tablename__ = "release"

    name: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str | None]
    encoder_id: Mapped[str]
    snapshot: Mapped[str | None] = mapped_column(ForeignKey("snapshot.name"))
    heads: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    heads_sha256: Mapped[str] = mapped_column(String(64))
    metrics: Mapped[list[Any]]
    report: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Alias(Base):
    __tablename__ = "alias"

    name: Mapped[str] = mapped_column(primary_key=True)
    release: Mapped[str] = mapped_column(ForeignKey("release.name"))
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Event(Base):
    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    kind: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]

    __table_args__ = (KEEP_IDS,)
