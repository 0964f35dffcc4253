"""Who may do what, and who they say they are."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, or_, select, update
from sqlalchemy.orm import Session

from db import corrections, records
from db.errors import StoreError
from db.schema import Annotator, Correction, Event
from db.upsert import insert

HAS_ACCOUNT = or_(Annotator.credential.is_not(None), Annotator.hub_name.is_not(None))
LOCKED = select(Annotator).where(Annotator.name == bindparam("name")).with_for_update(key_share=True)


def record(row: Annotator) -> records.Annotator:
    return records.Annotator(row.id, row.name, row.role, row.disabled, row.credential, row.hub_name, row.locked_until)


def ensure(session: Session, *, name: str, role: str) -> records.Annotator:
    """The annotator of this name, added with this role where there is none; an existing one keeps its role.

    What else is written for the same person waits meanwhile.
    """
    if row := session.scalars(LOCKED, {"name": name}).one_or_none():
        return record(row)
    _check(name, role)
    session.execute(
        insert(session, Annotator).values(name=name, role=role).on_conflict_do_nothing(index_elements=["name"])
    )
    return record(session.scalars(LOCKED, {"name": name}).one())


def get(session: Session, *, name: str) -> records.Annotator:
    """Raises StoreError where there is none."""
    return record(_row(session, name))


def find(
    session: Session, *, id: int | None = None, name: str | None = None, hub_name: str | None = None
) -> records.Annotator | None:
    """The annotator of this id, name or Hugging Face name, None where there is none."""
    given = {"id": id, "name": name, "hub_name": hub_name}
    wanted = {column: value for column, value in given.items() if value is not None}
    row = session.scalars(select(Annotator).filter_by(**wanted)).one_or_none() if wanted else None
    return record(row) if row else None


def all(session: Session) -> list[records.Annotator]:
    """Everyone, by name."""
    return [record(row) for row in session.scalars(select(Annotator).order_by(Annotator.name))]


def add(
    session: Session, *, name: str, role: str, credential: str | None = None, hub_name: str | None = None
) -> records.Annotator:
    """Somebody who can sign in. A name that only ever labelled, without an account, gets one. Raises StoreError."""
    _check(name, role)
    row = session.scalars(select(Annotator).where(Annotator.name == name)).one_or_none()
    if row and (row.credential or row.hub_name):
        raise StoreError("There is an account {name!r} already; change its role or password instead.", name=name)
    if hub_name and find(session, hub_name=hub_name):
        raise StoreError("The Hugging Face user {name!r} has an account already.", name=hub_name)
    if row is None:
        session.add(row := Annotator(name=name))
    row.credential, row.hub_name, row.disabled = credential, hub_name, False
    _give(session, row, role)
    return record(row)


def change(
    session: Session,
    *,
    name: str,
    role: str | None = None,
    credential: str | None = None,
    disabled: bool | None = None,
    unlocked: bool = False,
) -> records.Annotator:
    """Change what is given. A new credential lifts a lock. Raises StoreError where there is nobody of this name."""
    row = _row(session, name)
    if role is not None:
        _check(name, role)
        _give(session, row, role)
    if credential is not None:
        row.credential = credential
    if credential is not None or unlocked:
        row.failures, row.locked_until = 0, None
    if disabled is not None:
        row.disabled = disabled
    session.flush()
    return record(row)


def any_accounts(session: Session) -> bool:
    """Whether anybody can sign in, now or once enabled again."""
    return bool(session.scalar(select(exists().where(HAS_ACCOUNT))))


def admins(session: Session) -> set[str]:
    """The names of those who can sign in as admins, whom nobody else changes until this transaction has ended."""
    query = select(Annotator).where(Annotator.role == "admin", ~Annotator.disabled, HAS_ACCOUNT).order_by(Annotator.id)
    return {row.name for row in session.scalars(query.with_for_update(key_share=True))}


def last_seen(session: Session) -> dict[str, datetime]:
    """When each person last did something that was kept, by name: an answer, a change of state, a sign-in."""
    said = select(Annotator.name, func.max(Correction.created_at)).join(
        Correction, Correction.annotator_id == Annotator.id
    )
    did = select(Event.actor, func.max(Event.at)).group_by(Event.actor)
    seen: dict[str, datetime] = {}
    for name, at in (*session.execute(said.group_by(Annotator.name)), *session.execute(did)):
        seen[name] = max(at, seen.get(name, at))
    return seen


def begin_sign_in(
    session: Session, *, name: str, now: datetime, most: int, lock: timedelta
) -> records.Annotator | None:
    """Count one try before its password is looked at, so that tries at once are all counted.

    None where nobody of this name can sign in with a password or the name is locked; the try number ``most`` locks it.
    """
    query = select(Annotator).where(Annotator.name == name, Annotator.credential.is_not(None), ~Annotator.disabled)
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None or (row.locked_until and row.locked_until > now):
        return None
    row.failures = row.failures + 1 if row.locked_until is None else 1
    row.locked_until = now + lock if row.failures >= most else None
    session.flush()
    return record(row)


def end_sign_in(session: Session, *, id: int) -> None:
    """The password was right: nothing is counted any more."""
    session.execute(update(Annotator).where(Annotator.id == id).values(failures=0, locked_until=None))


def _row(session: Session, name: str) -> Annotator:
    row = session.scalars(select(Annotator).where(Annotator.name == name)).one_or_none()
    if row is None:
        raise StoreError("There is no annotator {name!r}.", name=name)
    return row


def _give(session: Session, row: Annotator, role: str) -> None:
    """A role. Where their word counts from now on, or no more, the labels of all they spoke of are remade."""
    before, row.role = row.role, role
    session.flush()
    if before and (before in records.TRUSTED_ROLES) != (role in records.TRUSTED_ROLES):
        corrections.relabel_all(session, annotator_id=row.id)


def _check(name: str, role: str) -> None:
    if not name.strip():
        raise StoreError("An annotator needs a name.")
    if role not in records.ROLES:
        raise StoreError("Unknown role {name!r}; expected one of: {names}.", name=role, names=", ".join(records.ROLES))
