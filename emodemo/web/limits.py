"""How much one user or one address may ask for; counted in memory, each server for itself."""

from collections.abc import Iterable
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from emodemo.settings import Settings
from emodemo.translation import N_

SIGN_INS = "sign-in"
WHAT = {"": N_("requests"), SIGN_INS: N_("sign-ins")}
WHOM = {"user": N_("user"), "address": N_("address")}


class Rates:
    """Requests in the last minute."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._most = {"user": settings.user_rate, "address": settings.address_rate, SIGN_INS: settings.sign_in_rate}

    def refusal(self, counted: str, kind: str = "") -> str | None:
        """Count a request of ``"user NAME"`` or ``"address A"``; one sentence once there are too many."""
        most = self._most[kind or counted.split(" ")[0]]
        if self._limiter.hit(RateLimitItemPerMinute(most), kind, counted):
            return None
        what, whom = WHAT[kind], WHOM[counted.split(" ")[0]]
        return N_(
            "Too many {what}: at most {most} a minute for one {whom}; try again in a minute.",
            what=what,
            most=most,
            whom=whom,
        )


def crowding(events: Iterable[Any], counted: str, function: int, most: int) -> str | None:
    """One sentence where ``counted`` already has ``most`` calls of the same handler under way or waiting."""
    mine = [
        event
        for event in events
        if event.fn._id == function and getattr(event.request.state, "counted", None) == counted
    ]
    if len(mine) < most:
        return None
    return N_(
        "{most} requests of this kind are already under way for you, which is the most at once; wait for one to end.",
        most=most,
    )
