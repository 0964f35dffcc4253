"""The admins' tab: accounts, backups, what runs by itself. Handlers are called as the page calls them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from db import events
from emodemo import accounts, due
from emodemo.errors import UserError
from emodemo.handling import answering
from emodemo.keeper import create_keeper
from emodemo.services import Services
from emodemo.tabs import accounts as tab
from emodemo.tabs import admin

from .asking import OWNER, VISITOR

PASSWORD = "correct horse battery"


def add(services: Services, name: str, role: str) -> None:
    accounts.add(services.database, name, role, password=PASSWORD, hub_name=None, actor="test")


def rows(shown: list[Any]) -> list[str]:
    """The table's rows, cells joined by a bar."""
    found = re.findall(r"<tr class.*?>(.*?)</tr>", shown[1])
    return [" | ".join(re.findall("<td>(.*?)</td>", row)) for row in found]


def test_somebody_is_added_with_a_password_that_is_shown_once_and_works(services: Services) -> None:
    shown = tab.add_account(services, " ada ", "", "admin", OWNER)
    assert rows(shown) == ["ada | admin | password | active | never"]
    [password] = re.findall("<code>(.*?)</code>", shown[0])
    assert password not in str(tab.show_accounts(services, OWNER))
    assert accounts.sign_in(services.database, services.settings, "ada", password).role == "admin"
    [row] = rows(tab.show_accounts(services, OWNER))
    assert row.startswith(f"ada | admin | password | active | {datetime.now(UTC):%Y-%m-%d}")
    [renewed] = re.findall("<code>(.*?)</code>", tab.renew_password(services, "ada", OWNER)[0])
    with pytest.raises(UserError, match="wrong"):
        accounts.sign_in(services.database, services.settings, "ada", password)
    assert accounts.sign_in(services.database, services.settings, "ada", renewed).name == "ada"


def test_somebody_of_hugging_face_is_added_without_a_password(services: Services) -> None:
    shown = tab.add_account(services, "", "ada-h", "admin", OWNER)
    assert rows(shown) == ["ada-h | admin | Hugging Face: ada-h | active | never"]
    assert "<code>" not in shown[0]


def test_the_first_account_is_an_admins_or_nobody_could_add_the_second(services: Services) -> None:
    assert tab.show_accounts(services, OWNER)[-1] == gr.update(value="admin")
    for role in ("annotator", "reviewer"):
        with pytest.raises(
            UserError, match=r"^Nobody can sign in as an admin yet; first add somebody with the role admin\.$"
        ):
            tab.add_account(services, "ada", "", role, OWNER)
    assert not accounts.exist(services.database)
    assert tab.add_account(services, "ada", "", "admin", OWNER)[-3] == gr.update(value="annotator")
    assert tab.show_accounts(services, OWNER)[-1] == gr.skip()
    tab.add_account(services, "bea", "", "annotator", OWNER)


def test_a_role_a_lock_and_a_state_are_changed_and_noted(services: Services) -> None:
    add(services, "boss", "admin")
    add(services, "ada", "annotator")
    tab.give_role(services, "ada", "reviewer", OWNER)
    tab.change_account(services, "disable", "ada", OWNER)
    assert rows(tab.show_accounts(services, OWNER))[0] == "ada | reviewer | password | disabled | never"
    tab.change_account(services, "enable", "ada", OWNER)
    for _ in range(services.settings.sign_in_tries):
        with pytest.raises(UserError):
            accounts.sign_in(services.database, services.settings, "ada", "a wrong guess")
    assert rows(tab.show_accounts(services, OWNER))[0] == "ada | reviewer | password | locked for now | never"
    tab.change_account(services, "unlock", "ada", OWNER)
    assert accounts.sign_in(services.database, services.settings, "ada", PASSWORD).name == "ada"
    with services.database.read() as session:
        noted = [event for event in events.recent(session, kind="account") if event.actor == "local"]
    assert [next(k for k, v in e.detail.items() if v is not None and v is not False) if e.detail["disabled"] is not False else "enabled"
            for e in reversed(noted)] == ["role", "disabled", "enabled", "unlocked"]  # fmt: skip


def test_the_last_admin_stays_one(services: Services) -> None:
    add(services, "ada", "admin")
    add(services, "bea", "admin")
    accounts.change(services.database, "bea", disabled=True, actor="test")
    for deed in (
        lambda: tab.give_role(services, "ada", "reviewer", OWNER),
        lambda: tab.change_account(services, "disable", "ada", OWNER),
    ):
        with pytest.raises(UserError, match=r"^ada is the last admin; make somebody else one first\.$"):
            deed()
    accounts.change(services.database, "bea", disabled=False, actor="test")
    tab.give_role(services, "ada", "reviewer", OWNER)


@pytest.mark.parametrize("name", ["", "visitor", "ada"])
def test_what_cannot_be_added_is_said(services: Services, name: str) -> None:
    add(services, "ada", "admin")
    [message, *rest] = answering(tab.add_account, 8, services)(OWNER, name, "", "annotator", OWNER)
    assert "note bad" in message
    assert all(part == gr.skip() for part in rest)


def test_nobody_else_sees_anything(services: Services) -> None:
    add(services, "ada", "admin")
    assert admin.admit(services, VISITOR)["visible"] is False
    assert admin.admit(services, OWNER)["visible"] is True
    for shown in (tab.show_accounts(services, VISITOR), admin.show_state(services, VISITOR)):
        assert "ada" not in str(shown)
        assert "MB" not in str(shown)


def test_without_a_vault_that_is_said(services: Services) -> None:
    _, state, button = admin.show_state(services, OWNER)
    assert "No vault is set" in state
    assert "no schedule" in state
    assert button["visible"] is False


def test_a_backup_on_demand(services: Services, tmp_path: Path) -> None:
    settings = services.settings.model_copy(update={"vault": str(tmp_path / "vault"), "schedule": "daily 04:00"})
    kept = replace(services, settings=settings, keeper=create_keeper(settings, services.database))
    with services.database.write() as session:
        events.add(session, actor="ada", kind=due.STARTED, subject="r2", detail={"decision": "kept"})
    message, state, _ = admin.back_up_now(kept, OWNER)
    assert "Backed up." in message
    assert re.search(
        r"<dd>0 min</dd><dt>age of the last backup</dt></div><div><dd>[\d.]+ MB</dd><dt>its size</dt>", state
    )
    assert re.search(r"<dd>daily 04:00</dd>.*<dd>20\d\d-\d\d-\d\d \d\d:\d\d</dd><dt>last retraining", state)
    assert "already has everything" in admin.back_up_now(kept, OWNER)[0]


@pytest.mark.parametrize(
    ("ago", "shown"),
    [(timedelta(minutes=5), "5 min"), (timedelta(hours=5), "5 h"), (timedelta(days=5), "5 days")],
)
def test_an_age_is_short(ago: timedelta, shown: str) -> None:
    assert admin._age(datetime.now(UTC) - ago) == shown
