"""Signing in and out: a page of its own, and a signed cookie that scripts cannot read."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from db.errors import StoreError
from emodemo import accounts, templates
from emodemo.errors import EXPECTED
from emodemo.handling import sentence
from emodemo.services import Services
from emodemo.settings import Settings

LOG = logging.getLogger(__name__)
COOKIE = "emodemo"
Endpoint = Callable[[Request], Awaitable[Response]]


def session_secret(settings: Settings) -> str:
    """What signs the cookies: the setting, or one made once, readable by nobody else. Raises StoreError."""
    if given := settings.secret.get_secret_value():
        return given
    file = settings.home / "secret"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            fresh = file.with_name(f"secret.{secrets.token_hex(4)}")
            fresh.touch(mode=0o600, exist_ok=False)
            fresh.write_text(secrets.token_urlsafe(32), encoding="ascii")
            fresh.rename(file)
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise StoreError("{file} cannot be kept ({why}); set EMODEMO_SECRET.", file=file, why=error.strerror) from None


def signing_routes(services: Services) -> list[Route]:
    """``/login`` and ``/logout``."""
    return [
        Route("/login", _bound(show_page, services), methods=["GET"]),
        Route("/login", _bound(sign_in, services), methods=["POST"]),
        Route("/logout", _bound(sign_out, services), methods=["POST"]),
    ]


def _bound(handler: Callable[..., Awaitable[Response]], services: Services) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await handler(services, request)

    return endpoint


def page(services: Services, message: str = "", status: int = 200, typed: str = "") -> HTMLResponse:
    """The form, with what went wrong and the name that was typed."""
    form = templates.page("login.html", message=message, typed=typed, hub=bool(services.settings.oauth_client))
    return HTMLResponse(form, status)


async def show_page(services: Services, _: Request) -> Response:
    """The form."""
    return page(services)


async def sign_in(services: Services, request: Request) -> Response:
    """Check name and password; a new session, or the form with one sentence."""
    form = await request.form(max_files=0, max_fields=4)
    name, password = (str(form.get(field, "")) for field in ("name", "password"))
    check = partial(accounts.sign_in, services.database, services.settings, name.strip(), password)
    try:
        found = await run_in_threadpool(check)
    except StoreError as error:
        LOG.warning("No sign-in is possible: %s", error)
        return page(services, sentence(error), 503, name)
    except EXPECTED as error:
        LOG.warning("Refused: a sign-in as %r.", name[:100])
        return page(services, sentence(error), 401, name)
    LOG.info("%s signed in.", found.name)
    return enter(request, accounts.remembered(found))


def enter(request: Request, remembered: dict[str, object]) -> Response:
    """To the page with a fresh session: nothing of an older one stays."""
    request.session.clear()
    request.session.update(remembered)
    return RedirectResponse("/", 303)


async def sign_out(_: Services, request: Request) -> Response:
    """To the page without a session."""
    request.session.clear()
    return RedirectResponse("/", 303)
