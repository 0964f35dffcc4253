"""Signing in through Hugging Face, where a Space turned it on: whoever an admin added by their name there comes in."""

import logging
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from db import annotators, events
from db.engine import Database
from db.records import Annotator
from emodemo import accounts
from emodemo.errors import EXPECTED, UserError
from emodemo.handling import sentence
from emodemo.services import Services
from emodemo.settings import Settings
from emodemo.translation import N_, translated
from emodemo.web.signing import enter, page

LOG = logging.getLogger(__name__)
FAILED = N_("Hugging Face did not confirm who you are; try again.")


def oauth_routes(services: Services) -> list[Route]:
    """``/login/huggingface`` and ``/login/callback``; none where Hugging Face gave this app no client."""
    if not services.settings.oauth_client:
        return []
    client = _client(services.settings)

    async def ask(request: Request) -> Response:
        answer: Response = await client.authorize_redirect(request, _callback(services.settings, request))
        return answer

    async def answered(request: Request) -> Response:
        return await _enter(services, client, request)

    return [Route("/login/huggingface", ask, name="ask"), Route("/login/callback", answered, name="answered")]


def _client(settings: Settings) -> Any:
    from authlib.integrations.starlette_client import OAuth

    return OAuth().register(
        name="huggingface",
        client_id=settings.oauth_client,
        client_secret=settings.oauth_secret.get_secret_value(),
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
        server_metadata_url=f"{settings.oauth_provider.rstrip('/')}/.well-known/openid-configuration",
    )


def _callback(settings: Settings, request: Request) -> str:
    host = settings.space_host.split(",")[0].strip()  # a Space with a domain of its own names both
    return f"https://{host}/login/callback" if host else str(request.url_for("answered"))


async def _enter(services: Services, client: Any, request: Request) -> Response:
    from authlib.common.errors import AuthlibBaseError
    from httpx import HTTPError
    from joserfc.errors import JoseError

    try:
        token = await client.authorize_access_token(request)
        name = token["userinfo"]["preferred_username"]
    except (AuthlibBaseError, HTTPError, JoseError, KeyError):
        return page(services, translated(FAILED), 401)
    try:
        found = await run_in_threadpool(hub_annotator, services.database, services.settings, name)
    except EXPECTED as error:
        LOG.warning("Refused: a sign-in of the Hugging Face user %r.", name)
        return page(services, sentence(error), 403)
    await run_in_threadpool(_note, services.database, found)
    LOG.info("%s signed in through Hugging Face.", found.name)
    return enter(request, accounts.remembered(found))


def _note(database: Database, found: Annotator) -> None:
    with database.write() as session:
        accounts.note_sign_in(session, found)


def hub_annotator(database: Database, settings: Settings, hub_name: str) -> Annotator:
    """Who was added under this Hugging Face name; a setting's admins are added here. Raises UserError, StoreError."""
    with database.read() as session:
        found = annotators.find(session, hub_name=hub_name)
    if found is None and hub_name in settings.admins.replace(" ", "").split(","):
        return accounts.add(database, hub_name, "admin", password=None, hub_name=hub_name, actor=events.APP)
    if found is None or found.disabled:
        raise UserError("The Hugging Face user {name} has no account here; ask an admin to add you.", name=hub_name)
    return found
