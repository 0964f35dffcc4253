"""Who can sign in, with what an admin may change about them."""

import secrets
from datetime import UTC, datetime
from typing import Any

import gradio as gr

from db.records import ROLES
from emodemo import accounts, html
from emodemo.access import Person, require
from emodemo.errors import UserError
from emodemo.handling import answering, asker
from emodemo.services import Services

COLUMNS = ("name", "role", "signs in", "state", "last seen (UTC)")
GIVEN = list(ROLES[1:])  # a visitor needs no account
LENGTH = 12  # bytes of chance in a password that the page makes
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {  # button: what it says afterwards, what it changes
    "Unlock": ("{} is unlocked.", {"unlocked": True}),
    "Disable": ("{} is disabled; every session of theirs has ended.", {"disabled": True}),
    "Enable": ("{} is enabled.", {"disabled": False}),
}


def create_accounts(services: Services, tab: gr.Tab) -> None:
    """The table, a line to add somebody, a line to change somebody."""
    message = gr.HTML(elem_id="accounts-message")
    people = gr.HTML(elem_id="accounts")
    with gr.Row(elem_classes="buttons") as adding:
        name = gr.Textbox(label="Name", placeholder="ada", elem_id="account-name")
        hub = gr.Textbox(label="Hugging Face user", placeholder="none: signs in by password", elem_id="account-hub")
        role = gr.Dropdown(GIVEN, value=GIVEN[0], label="Role", elem_id="account-role")
        add = gr.Button("Add", variant="primary", elem_id="account-add", scale=0, min_width=110)
    with gr.Row(elem_classes="buttons") as changing:
        whom = gr.Dropdown([], label="Change", elem_id="account-whom")
        other = gr.Dropdown(GIVEN, value=GIVEN[0], label="New role", elem_id="account-other")
        give = gr.Button("Give this role", size="sm", elem_id="account-give", scale=0, min_width=120)
        renew = gr.Button("New password", size="sm", elem_id="account-renew", scale=0, min_width=120)
        buttons = {
            change: gr.Button(change, size="sm", elem_id=f"account-{change.lower()}", scale=0, min_width=80)
            for change in CHANGES
        }

    shown = [message, people, whom, adding, changing]
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    tab.select(answering(show_accounts, len(shown), services), None, shown, **wire)
    add.click(answering(add_account, len(shown) + 2, services), [name, hub, role], [*shown, name, hub], **wire)
    give.click(answering(give_role, len(shown), services), [whom, other], shown, **wire)
    renew.click(answering(renew_password, len(shown), services), whom, shown, **wire)
    for change, button in buttons.items():
        button.click(answering(change_account, len(shown), services, change), whom, shown, **wire)


def show_accounts(services: Services, request: gr.Request) -> list[Any]:
    """The table as it is now; nothing of it for others than admins."""
    if not asker(services.settings, request).may("admin"):
        return ["", "", gr.update(choices=[]), gr.update(visible=False), gr.update(visible=False)]
    return _view(services, "")


def add_account(services: Services, name: str, hub: str, role: str, request: gr.Request) -> list[Any]:
    """Somebody new, with a password that is shown this once, or with their name at Hugging Face. Raises UserError."""
    person = _admin(services, request, "add an account")
    name, hub = (name or "").strip(), (hub or "").strip()
    password = None if hub else secrets.token_urlsafe(LENGTH)
    _require_role(role)
    accounts.add(services.database, name or hub, role, password=password, hub_name=hub or None, actor=person.name)
    return [*_view(services, f"{name or hub} can sign in as {role}.", password, chosen=name or hub), "", ""]


def give_role(services: Services, whom: str | None, role: str, request: gr.Request) -> list[Any]:
    """Another role, from their next click on. Raises UserError."""
    person = _admin(services, request, "change a role")
    _require_role(role)
    accounts.change(services.database, _chosen(whom), role=role, actor=person.name)
    return _view(services, f"{whom} is {role}.", chosen=whom)


def renew_password(services: Services, whom: str | None, request: gr.Request) -> list[Any]:
    """A new password that is shown this once; every session of theirs ends. Raises UserError."""
    person = _admin(services, request, "set a password")
    password = secrets.token_urlsafe(LENGTH)
    accounts.change(services.database, _chosen(whom), password=password, actor=person.name)
    return _view(services, f"{whom} has a new password.", password, chosen=whom)


def change_account(services: Services, change: str, whom: str | None, request: gr.Request) -> list[Any]:
    """One of ``CHANGES``. Raises UserError."""
    person = _admin(services, request, "change an account")
    said, changed = CHANGES[change]
    accounts.change(services.database, _chosen(whom), **changed, actor=person.name)
    return _view(services, said.format(whom), chosen=whom)


def _admin(services: Services, request: gr.Request, deed: str) -> Person:
    person = asker(services.settings, request)
    require(person, "admin", deed)
    return person


def _chosen(whom: str | None) -> str:
    if not whom:
        raise UserError("Choose somebody first.")
    return whom


def _require_role(role: str) -> None:
    if role not in GIVEN:
        raise UserError(f"There is no role {role!r}; choose one of {', '.join(GIVEN)}.")


def _view(services: Services, said: str, password: str | None = None, chosen: str | None = None) -> list[Any]:
    found = accounts.roster(services.database)
    names = [person["name"] for person in found]
    message = html.note(said, "good")
    if password:
        message += html.note(f"The password is `{password}`: it is shown only now, so pass it on.")
    table = html.table(map(_row, found), COLUMNS) if found else html.note("Nobody has an account yet.")
    shown = gr.update(visible=True)
    choices = gr.update(choices=names, value=chosen if chosen in names else None)
    return [message, f"<h3>Accounts</h3>{table}", choices, shown, shown]


def _row(person: dict[str, Any]) -> dict[str, str]:
    locked = "locked for now" if person["locked"] else "active" if person["signs in"] != "no" else "cannot sign in"
    return {
        **{column: person[column] for column in COLUMNS[:3]},
        "state": "disabled" if person["disabled"] else locked,
        COLUMNS[4]: when(person["last seen"]),
    }


def when(moment: datetime | None) -> str:
    """In UTC, to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else "never"
