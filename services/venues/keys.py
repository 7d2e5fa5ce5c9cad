"""Where the venues service keeps what only it has: `request.app[BOOKINGS]`."""

from typing import Final

from aiohttp import web

from shared.http.client import ServiceClient

# Asked as this service, never within a transaction.
BOOKINGS: Final = web.AppKey("bookings", ServiceClient)
