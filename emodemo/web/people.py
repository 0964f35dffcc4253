"""Who a request is from: whoever signed in; else, on this machine and without accounts, its owner; else a visitor."""

import ipaddress
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import Scope

from emodemo import accounts
from emodemo.access import FORWARDED, OWNER, VISITOR, Person
from emodemo.handling import is_near
from emodemo.services import Services


@dataclass(frozen=True, slots=True)
class Asker:
    """A person, and whose requests count together: a user's, or those of an address. None: nobody counts them."""

    person: Person
    counted: str | None


def recognise(services: Services, scope: Scope) -> Asker:
    """Reads the session and the database. Raises StoreError."""
    connection = HTTPConnection(scope)
    near = is_near(connection) and not any(name in connection.headers for name in FORWARDED)
    if person := accounts.recognised(services.database, scope["session"]):
        return Asker(person, f"user {person.name}")
    counted = None if near else f"address {network(connection.client.host if connection.client else '')}"
    owned = near and services.settings.local and not accounts.exist(services.database)
    return Asker(OWNER if owned else VISITOR, counted)


def network(host: str) -> str:
    """The address, or for IPv6 the /64 that one customer has."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(address) if address.version == 4 else str(ipaddress.ip_network(f"{host}/64", strict=False))
