"""Malformed requests without end: none ends in a defect. EMODEMO_FUZZ=10000 makes it the long form."""

import json
import logging
import os
import socket
import time
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.conftest import Site

from .sending import raw

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


@pytest.mark.parametrize(
    "path", ["/annotate/next", "/gradio_api/queue/join", "/gradio_api/upload", "/login", "/gradio_api/call/correct"]
)
def test_whoever_leaves_in_the_middle_of_a_request_leaves_no_defect(
    site: Site, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    host, _, port = site.url.removeprefix("http://").rstrip("/").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        connection.sendall(head.encode() + b'{"have": [')
        time.sleep(0.2)
    time.sleep(0.5)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
