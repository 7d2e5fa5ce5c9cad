"""Where the venues service keeps what only it has: `request.app[BOOKINGS]`."""

from typing import Final

from aiohttp import web

from shared.http.client import ServiceClient
from shared.http.outbound import Outbound
from shared.http.outbound_urls import Exempt

# Asked as this service, never within a transaction.
BOOKINGS: Final = web.AppKey("bookings", ServiceClient)

# Calls other channels, and knows which hosts may be inside.
OUTBOUND: Final = web.AppKey("outbound", Outbound)
EXEMPT_HOSTS: Final[web.AppKey[frozenset[Exempt]]] = web.AppKey("exempt_hosts")
