"""Whether the server lives, and whether it can do its work."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from db.errors import StoreError
from emodemo import registry
from emodemo.services import Services


def health_routes(services: Services) -> list[Route]:
    """``/healthz`` answers while the process does; ``/readyz`` once database and model do, with 503 until then."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(_: Request) -> Response:
        try:
            await run_in_threadpool(registry.live_name, services.database)
        except StoreError:
            return JSONResponse({"ready": False, "reason": "The database does not answer."}, 503)
        return JSONResponse({"ready": True, "release": services.live.predictor.release})

    return [Route("/healthz", alive), Route("/readyz", ready)]
