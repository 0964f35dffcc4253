"""For admins alone: what failed unattended, backups, schedule, accounts."""

from datetime import UTC, datetime
from typing import Any

import gradio as gr

from emodemo import due, html
from emodemo.access import require
from emodemo.errors import UserError
from emodemo.handling import answering, asker
from emodemo.services import Services
from emodemo.tabs.accounts import create_accounts, when
from emodemo.tabs.failures import create_failures
from emodemo.translation import N_, _

NO_VAULT = N_(
    "No vault is set, so everything is on this machine alone. Set `EMODEMO_VAULT` to a folder on another disk, `s3://…` or `hf://…`."
)


def create_admin_tab(services: Services, page: gr.Blocks) -> None:
    """Shown to whoever is an admin when the page opens."""
    with gr.Tab(_("Admin"), visible=False) as tab, gr.Column(elem_id="admin"):
        create_failures(services, tab)
        message = gr.HTML(elem_id="admin-message")
        state = gr.HTML(elem_id="admin-state")
        with gr.Row(elem_classes="buttons"):
            back_up = gr.Button(_("Back up now"), elem_id="back-up", visible=False, scale=0, min_width=140)
        create_accounts(services, tab)
    wire: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    shown = [message, state, back_up]
    page.load(answering(admit, 1, services), None, tab, **wire)
    tab.select(answering(show_state, len(shown), services), None, shown, **wire)
    back_up.click(answering(back_up_now, len(shown), services), None, shown, **wire)


def admit(services: Services, request: gr.Request) -> Any:
    """Whether the tab is there at all for this person."""
    return gr.update(visible=asker(services.settings, request).may("admin"))


def show_state(services: Services, request: gr.Request) -> list[Any]:
    """How the app is kept and what it does by itself; nothing for others than admins."""
    may = asker(services.settings, request).may("admin")
    return ["", _state(services) if may else "", gr.update(visible=may and services.keeper is not None)]


def back_up_now(services: Services, request: gr.Request) -> list[Any]:
    """What is new goes to the vault before the answer comes. Raises UserError, VaultError, StoreError."""
    require(asker(services.settings, request), "admin", N_("back up"))
    if services.keeper is None:
        raise UserError(NO_VAULT)
    made = services.keeper.back_up()
    said = _("Backed up.") if made else _("The newest backup already has everything.")
    return [html.note(said, "good"), _state(services), gr.skip()]


def _state(services: Services) -> str:
    keeper, settings = services.keeper, services.settings
    with services.database.read() as session:
        last = due.last_run(session)
    shown = {_("database"): _megabytes(services.database.size())}
    if keeper and keeper.newest:
        shown |= {_("age of the last backup"): _age(keeper.newest.at), _("its size"): _megabytes(keeper.newest.size)}
    shown |= {
        _("retrains by itself"): settings.schedule or _("no schedule"),
        _("last retraining (UTC)"): when(last.at if last else None),
    }
    kept = html.note(keeper.line, "bad" if keeper.problem else "info") if keeper else html.note(_(NO_VAULT))
    return f"<h3>{_('Unattended')}</h3>{kept}{html.figures(shown)}"


def _megabytes(size: int) -> str:
    return _("{size:,.1f} MB", size=size / 1e6)


def _age(moment: datetime) -> str:
    minutes = round((datetime.now(UTC) - moment).total_seconds() / 60)
    if minutes < 120:
        return _("{n} min", n=minutes)
    return _("{n:.0f} h", n=minutes / 60) if minutes < 2880 else _("{n:.0f} days", n=minutes / 1440)
