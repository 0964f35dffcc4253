"""Every address and every handler with the role that it needs; a new one without a line here fails."""

import logging
import re
from typing import Any
from uuid import uuid4

import pytest
from starlette.routing import Mount, Route

from db.records import ROLES
from emodemo.handling import DEFECT
from emodemo.web import doors
from emodemo.web.app import create_app
from tests.web.conftest import Site

HANDLERS = {  # of the page; None for what only the browser runs
    None: None,
    "fn": "visitor",  # an example into the box
    "stopped": "visitor",
    "ended": "visitor",
    "closed": "visitor",
    "follow": "visitor",
    "greet": "visitor",
    "analyse": "visitor",
    "analyse_file": "visitor",
    "pick": "visitor",
    "save_correction": "visitor",  # a visitor's is a proposal
    "undo_correction": "visitor",  # a visitor's own proposal
    "on_own_texts": "visitor",  # who reads only how right the model is
    "opened": "visitor",
    "show_failures": "visitor",  # of which a visitor sees none
    "see_failures": "admin",
    "admit": "visitor",  # whether the tab Admin is there
    "show_state": "visitor",  # of which only an admin sees anything
    "show_accounts": "visitor",  # likewise
    "back_up_now": "admin",
    "add_account": "admin",
    "give_role": "admin",
    "renew_password": "admin",
    "change_account": "admin",
    "analyze": "visitor",
    "release": "visitor",
    "correct": "annotator",
    "reach": "visitor",  # whether the panel below is shown
    "add_lines": "annotator",
    "open_file": "annotator",
    "look_at": "annotator",
    "add_rows": "annotator",
    "add_folded": "annotator",
    "open_texts": "visitor",  # who is told to sign in
    "search_texts": "annotator",
    "more_texts": "annotator",
    "like_text": "annotator",
    "label_selected": "annotator",
    "undo_selected": "annotator",
    "reach_people": "visitor",  # whether the panel is shown
    "show_people": "reviewer",
    "show_answers": "reviewer",
    "show_agreement": "reviewer",
    "show_labels": "visitor",  # of which a visitor sees none
    "add_label": "admin",
    "retire_label": "admin",
    "run_retraining": "admin",
    "ask": "admin",
    "ask_rollback": "admin",
    "ask_keep": "admin",
    "make_live": "admin",
    "watch": "annotator",
}
PUBLIC = {"analyze", "correct", "release"}
SHUT = {  # Gradio's, which the guard answers with 404
    "/openapi.json",    "/svelte/{path:path}", "/pwa_icon", "/pwa_icon/{size}", "/monitoring", "/monitoring/summary", "/monitoring/{key}",
    "/gradio_api/user", "/gradio_api/user/", "/gradio_api/login_check", "/gradio_api/login_check/", "/gradio_api/token",
    "/gradio_api/token/", "/gradio_api/dev/reload", "/gradio_api/deep_link", "/gradio_api/runs", "/gradio_api/runs/",
    "/gradio_api/custom_component/{id}/{environment}/{type}/{file_name}", "/gradio_api/proxy={url_path:path}",
    "/gradio_api/stream/{event_id}", "/gradio_api/stream/{event_id}/close", "/gradio_api/file/{path:path}",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file", "/gradio_api/queue/status",
    "/gradio_api/run/{api_name}", "/gradio_api/run/{api_name}/", "/gradio_api/api/{api_name}", "/gradio_api/api/{api_name}/",
    "/gradio_api/component_server", "/gradio_api/component_server/", "/login/", "/logout", "/gradio_api/profiling/clear",
    "/gradio_api/profiling/summary", "/gradio_api/profiling/traces", "/gradio_api/vibe-code/", "/gradio_api/vibe-edit/",
    "/gradio_api/vibe-starter-queries/", "/gradio_api/undo-vibe-edit/", "/gradio_api/process_recording",
}  # fmt: skip
OPEN = {  # to everybody: the page itself, sign-in, health; what calls a handler is in HANDLERS
    "/", "/config", "/config/", "/static/{path:path}", "/assets/{path:path}", "/favicon.ico", "/manifest.json",
    "/robots.txt", "/theme.css", "/gradio_api/theme.css", "/gradio_api/info", "/gradio_api/info/", "/gradio_api/app_id",
    "/gradio_api/app_id/", "/gradio_api/openapi.json", "/gradio_api/startup-events", "/gradio_api/queue/data",
    "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/reset/", "/gradio_api/upload",
    "/gradio_api/upload_progress", "/gradio_api/heartbeat/{session_hash}", "/gradio_api/file={path_or_url:path}",
    "/gradio_api/call/{api_name}", "/gradio_api/call/{api_name}/", "/gradio_api/call/v2/{api_name}",
    "/gradio_api/call/v2/{api_name}/", "/gradio_api/call/{api_name}/{event_id}", "/gradio_api/call/v2/{api_name}/{event_id}",
    "/login", "/healthz", "/readyz", "/annotate/next", "/annotate/answer", "/annotate/undo", "/annotate/mine",
    "/language",
    "/annotate/guidelines", "/review/next", "/review/decide", "/review/undo", "/review/decided", "/review/guideline",
    "/review/revise",
    "/annotate/preview", "/annotate/news",
}  # fmt: skip
OURS = {"/login", "/logout", "/healthz", "/readyz"}
CALLED = sorted((name, role) for name, role in HANDLERS.items() if name and role)
NEEDING = [(name, role) for name, role in CALLED if role != "visitor"]


def paths(site: Site) -> set[tuple[str, str]]:
    """(method, path) of every route of the server."""
    app = create_app(site.page, site.services)
    [inner] = [route.app for route in app.routes if isinstance(route, Mount)]
    routes = [route for route in (*app.routes, *inner.routes) if isinstance(route, Route)]  # type: ignore[attr-defined]
    return {(method, route.path) for route in routes for method in route.methods or ()}


def example(path: str) -> str:
    return re.sub(r"{\w+(:path)?}", "x", path)


def test_every_handler_of_the_page_has_a_role(site: Site) -> None:
    assert {fn.name for fn in site.page.fns.values()} == set(HANDLERS)
    assert {fn.name for fn in site.page.fns.values() if fn.api_visibility == "public"} == PUBLIC


def test_every_address_is_open_or_shut_by_name(site: Site) -> None:
    found = paths(site)
    assert {path for _, path in found} - OPEN - SHUT == set()
    for method, path in found:
        opened = doors.find(method, example(path)) is not None
        assert opened or path in SHUT or (method, path) in {("GET", "/logout"), ("HEAD", "/logout")}, (method, path)
        if path in SHUT and path not in OURS:
            assert not opened, (method, path)


def test_what_is_shut_says_that_there_is_nothing(site: Site) -> None:
    client = site.client()
    for method, path in paths(site):
        if path in SHUT - OURS:
            answer = client.request(method, example(path))
            assert answer.status_code == 404, (method, path)
            if method != "HEAD":
                assert answer.json() == {"detail": "There is nothing at this address."}


@pytest.mark.parametrize(("handler", "needed"), NEEDING)
def test_a_handler_called_directly_refuses_every_lower_role_and_notes_it(
    site: Site, handler: str, needed: str, caplog: pytest.LogCaptureFixture
) -> None:
    lower = ROLES[: ROLES.index(needed)]
    for role in lower:
        caplog.clear()
        with caplog.at_level(logging.WARNING, logger="emodemo.access"):
            said = answer(site, site.client(role), handler)
        standing = (
            "you are not signed in: sign in at the top of the page"
            if role == "visitor"
            else f"you are signed in as {role}"
        )
        assert re.search(rf"Only a signed-in {needed} may [\w ]+; {standing}\.", said), said
        assert f"Refused: {role} ({role}) wanted to " in caplog.text


@pytest.mark.parametrize(("handler", "needed"), CALLED)
def test_the_role_itself_is_let_in(site: Site, handler: str, needed: str) -> None:
    said = answer(site, site.client(needed), handler)
    assert "Only a signed-in" not in said
    assert DEFECT not in said


@pytest.mark.parametrize(
    ("name", "said"),
    [("2020.1.0", "There is no release"), (["a"], "Choose a release first."), ("", "Choose a release")],
)
def test_a_release_that_there_is_not_gets_a_sentence(
    site: Site, name: Any, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert said in str(site.call(site.client("admin"), "ask", [name])["output"])
    assert "Traceback" not in capfd.readouterr().err


def answer(site: Site, client: Any, handler: str) -> str:
    """What a direct call comes to, as one string; a named endpoint is called by its name."""
    if handler != "correct":
        return str(site.call(client, handler)["output"])
    values = ["A text.", ["joy"], "positive", {}, uuid4().hex]
    joined = client.post("/gradio_api/call/correct", json={"data": values})
    return str(client.get(f"/gradio_api/call/correct/{joined.json()['event_id']}").text)


def test_the_buttons_that_change_releases_are_shown_to_admins_only(site: Site) -> None:
    admin, visitor = (answer(site, client, "opened") for client in (site.client("admin"), site.client()))
    assert admin.count("'visible': True") == visitor.count("'visible': True") + 1
