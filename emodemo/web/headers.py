"""Headers that tell a browser what the page may do."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emodemo.settings import Settings

HUGGING_FACE = "https://huggingface.co"
POLICY = {  # Gradio writes its configuration and styles into the page and makes functions of strings
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
SAME = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-resource-policy": "same-origin",
}


def security_headers(settings: Settings) -> dict[str, str]:
    """The page is shown in no frame but, on a Space, in Hugging Face's."""
    frames = f"'self' {HUGGING_FACE}" if settings.space else "'none'"
    policy = "; ".join(f"{name} {value}" for name, value in {**POLICY, "frame-ancestors": frames}.items())
    elsewhere = {} if settings.space else {"x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin"}
    return {**SAME, **elsewhere, "content-security-policy": policy}


class SecurityHeaders:
    """Adds them to every answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._headers = app, security_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
