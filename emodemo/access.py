"""Who is asking, and what they may do. Checked on the server in every handler that changes something."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from db import texts
from db.records import ROLES
from emodemo.errors import UserError
from emodemo.translation import N_

LOG = logging.getLogger(__name__)
Role = Literal["visitor", "annotator", "reviewer", "admin"]
STRANGER = N_("you are not signed in: sign in at the top of the page")
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever sent a request."""

    name: str
    role: Role
    signed_in: bool = False

    def may(self, role: Role) -> bool:
        """Whether this person has that role or a higher one."""
        return ROLES.index(self.role) >= ROLES.index(role)


VISITOR = Person("visitor", "visitor")
OWNER = Person("local", "admin")


def identify(headers: Mapping[str, str], *, local: bool) -> Person:
    """On a page that only this machine can reach, its owner; a request that a proxy passed on is a visitor's."""
    proxied = any(name in headers for name in FORWARDED)
    return OWNER if local and not proxied else VISITOR


def require(person: Person, role: Role, deed: str) -> None:
    """Raises UserError, and leaves a line in the log, unless ``person`` has the role; ``deed`` completes "Only … may"."""
    if person.may(role):
        return
    LOG.warning("Refused: %s (%s) wanted to %s, which needs a %s.", person.name, person.role, deed, role)
    who = N_("you are signed in as {role}", role=N_(person.role)) if person.signed_in else STRANGER
    raise UserError("Only a signed-in {role} may {deed}; {who}.", role=N_(role), deed=deed, who=who)


def check_reach(session: Session, person: Person, text_ids: Collection[int]) -> None:
    """Raises UserError for a text that is neither in the pool nor one of which this person said anything, unless a
    reviewer asks.
    """
    if person.may("reviewer"):
        return
    if out := texts.out_of_reach(session, text_ids=text_ids, annotator=person.name):
        raise UserError("There is no text {id} in the pool.", id=min(out))
