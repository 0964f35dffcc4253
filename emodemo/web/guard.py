"""What comes through to the page: known addresses, from the page itself, sound, not too large and not too many."""

import json
import logging
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import gradio as gr
from gradio.utils import get_upload_folder
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.errors import StoreError
from emodemo.services import Services
from emodemo.translation import N_, translated
from emodemo.web import doors
from emodemo.web.bodies import call_fault, named_fault
from emodemo.web.limits import SIGN_INS, Rates, crowding
from emodemo.web.people import Asker, recognise

LOG = logging.getLogger(__name__)
NOTHING = N_("There is nothing at this address.")
FOREIGN = N_("This request comes from another page; open this one and try again.")
UNKNOWN = N_("This session has asked for nothing.")
NO_JSON = N_("Expected a body of the type application/json.")
LENGTHLESS = N_("The request does not say how long it is.")
FORM = 16_384  # bytes of a sign-in, or of an answer from the annotator's page
SLACK = 1_000_000  # bytes of a call beside its text, and of an upload beside its file
WIDEST = 6  # bytes of a character in JSON


class Refused(Exception):
    """A status and one sentence."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


class Guard:
    """Refuses with one sentence and a line in the log, or passes on with ``person`` in the request's state."""

    def __init__(self, app: ASGIApp, services: Services, page: gr.Blocks) -> None:
        self._app, self._services, self._page = app, services, page
        self._rates = Rates(services.settings)
        self._named = named_endpoints(page)
        settings = services.settings
        self._largest = {
            "form": FORM,
            "deed": FORM,
            "upload": settings.max_file_mb * 1_000_000 + SLACK,
            "call": settings.max_characters * WIDEST + SLACK,
            "named": settings.max_characters * WIDEST + SLACK,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            try:
                receive = await self._examine(scope, receive)
            except (Refused, StoreError) as error:
                status, said = (error.status, error.said) if isinstance(error, Refused) else (503, error)
                LOG.warning("Refused: %s %s: %s", scope["method"], scope["path"][:200], error)
                await JSONResponse({"detail": str(translated(said))}, status)(scope, receive, send)
            else:
                await self._app(scope, receive, send)

    async def _examine(self, scope: Scope, receive: Receive) -> Receive:
        """Raises Refused, StoreError; returns what hands out the body."""
        found = doors.find(scope["method"], scope["path"])
        if found is None:
            raise Refused(404, NOTHING)
        door, match = found
        headers = Headers(scope=scope)
        if door.method == "POST" and not own_page(headers):
            raise Refused(403, FOREIGN)
        if door.kind == "poll" and door.method == "POST" and "json" not in headers.get("content-type", ""):
            raise Refused(415, NO_JSON)  # FastAPI fails at saying what is wrong with bytes that are no text
        if door.kind == "file" and not in_uploads(match["file"]):
            raise Refused(404, NOTHING)
        if not self._streams(scope, match):
            raise Refused(404, UNKNOWN)
        if door.kind == "still":
            return receive
        asker = await run_in_threadpool(recognise, self._services, scope)
        scope.setdefault("state", {}).update(person=asker.person, counted=asker.counted)
        if door.kind in self._largest:
            self._count(asker, scope)
            check_length(headers, self._largest[door.kind])
        if door.kind in ("call", "named"):
            raw = await whole(receive, self._largest[door.kind])
            name = match["name"] if door.kind == "named" else None
            self._check_call(raw, asker, name, by_name="/v2/" in scope["path"])
            return again(raw, receive)
        return receive

    def _streams(self, scope: Scope, match: re.Match[str]) -> bool:
        """Whether an answer that is streamed was asked for; Gradio would break off one that it had begun."""
        queue = self._page._queue
        if event := match.groupdict().get("event"):
            asked = event in queue.pending_messages_per_session
            return asked or any(event in events for events in queue.pending_event_ids_session.values())
        if scope["path"] != "/gradio_api/queue/data":
            return True
        names = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
        return len(names) == 1 and names[0] in queue.pending_messages_per_session

    def _count(self, asker: Asker, scope: Scope) -> None:
        if asker.counted and (said := self._rates.refusal(asker.counted)):
            raise Refused(429, said)
        if asker.counted and scope["path"] == "/login" and (said := self._rates.refusal(asker.counted, SIGN_INS)):
            raise Refused(429, said)

    def _check_call(self, raw: bytes, asker: Asker, name: str | None, *, by_name: bool) -> None:
        if name is None:
            fault = call_fault(raw, self._page.fns)
        elif name in self._named:
            fault = named_fault(raw, self._named[name][1], by_name=by_name)
        else:
            raise Refused(404, NOTHING)
        if fault:
            raise Refused(422, fault)
        function = json.loads(raw)["fn_index"] if name is None else self._named[name][0]
        under_way = list(self._page._queue.event_ids_to_events.values())  # Gradio has no other way to ask
        if asker.counted and (said := crowding(under_way, asker.counted, function, self._services.settings.jobs)):
            raise Refused(429, said)


def named_endpoints(page: gr.Blocks) -> dict[str, tuple[int, list[str]]]:
    """Index and parameters of every public endpoint by name."""
    described = page.get_api_info()["named_endpoints"]
    return {
        fn.api_name: (fn._id, [parameter["parameter_name"] for parameter in described[f"/{fn.api_name}"]["parameters"]])
        for fn in page.fns.values()
        if fn.api_visibility == "public" and isinstance(fn.api_name, str)
    }


def own_page(headers: Headers) -> bool:
    """Whether a browser says that the request comes from a page of this server, or it is no browser's."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc in (headers.get("host"), headers.get("x-forwarded-host"))


def in_uploads(place: str) -> bool:
    """Whether a file lies among what people uploaded and downloads that handlers made."""
    try:
        return Path(place).resolve().is_relative_to(Path(get_upload_folder()).resolve())
    except (OSError, ValueError):
        return False


def check_length(headers: Headers, most: int) -> None:
    """Raises Refused where the announced body is too long, or nothing is announced."""
    length = headers.get("content-length", "")
    if not length.isdecimal():
        raise Refused(411, LENGTHLESS)
    if int(length) > most:
        raise Refused(
            413, N_("The request has {count:,} bytes; at most {most:,} are taken.", count=int(length), most=most)
        )


async def whole(receive: Receive, most: int) -> bytes:
    """The body, which the server has already held to its announced length. Raises Refused where the sender is gone."""
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect" or sum(map(len, parts)) > most:
            raise Refused(400, N_("The request broke off."))
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def again(raw: bytes, receive: Receive) -> Receive:
    """Hands out the body that was already read, then what ``receive`` has."""
    kept: list[Message] = [{"type": "http.request", "body": raw, "more_body": False}]

    async def replay() -> Message:
        return kept.pop() if kept else await receive()

    return replay
