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
from emodemo.translation import N_, _, choices, named

COLUMNS = {
    "name": N_("name"),
    "role": N_("role"),
    "way": N_("signs in"),
    "state": N_("state"),
    "seen": N_("last seen (UTC)"),
}
GIVEN = list(ROLES[1:])  # a visitor needs no account
FIRST = GIVEN[-1]  # the role of whoever adds the others
LENGTH = 12  # bytes of chance in a password that the page makes
CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {  # its button, what is said afterwards, what it changes
    "unlock": (N_("Unlock"), N_("{name} is unlocked."), {"unlocked": True}),
    "disable": (N_("Disable"), N_("{name} is disabled; every session of theirs has ended."), {"disabled": True}),
    "enable": (N_("Enable"), N_("{name} is enabled."), {"disabled": False}),
}


def create_accounts(services: Services, tab: gr.Tab) -> None:
    """The table, a line to add somebody, a line to change somebody."""
    message = gr.HTML(elem_id="accounts-message")
    people = gr.HTML(elem_id="accounts")
    with gr.Row(elem_classes="buttons") as adding:
        name = gr.Textbox(label=_("Name"), elem_id="account-name")
        hub = gr.Textbox(
            label=_("Hugging Face user"), placeholder=_("none: signs in by password"), elem_id="account-hub"
        )
        role = gr.Dropdown(choices(GIVEN), value=GIVEN[0], label=_("Role"), elem_id="account-role")
        add = gr.Button(_("Add"), variant="primary", elem_id="account-add", scale=0, min_width=110)
    with gr.Row(elem_classes="buttons") as changing:
        whom = gr.Dropdown([], label=_("Change"), elem_id="account-whom")
        other = gr.Dropdown(choices(GIVEN), value=GIVEN[0], label=_("New role"), elem_id="account-other")
        give = gr.Button(_("Give this role"), size="sm", elem_id="account-give", scale=0, min_width=120)
        renew = gr.Button(_("New password"), size="sm", elem_id="account-renew", scale=0, min_width=120)
        buttons = {
            change: gr.Button(_(title), size="sm", elem_id=f"account-{change}", scale=0, min_width=80)
            for change, (title, *__) in CHANGES.items()
        }

    shown = [message, people, whom, adding, changing]
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    opened, added = [*shown, role], [*shown, role, name, hub]
    tab.select(answering(show_accounts, len(opened), services), None, opened, **wire)
    add.click(answering(add_account, len(added), services), [name, hub, role], added, **wire)
    give.click(answering(give_role, len(shown), services), [whom, other], shown, **wire)
    renew.click(answering(renew_password, len(shown), services), whom, shown, **wire)
    for change, button in buttons.items():
        button.click(answering(change_account, len(shown), services, change), whom, shown, **wire)


def show_accounts(services: Services, request: gr.Request) -> list[Any]:
    """The table as it is now, the first account an admin's; nothing of it for others than admins."""
    if not asker(services.settings, request).may("admin"):
        return ["", "", gr.update(choices=[]), gr.update(visible=False), gr.update(visible=False), gr.skip()]
    return [*_view(services, ""), gr.skip() if accounts.exist(services.database) else gr.update(value=FIRST)]


def add_account(services: Services, name: str, hub: str, role: str, request: gr.Request) -> list[Any]:
    """Somebody new, with a password that is shown this once, or with their name at Hugging Face. Raises UserError."""
    person = _admin(services, request, N_("add an account"))
    name, hub = (name or "").strip(), (hub or "").strip()
    password = None if hub else secrets.token_urlsafe(LENGTH)
    _require_role(role)
    if role != "admin" and not accounts.have_admin(services.database):
        raise UserError("Nobody can sign in as an admin yet; first add somebody with the role admin.")
    accounts.add(services.database, name or hub, role, password=password, hub_name=hub or None, actor=person.name)
    return [
        *_view(
            services,
            _("{name} can sign in as {role}.", name=name or hub, role=named(role)),
            password,
            chosen=name or hub,
        ),
        gr.update(value=GIVEN[0]),
        "",
        "",
    ]


def give_role(services: Services, whom: str | None, role: str, request: gr.Request) -> list[Any]:
    """Another role, from their next click on. Raises UserError."""
    person = _admin(services, request, N_("change a role"))
    _require_role(role)
    accounts.change(services.database, _chosen(whom), role=role, actor=person.name)
    return _view(services, _("{name} is {role} now.", name=whom, role=named(role)), chosen=whom)


def renew_password(services: Services, whom: str | None, request: gr.Request) -> list[Any]:
    """A new password that is shown this once; every session of theirs ends. Raises UserError."""
    person = _admin(services, request, N_("set a password"))
    password = secrets.token_urlsafe(LENGTH)
    accounts.change(services.database, _chosen(whom), password=password, actor=person.name)
    return _view(services, _("{name} has a new password.", name=whom), password, chosen=whom)


def change_account(services: Services, change: str, whom: str | None, request: gr.Request) -> list[Any]:
    """One of ``CHANGES``. Raises UserError."""
    person = _admin(services, request, N_("change an account"))
    _title, said, changed = CHANGES[change]
    accounts.change(services.database, _chosen(whom), **changed, actor=person.name)
    return _view(services, _(said, name=whom), chosen=whom)


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
        raise UserError("There is no role {name!r}; choose one of {names}.", name=role, names=", ".join(GIVEN))


def _view(services: Services, said: str, password: str | None = None, chosen: str | None = None) -> list[Any]:
    found = accounts.roster(services.database)
    everybody = [person["name"] for person in found]
    message = html.note(said, "good")
    if password:
        message += html.note(_("The password is `{password}`: it is shown only now, so pass it on.", password=password))
    columns = {column: _(title) for column, title in COLUMNS.items()}
    table = (
        html.table(map(_row, found), columns)
        if found
        else html.note(_("Nobody has an account yet; the first must be an admin's."))
    )
    shown = gr.update(visible=True)
    people = gr.update(choices=everybody, value=chosen if chosen in everybody else None)
    return [message, f"<h3>{_('Accounts')}</h3>{table}", people, shown, shown]


def _row(person: dict[str, Any]) -> dict[str, str]:
    hub = person["hub_name"]
    return {
        "name": person["name"],
        "role": named(person["role"]),
        "way": _("Hugging Face: {name}", name=hub) if hub else _("password") if person["password"] else _("cannot"),
        "state": _("disabled") if person["disabled"] else _("locked for now") if person["locked"] else _("active"),
        "seen": when(person["seen"]),
    }


def when(moment: datetime | None) -> str:
    """In UTC, to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else _("never")
