"""Accounts: passwords, and what a session remembers of who signed in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy.orm import Session

from db import annotators, events
from db.engine import Database
from db.records import Annotator
from emodemo.access import VISITOR, Person
from emodemo.errors import UserError
from emodemo.settings import Settings

SHORTEST = 10  # characters of a password
LONGEST = 1000
HASHER = PasswordHasher()  # argon2id with the second recommended parameters of RFC 9106


def new_credential(password: str) -> str:
    """The hash to store for a password. Raises UserError for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UserError(
            "The password has {count} characters; choose one of {least} to {most}.",
            count=len(password), least=SHORTEST, most=LONGEST,
        )  # fmt: skip
    return HASHER.hash(password)


def add(
    database: Database, name: str, role: str, *, password: str | None, hub_name: str | None, actor: str
) -> Annotator:
    """Somebody who can sign in, by password or through Hugging Face. Raises UserError, StoreError."""
    _check_somebody(name)
    credential = None if password is None else new_credential(password)
    with database.write() as session:
        added = annotators.add(session, name=name, role=role, credential=credential, hub_name=hub_name)
        events.add(session, actor=actor, kind="account", subject=name, detail={"added": role, "hub_name": hub_name})
    return added


def have_admin(database: Database) -> bool:
    """Whether somebody can sign in who may add others: the first account ends what this machine's owner may do."""
    with database.read() as session:
        return bool(annotators.admins(session))


def change(
    database: Database,
    name: str,
    *,
    role: str | None = None,
    password: str | None = None,
    disabled: bool | None = None,
    unlocked: bool = False,
    actor: str,
) -> Annotator:
    """A new role, password or state; a new password and disabling end every session of theirs.

    Raises UserError where nobody would be left who may do this, StoreError.
    """
    if role is not None or password is not None:
        _check_somebody(name)
    credential = None if password is None else new_credential(password)
    with database.write() as session:
        if (disabled or role not in (None, "admin")) and annotators.admins(session) == {name}:
            raise UserError("{name} is the last admin; make somebody else one first.", name=name)
        changed = annotators.change(
            session, name=name, role=role, credential=credential, disabled=disabled, unlocked=unlocked
        )
        detail = {"role": role, "password": password is not None, "disabled": disabled, "unlocked": unlocked}
        events.add(session, actor=actor, kind="account", subject=name, detail=detail)
    return changed


def sign_in(database: Database, settings: Settings, name: str, password: str) -> Annotator:
    """Whoever has this name and password. Raises UserError with the same sentence for all that can be wrong."""
    lock = timedelta(minutes=settings.lock_minutes)
    with database.write() as session:
        tried = annotators.begin_sign_in(
            session, name=name, now=datetime.now(UTC), most=settings.sign_in_tries, lock=lock
        )
    credential = tried.credential if tried else None
    right = _verify(credential or _nobody(), password[: LONGEST + 1])
    if tried is None or credential is None or not right:
        raise UserError(
            "Name or password is wrong; after {tries} wrong passwords a name is locked for {minutes:g} minutes.",
            tries=settings.sign_in_tries,
            minutes=settings.lock_minutes,
        )
    with database.write() as session:
        annotators.end_sign_in(session, id=tried.id)
        note_sign_in(session, tried)
        if HASHER.check_needs_rehash(credential):
            return annotators.change(session, name=tried.name, credential=HASHER.hash(password))
    return tried


def note_sign_in(session: Session, found: Annotator) -> None:
    """Kept, so that admins know whom nobody has seen for long."""
    events.add(session, actor=found.name, kind=events.SIGN_IN, subject=found.name, detail={})


def roster(database: Database) -> list[dict[str, Any]]:
    """Everybody by name: role, Hugging Face name, whether there is a password, state, when they last did something here."""
    now = datetime.now(UTC)
    with database.read() as session:
        people, seen = annotators.all(session), annotators.last_seen(session)
    return [
        {
            "name": person.name,
            "role": person.role,
            "hub_name": person.hub_name,
            "password": bool(person.credential),
            "disabled": person.disabled,
            "locked": bool(person.locked_until and person.locked_until > now),
            "seen": seen.get(person.name),
        }
        for person in people
    ]


def _check_somebody(name: str) -> None:
    """What those who are not signed in say waits for a review, whatever else changes."""
    if name == VISITOR.name:
        raise UserError("The name {name!r} is that of everybody who is not signed in; choose another.", name=name)


def _verify(credential: str, password: str) -> bool:
    try:
        return HASHER.verify(credential, password)
    except VerifyMismatchError:
        return False


@cache
def _nobody() -> str:
    """A hash to check against where there is no account, so that the time taken does not tell."""
    return HASHER.hash("nobody has this password")


def remembered(annotator: Annotator) -> dict[str, Any]:
    """What a session holds of who signed in; the stamp is another one once the password is."""
    return {"id": annotator.id, "stamp": _stamp(annotator)}


def recognised(database: Database, session: Mapping[str, Any]) -> Person | None:
    """Who signed in with this session, None where nobody did or they were disabled or changed their password since."""
    if not isinstance(session.get("id"), int):
        return None
    with database.read() as store:
        found = annotators.find(store, id=session["id"])
    if found is None or found.disabled or session.get("stamp") != _stamp(found):
        return None
    return Person(found.name, found.role, signed_in=True)  # type: ignore[arg-type]


def exist(database: Database) -> bool:
    """Whether there is any account; without, this machine's user is the owner."""
    with database.read() as session:
        return annotators.any_accounts(session)


def _stamp(annotator: Annotator) -> str:
    return sha256(f"{annotator.credential} {annotator.hub_name}".encode()).hexdigest()[:16]
