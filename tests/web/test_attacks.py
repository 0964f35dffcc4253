"""What somebody from outside tries: each test sends the attack to a really started server."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from urllib.parse import quote, urlsplit

import pytest

from emodemo import accounts, exchange
from emodemo.web.headers import security_headers
from tests.web.conftest import PASSWORD, Site

from .sending import HOSTILE, META, ROOT, SECRETS, markup, raw, said, upload


def targets(site: Site) -> list[str]:
    home = site.services.settings.home
    files = [
        home / "emodemo.sqlite",
        home / "secret",
        ROOT / "README.md",
        ROOT / "emodemo" / "settings.py",
        ROOT / "app.py",
    ]
    return [*map(str, files), "/etc/passwd", "/proc/self/environ", "README.md", "app.py", "emodemo/settings.py"]


def disguised(target: str) -> Iterator[str]:
    """The path plain, climbing, encoded once and twice, with odd separators, as a scheme, cut by a null."""
    climbing = "/".join([".."] * 12) + "/" + target.lstrip("/")
    for path in (target, climbing, f"/tmp/gradio/{climbing}", f"file://{target}", f"{target}%00.txt"):
        yield path
        yield quote(path, safe="")
        yield quote(quote(path, safe=""), safe="")
    yield climbing.replace("../", "..%2f")
    yield climbing.replace("../", "%2e%2e/")
    yield climbing.replace("../", "..%5c")
    yield climbing.replace("../", "..%c0%af")
    yield climbing.replace("../", "....//")


@pytest.mark.parametrize(
    "door", ["/gradio_api/file=", "/gradio_api/file/", "/file=", "/static/", "/assets/", "/", "/svelte/"]
)
def test_no_file_of_the_machine_is_served(site: Site, door: str) -> None:
    secret = (site.services.settings.home / "secret").read_bytes()
    for target in targets(site):
        for path in disguised(target):
            status, body = raw(site, "GET", door + path)
            assert 400 <= status < 500, (path, status)
            assert not [mark for mark in (*SECRETS, secret) if mark in body], path


@pytest.mark.parametrize("handler", ["analyse_file", "open_file"])
def test_a_handler_opens_no_file_that_was_not_uploaded(site: Site, handler: str) -> None:
    client = site.client("annotator")
    for target in targets(site)[:6]:
        answer = str(site.call(client, handler, [{"path": target, "meta": META}]))
        assert not [mark for mark in SECRETS if mark.decode() in answer], target
        assert "'data'" not in answer or "note bad" in answer


@contextmanager
def inner() -> Iterator[tuple[str, list[bytes]]]:
    """A service on loopback, and what reached it."""
    reached: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                reached.append(connection.recv(1000))
                connection.close()

        Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/latest/meta-data", reached


def test_the_server_fetches_no_address(site: Site) -> None:
    client = site.client("annotator")
    with inner() as (url, reached):
        for address in (
            url,
            url.replace("127.0.0.1", "localhost"),
            url.replace("http", "HTTP"),
            f"//{urlsplit(url).netloc}/",
        ):
            for handler in ("analyse_file", "open_file"):
                for file in ({"path": address}, {"path": address, "url": address}):
                    body = {"data": [file | {"meta": META}], "fn_index": site.index(handler), "session_hash": "s"}
                    assert client.post("/gradio_api/queue/join", json=body).status_code == 422
                site.call(client, handler, [{"path": "x", "url": address, "meta": META}])  # waits for the answer
            for door in ("file=", "proxy=", "file/"):
                assert raw(site, "GET", f"/gradio_api/{door}{address}")[0] == 404
        assert reached == []


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/queue/join",
        "/gradio_api/upload",
        "/gradio_api/call/analyze",
        "/login",
        "/logout",
        "/annotate/answer",
    ],
)
def test_another_pages_requests_are_refused(site: Site, path: str) -> None:
    client = site.client("admin")
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        refused = client.post(path, headers=headers, json={})
        assert refused.status_code == 403
        assert refused.json() == {"detail": "This request comes from another page; open this one and try again."}
        assert "access-control-allow-origin" not in refused.headers


def test_another_page_may_not_read_an_answer(site: Site) -> None:
    client = site.client()
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for answer in (client.options("/gradio_api/queue/join", headers=asked), client.get("/config", headers=asked)):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers


def test_every_answer_tells_the_browser_what_the_page_may_do(site: Site) -> None:
    client = site.client()
    for path in ("/", "/login", "/nothing", "/config", "/gradio_api/info"):
        headers = client.get(path).headers
        assert security_headers(site.services.settings).items() <= dict(headers).items(), path
        assert "server" not in headers
    policy = client.get("/").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    space = security_headers(site.services.settings.model_copy(update={"space": "me/demo"}))
    assert "frame-ancestors 'self' https://huggingface.co" in space["content-security-policy"]
    assert "x-frame-options" not in space


def test_nothing_of_gradios_is_shared_or_watched(site: Site) -> None:
    config = site.client().get("/config").json()
    assert not site.page.enable_monitoring
    assert not site.page.share
    assert not config.get("analytics_enabled")
    assert config["max_file_size"] == 5_000_000


def test_markup_in_names_file_names_and_headers_is_shown_as_text(site: Site) -> None:
    accounts.add(site.services.database, HOSTILE, "annotator", password=PASSWORD, hub_name=None, actor="test")
    client = site.client()
    assert client.post("/login", data={"name": HOSTILE, "password": PASSWORD}).status_code == 303
    shown = [said(site.call(client, "greet"))]
    for name, content in (
        (f"{HOSTILE}.csv", b"body\nx\n"),
        ("a.csv", f"{HOSTILE}\nx\n".encode()),
        (f"{HOSTILE}.exe", b"x"),
    ):
        for handler in ("analyse_file", "open_file"):
            shown += markup(site.call(client, handler, [upload(client, name, content)]))
    assert not [part for part in shown if "<img" in part]
    assert "&lt;img src=x" in shown[0]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(start: str) -> None:
    assert exchange.safe_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
