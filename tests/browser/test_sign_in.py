"""Signing in as a person does it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import expect

from tests.browser.conftest import ROOT, App, serve, show

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with an annotator and an admin."""
    home: Path = tmp_path_factory.mktemp("guarded") / "home"
    for app in serve(home, EMODEMO_MODEL="small"):
        for name in ("admin", "annotator"):
            subprocess.run(
                [sys.executable, "-m", "emodemo", "annotators", "add", name, "--role", name],
                input=PASSWORD, text=True, cwd=ROOT, env=app.environment, check=True, capture_output=True,
            )  # fmt: skip
        yield app


@pytest.fixture
def visit(browser: Any, guarded: App) -> Iterator[Any]:
    """The page for somebody new, who asks no other host for anything."""
    context = browser.new_context()
    context.set_default_timeout(60_000)
    opened = context.new_page()
    hosts: set[str] = set()
    errors: list[str] = []
    opened.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(guarded.url)
    yield opened
    context.close()
    assert hosts - {""} == {urlsplit(guarded.url).netloc}
    assert errors == []


def sign_in(page: Any, name: str, password: str = PASSWORD) -> None:
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_annotator_signs_in_works_and_signs_out(visit: Any) -> None:
    account = visit.locator(".account:not(.language)")
    expect(account).to_have_text("Sign in", timeout=60_000)
    show(visit, "Annotate")
    expect(visit.locator(".workspace .said")).to_contain_text("Only a signed-in annotator may annotate", timeout=60_000)
    sign_in(visit, "annotator", "a wrong password")
    expect(visit.get_by_role("alert")).to_contain_text("Name or password is wrong")
    expect(visit.get_by_label("Name")).to_have_value("annotator")
    expect(visit.get_by_label("Password")).to_be_focused()
    visit.keyboard.type(PASSWORD)
    visit.keyboard.press("Enter")
    expect(account).to_contain_text("annotator · annotator", timeout=60_000)
    show(visit, "Annotate")
    expect(visit.locator(".workspace .empty")).to_contain_text("The pool is empty.", timeout=60_000)
    visit.get_by_role("button", name="Sign out").click()
    expect(account).to_have_text("Sign in", timeout=60_000)


def test_a_session_that_ended_meanwhile_is_seen_at_the_top_with_the_way_in(visit: Any) -> None:
    account = visit.locator(".account:not(.language)")
    sign_in(visit, "annotator")
    expect(account).to_contain_text("annotator · annotator", timeout=60_000)
    visit.context.clear_cookies()
    expect(account).to_have_text("Sign in", timeout=60_000)


def test_a_visitor_sees_no_form_that_could_only_refuse(visit: Any) -> None:
    expect(visit.locator(".account:not(.language)")).to_have_text("Sign in", timeout=60_000)
    show(visit, "Texts")
    expect(visit.locator("#texts-message")).to_have_text("Sign in to search the texts.", timeout=60_000)
    expect(visit.locator("#texts button:visible, #texts input:visible")).to_have_count(0)
    show(visit, "Annotate")
    expect(visit.locator(".workspace .said")).to_contain_text("sign in at the top of the page", timeout=60_000)
    expect(visit.locator("#annotate .mine")).to_be_hidden()
    sign_in(visit, "annotator")
    expect(visit.locator(".account:not(.language)")).to_contain_text("annotator · annotator", timeout=60_000)
    show(visit, "Texts")
    expect(visit.locator("#texts-go")).to_be_visible(timeout=60_000)
    expect(visit.locator("#texts-save")).to_be_visible()
    show(visit, "Annotate")
    expect(visit.locator("#annotate .mine")).to_be_visible(timeout=60_000)


def test_only_an_admin_sees_the_buttons_that_change_releases(visit: Any) -> None:
    expect(visit.locator(".account:not(.language)")).to_have_text("Sign in", timeout=60_000)
    show(visit, "Models")
    expect(visit.locator("#releases")).to_contain_text("is live", timeout=60_000)
    expect(visit.locator("#retrain")).to_have_count(0)
    sign_in(visit, "admin")
    expect(visit.locator(".account:not(.language)")).to_contain_text("admin · admin", timeout=60_000)
    show(visit, "Models")
    expect(visit.locator("#retrain")).to_be_visible(timeout=60_000)
