"""The server: sign-in and health beside the page, everything behind the guard."""

import socket
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Mount

from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.settings import Settings
from emodemo.web.annotating import annotating_routes
from emodemo.web.guard import Guard
from emodemo.web.headers import SecurityHeaders
from emodemo.web.health import health_routes
from emodemo.web.language import Language, PageLanguage, language_routes
from emodemo.web.oauth import oauth_routes
from emodemo.web.requests import Observe, RequestLog
from emodemo.web.reviewing import reviewing_routes
from emodemo.web.sessions import PageConfig
from emodemo.web.signing import COOKIE, session_secret, signing_routes

SESSIONS = 200  # whose state is kept, the newest
GRACE = 5  # seconds that a stopping server gives answers that are under way


def create_app(page: gr.Blocks, services: Services, *, observe: Observe | None = None, **look: Any) -> FastAPI:
    """The page with its ``look`` (theme, css, head) and everything around it, as one ASGI app."""
    settings = services.settings
    app = FastAPI(
        openapi_url=None,
        routes=[
            *signing_routes(services),
            *oauth_routes(services),
            *health_routes(services),
            *language_routes(settings),
            *annotating_routes(services),
            *reviewing_routes(services),
        ],
        middleware=[
            Middleware(RequestLog, observe=observe),
            Middleware(Language),
            Middleware(SecurityHeaders, settings=settings),
            Middleware(CORSMiddleware, allow_origins=()),  # also keeps Gradio from letting other pages in
            Middleware(
                SessionMiddleware,
                secret_key=session_secret(settings),
                session_cookie=COOKIE,
                max_age=round(settings.session_hours * 3600),
                same_site="none" if settings.space else "lax",  # on a Space the page is in Hugging Face's frame
                https_only=settings.secure,
            ),
            Middleware(Guard, services=services, page=page),
        ],
    )
    page.state_session_capacity = SESSIONS
    page.default_config = PageConfig.of(page)
    return gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=settings.server_name,
        server_port=settings.server_port,
        allowed_paths=[],
        blocked_paths=[str(settings.home)],
        show_error=False,
        enable_monitoring=False,
        max_file_size=settings.max_file_mb * 1_000_000,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        run_history=False,
        footer_links=["api"],
        app_kwargs={"middleware": [Middleware(PageLanguage)]},
        **look,
    )


def serve(app: FastAPI, settings: Settings) -> None:
    """Answer until stopped. Raises UserError where the address cannot be had."""
    with listen(settings) as listening:
        print(f"emodemo is at http://{settings.server_name}:{settings.server_port}", flush=True)
        server(app, settings).run([listening])


class Server(uvicorn.Server):
    """Ends the pages' endless streams first when it stops, instead of waiting for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for route in self.config.app.routes:  # type: ignore[union-attr]
            if isinstance(route, Mount):
                route.app.stop_event.set()  # type: ignore[attr-defined]
        await super().shutdown(sockets)


def server(app: FastAPI, settings: Settings) -> Server:
    """What answers for the app."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        loop="asyncio",  # whatever else is installed: what the tests attack is what runs
        http="h11",
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE,
    )
    return Server(config)


def listen(settings: Settings) -> socket.socket:
    """A socket that takes connections. Raises UserError."""
    family = socket.AF_INET6 if ":" in settings.server_name else socket.AF_INET
    try:
        listening = socket.create_server((settings.server_name, settings.server_port), family=family, backlog=2048)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio leaves it to whoever made the socket
        return listening
    except OSError as error:
        raise UserError(
            f"Cannot listen on {settings.server_name}:{settings.server_port} ({str(error.strerror).partition(' (while')[0]}); "
            "set GRADIO_SERVER_NAME or GRADIO_SERVER_PORT to another."
        ) from None
