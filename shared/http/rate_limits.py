"""How often one caller may ask: a limit for each class of routes, and 429 beyond it (RFC 6585).

A signed-in caller is known by their account, everybody else by their address (an IPv4 address, or
an IPv6 network: `client_network`). Our own services have no limit. Each process counts for
itself, so several that share a port let through as many times as much: the limits hold off
floods, they are no quota (docs/adr/0026).
"""

import math
import time
from collections.abc import Mapping
from typing import Final, Literal

from aiohttp import web
from limits import RateLimitItem, parse
from limits.strategies import FixedWindowRateLimiter

from shared.core.errors import TooManyRequests
from shared.core.settings import ServiceSettings
from shared.http.access import Caller
from shared.http.client_address import client_network
from shared.http.rate_counters import Counters

# `sign_in`: whatever tries secrets; `read` and `write`: by the method; `heavy`: what makes the
# service work for long, such as uploads, exports and files.
RateClass = Literal["sign_in", "read", "write", "heavy"]

_SECRETS: Final = frozenset({"sign_in", "service.token", "order.look_up"})


class RateLimits:
    """Counts the requests of each caller in each class, in this process."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._limits: Mapping[RateClass, RateLimitItem] = {
            "sign_in": parse(settings.rate_limit_sign_in),
            "read": parse(settings.rate_limit_read),
            "write": parse(settings.rate_limit_write),
            "heavy": parse(settings.rate_limit_heavy),
        }
        self._counter = FixedWindowRateLimiter(Counters())

    def count(self, rate_class: RateClass, who: str) -> None:
        """Count a request. Raises TooManyRequests, with the seconds until the next may come."""
        limit = self._limits[rate_class]
        if not self._counter.hit(limit, rate_class, who):
            reset = self._counter.get_window_stats(limit, rate_class, who).reset_time
            seconds = max(1, math.ceil(reset - time.time()))
            raise TooManyRequests(
                headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds
            )


RATE_LIMITS: Final = web.AppKey("rate_limits", RateLimits)


def class_of(method: str, permission: str) -> RateClass:
    """Return the class of a route that names none, by its method and its permission."""
    if permission in _SECRETS:
        return "sign_in"
    return "read" if method == "GET" else "write"


def count_request(request: web.Request, rate_class: RateClass, caller: Caller | None) -> None:
    """Count a request of a caller. Raises TooManyRequests."""
    if caller is not None and caller.service is not None:
        return
    who = client_network(request) if caller is None else caller.key
    request.app[RATE_LIMITS].count(rate_class, who)
