"""Every address that the server answers at all, as regular expressions on the decoded path. Gradio has more: those are shut.

Shut are its direct calls past the queue, fetching and proxying of addresses, component servers, streams, deep links,
monitoring, reloading and run history.
"""

import re
from typing import Literal, NamedTuple

Kind = Literal["still", "page", "poll", "call", "named", "upload", "file", "form", "deed"]


class Door(NamedTuple):
    """``kind`` says what is checked: a ``call`` and a ``named`` call their body, a ``still`` nothing, and so on."""

    method: str
    pattern: re.Pattern[str]
    kind: Kind


def _door(method: str, pattern: str, kind: Kind) -> Door:
    return Door(method, re.compile(pattern), kind)


DOORS = (
    _door("GET", r"/(healthz|readyz)", "still"),
    _door("GET", r"/(assets|static)/[^\\]+", "still"),
    _door("GET", r"/(favicon\.ico|manifest\.json|robots\.txt|theme\.css|gradio_api/theme\.css)", "still"),
    _door("GET", r"/gradio_api/(startup-events|app_id)/?", "still"),
    _door("GET", r"/", "page"),
    _door("GET", r"/config/?", "page"),
    _door("GET", r"/gradio_api/(info|openapi\.json)/?", "page"),
    _door("GET", r"/login(/huggingface|/callback)?", "page"),
    _door("POST", r"/(login|logout|language)", "form"),
    _door("POST", r"/annotate/(next|answer|undo|mine|guidelines|preview|news)", "deed"),
    _door("POST", r"/review/(next|decide|undo|decided|guideline|revise)", "deed"),
    _door("GET", r"/gradio_api/heartbeat/[\w-]{1,64}", "poll"),
    _door("GET", r"/gradio_api/queue/data", "poll"),
    _door("GET", r"/gradio_api/upload_progress", "poll"),
    _door("GET", r"/gradio_api/call/(v2/)?\w{1,64}/(?P<event>[\w-]{1,64})", "poll"),
    _door("POST", r"/gradio_api/(cancel|reset)/?", "poll"),
    _door("POST", r"/gradio_api/queue/join", "call"),
    _door("POST", r"/gradio_api/call/(v2/)?(?P<name>\w{1,64})/?", "named"),
    _door("POST", r"/gradio_api/upload", "upload"),
    _door("GET", r"/gradio_api/file=(?P<file>.+)", "file"),
)


def find(method: str, path: str) -> tuple[Door, re.Match[str]] | None:
    """The door for a request, None where there is none. HEAD goes where GET does."""
    wanted = "GET" if method == "HEAD" else method
    for door in DOORS:
        if door.method == wanted and (match := door.pattern.fullmatch(path)):
            return door, match
    return None
