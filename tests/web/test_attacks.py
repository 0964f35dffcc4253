"""What somebody from outside tries: each test sends the attack to a really started server."""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from emodemo import accounts, exchange
from emodemo.web.headers import security_headers
from tests.web.conftest import PASSWORD, Site, started

ROOT = Path(__file__).parents[2]
META = {"_type": "gradio.FileData"}
HOSTILE = "<img src=x onerror=alert(1)>"
SECRETS = (
    b"SQLite format 3",
    b"root:x:",
    b"class Settings",
    b"def main",
    b"emodemo turns",
    b"[project]",
    b"EMODEMO_HOME",
)


def raw(site: Site, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Status and body of a request whose path is sent exactly as given."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in {"content-length": str(len(body)), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


# Files


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


# Addresses


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
                for file in ({"path": address}, {"path": address, "url": address}, {"path": "x", "url": address}):
                    body = {"data": [file | {"meta": META}], "fn_index": site.index(handler), "session_hash": "s"}
                    joined = client.post("/gradio_api/queue/join", json=body)
                    assert joined.status_code in (200, 422)
                    assert file["path"] == "x" or joined.status_code == 422
            for door in ("file=", "proxy=", "file/"):
                assert raw(site, "GET", f"/gradio_api/{door}{address}")[0] == 404
        assert reached == []


# Other pages


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


# Too much


def test_what_is_too_long_or_of_no_length_is_refused(site: Site) -> None:
    status, body = raw(site, "POST", "/gradio_api/queue/join", **{"content-length": "900000000"})
    assert (status, json.loads(body)["detail"]) == (
        413,
        "The request has 900,000,000 bytes; at most 7,000,000 are taken.",
    )
    status, body = raw(site, "POST", "/gradio_api/upload", **{"content-length": "6000001"})
    assert (status, json.loads(body)["detail"]) == (
        413,
        "The request has 6,000,001 bytes; at most 6,000,000 are taken.",
    )
    client = site.client()
    chunked = client.post("/gradio_api/upload", content=iter([b"x"]))
    assert (chunked.status_code, chunked.json()["detail"]) == (411, "The request does not say how long it is.")
    upload = client.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 5_500_000)})
    assert upload.status_code == 413


def upload(client: httpx.Client, name: str, content: bytes) -> dict[str, Any]:
    [path] = client.post("/gradio_api/upload", files={"files": (name, content)}).json()
    return {"path": path, "meta": META, "orig_name": name}


def said(answer: dict[str, Any]) -> str:
    return str(answer["output"]["data"][0])


def markup(answer: dict[str, Any]) -> list[str]:
    """What the page shows as HTML; names of columns are choices, which Gradio writes as text."""
    parts = answer["output"].get("data") or [answer["output"]["error"]]
    return [
        part if isinstance(part, str) else str(part.get("value", ""))
        for part in parts
        if part and "choices" not in part
    ]


def test_what_the_page_itself_sends_comes_through(site: Site) -> None:
    client = site.client(address="198.51.100.20")
    client.headers.update({"origin": site.url, "sec-fetch-site": "same-origin"})
    file = upload(client, "rain.txt", b"Rain again.")
    sent = {
        "url": f"{site.url}/gradio_api/file={file['path']}",
        "size": 11,
        "mime_type": "text/plain",
        "is_stream": False,
    }
    answer = site.call(client, "analyse_file", [file | sent])
    assert "Rain again." in str(answer["output"]), answer
    assert client.get(f"/gradio_api/file={file['path']}").content == b"Rain again."


def test_a_stream_is_for_a_session_that_asked_for_something(site: Site) -> None:
    refused = site.client().get("/gradio_api/queue/data", params={"session_hash": "nobody"})
    assert (refused.status_code, refused.json()["detail"]) == (404, "This session has asked for nothing.")
    assert site.client().get("/gradio_api/call/analyze/nobody").status_code == 404


def test_a_file_with_too_many_rows_is_refused(site: Site) -> None:
    client = site.client("annotator")
    rows = upload(client, "rows.csv", b"text\n" + b"a\n" * 100_001)
    expected = "The file has more than 100,000 rows, which is the most at once; split it."
    assert expected in said(site.call(client, "open_file", [rows]))


def test_a_parquet_bomb_does_not_go_off(site: Site, tmp_path: Path) -> None:
    texts = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 200_000, "int32"), pyarrow.array(["x" * 500_000]))
    parquet.write_table(pyarrow.table({"text": texts}), tmp_path / "bomb.parquet", compression="zstd")
    packed = (tmp_path / "bomb.parquet").read_bytes()
    assert len(packed) < 100_000
    client = site.client("annotator")
    answer = said(site.call(client, "open_file", [upload(client, "bomb.parquet", packed)]))
    assert "note bad" in answer
    assert "Something went wrong" not in answer


def test_one_user_cannot_ask_without_end_nor_hold_every_place(tmp_path: Path, small: tuple) -> None:  # type: ignore[type-arg]
    with started(tmp_path / "home", *small, address_rate=5, user_rate=8, sign_in_rate=2, jobs=2) as tight:
        added = {"password": PASSWORD, "hub_name": None, "actor": "test"}
        accounts.add(tight.services.database, "annotator", "annotator", **added)  # type: ignore[arg-type]
        call = {"data": ["", None], "fn_index": tight.index("follow"), "session_hash": "s"}
        guest, other = tight.client(address="198.51.100.7"), tight.client(address="198.51.100.8")
        answers = [guest.post("/gradio_api/queue/join", json=call) for _ in range(6)]
        assert answers[-1].status_code == 429
        assert answers[-1].json()["detail"] == (
            "Too many requests: at most 5 a minute for one address; try again in a minute."
        )
        guesses = [other.post("/login", data={"name": "a", "password": "b"}) for _ in range(3)]
        assert [guess.status_code for guess in guesses] == [401, 401, 429]
        assert "Too many sign-ins: at most 2 a minute for one address" in guesses[-1].text


def test_a_third_long_text_of_one_address_waits_for_the_first(site: Site) -> None:
    text = "The kettle sings again. " * 20_000
    call = {"data": [text], "fn_index": site.index("analyse"), "session_hash": "long"}
    greedy = site.client(address="203.0.113.9")
    answers = [greedy.post("/gradio_api/queue/join", json=call) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["detail"] == (
        "3 requests of this kind are already under way for you, which is the most at once; wait for one to end."
    )
    assert "1 sentence" in str(site.call(site.client(address="203.0.113.10"), "analyse", ["We won at last!"]))
    for answer in answers[:3]:
        greedy.post("/gradio_api/cancel", json={"session_hash": "long", "fn_index": call["fn_index"], "event_id": answer.json()["event_id"]})  # fmt: skip


# What people type


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


# Noise

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "data": JSON | st.lists(JSON, max_size=10), "fn_index": JSON | st.integers(-3, 60), "session_hash": JSON | st.text("ab", max_size=80),
        "event_data": JSON, "trigger_id": JSON, "event_id": JSON, "simple_format": JSON, "batched": JSON, "text": JSON,
    },
)  # fmt: skip
PATHS = st.sampled_from([
    "/gradio_api/queue/join", "/gradio_api/call/analyze", "/gradio_api/call/correct", "/gradio_api/call/v2/analyze", "/gradio_api/cancel",
    "/gradio_api/reset", "/gradio_api/upload", "/login", "/logout", "/gradio_api/component_server", "/gradio_api/run/analyze",
    "/gradio_api/call/nothing", "/", "/config", "/gradio_api/info", "/annotate/answer", "/annotate/undo",
]) | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30).map(lambda tail: "/" + quote(tail))  # fmt: skip
BODIES = FIELDS.map(json.dumps).map(str.encode) | JSON.map(json.dumps).map(str.encode) | st.binary(max_size=200)
KINDS = st.sampled_from(
    ["application/json", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "text/plain", ""]
)


@settings(
    max_examples=int(os.environ.get("EMODEMO_FUZZ", "400")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]), PATHS, BODIES, KINDS)
def test_malformed_requests_end_in_no_defect(site: Site, method: str, path: str, body: bytes, kind: str) -> None:
    status, answer = raw(site, method, path, body, **{"content-type": kind})
    assert status < 500, (method, path, body, kind)
    assert b"Traceback" not in answer
