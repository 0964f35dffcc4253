"""What attacks are sent with, and what is looked for in the answers."""

import http.client
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.web.conftest import Site

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
