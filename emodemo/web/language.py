"""Which language a request is answered in: the one chosen on the page, which a cookie keeps, else the browser's."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emodemo.settings import Settings
from emodemo.translation import DEFAULT, LANGUAGE, LANGUAGES, chosen, speaking

COOKIE = "language"
YEAR = 365 * 24 * 3600


class Language:
    """Tells everything behind it, and the request's state as ``language``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        language = chosen(connection.cookies.get(COOKIE), connection.headers.get("accept-language", ""))
        scope.setdefault("state", {})["language"] = language
        with speaking(language):
            await self._app(scope, receive, send)


class PageLanguage:
    """Puts the language into Gradio's page, which comes in one piece. Stands inside Gradio, before it compresses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.append(message)
                return
            if held:
                start, message = held.pop(), {**message, "body": spoken(message.get("body", b""), LANGUAGE.get())}
                headers = MutableHeaders(scope=start)
                headers.add_vary_header("Accept-Language, Cookie")
                if message["body"] and "content-length" in headers:
                    headers["content-length"] = str(len(message["body"]))
                await send(start)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" and scope["path"] == "/" else send)


def spoken(body: bytes, language: str) -> bytes:
    """The page's HTML with its language, for readers and for Gradio's own words, which follow ``navigator.language``."""
    script = f'<script>Object.defineProperty(navigator, "language", {{ value: "{language}" }});</script>'
    marked = body.replace(b'lang="en"', f'lang="{language}"'.encode(), 1)
    return marked.replace(b"<head>", f"<head>{script}".encode(), 1)


def language_routes(settings: Settings) -> list[Route]:
    """``/language``, which the switch in the header posts to."""
    kept: Mapping[str, Any] = {"samesite": "none" if settings.space else "lax", "secure": settings.secure}

    async def choose(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=1)
        wanted = str(form.get("language", ""))
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, wanted if wanted in LANGUAGES else DEFAULT, max_age=YEAR, httponly=True, **kept)
        return answer

    return [Route("/language", choose, methods=["POST"])]
