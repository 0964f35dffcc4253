"""Every request gets an id, a line in the log and, where metrics are on, its time measured."""

import logging
import time
from collections.abc import Callable
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emodemo.logs import REQUEST
from emodemo.web import doors

LOG = logging.getLogger(__name__)
Observe = Callable[[str, int, float], None]


class RequestLog:
    """``observe`` is given the kind of door, the status and the seconds until the answer begins."""

    def __init__(self, app: ASGIApp, observe: Observe | None) -> None:
        self._app, self._observe = app, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, name = time.perf_counter(), uuid4().hex[:16]
        scope.setdefault("state", {})["request_id"] = name
        token = REQUEST.set(name)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = name
                self._note(scope, message["status"], time.perf_counter() - started)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            REQUEST.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        found = doors.find(scope["method"], scope["path"])
        kind = found[0].kind if found else "none"
        if self._observe:
            self._observe(kind, status, seconds)
        if kind in ("still", "poll"):
            return
        person = scope["state"].get("person")
        facts = {"method": scope["method"], "path": scope["path"][:200], "status": status}
        facts |= {"milliseconds": round(1000 * seconds, 1), "person": person.name if person else None}
        LOG.info("%s %s %s", scope["method"], facts["path"], status, extra=facts)
