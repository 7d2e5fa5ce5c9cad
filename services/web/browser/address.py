"""Where a visitor comes from goes along with whatever their page asks of the services."""

from aiohttp import web
from aiohttp.typedefs import Handler

from shared.http.client_address import client_address
from shared.http.on_behalf import on_behalf_of


@web.middleware
async def pass_on_address(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ask on behalf of the visitor's address while their page is made."""
    with on_behalf_of(client_address(request)):
        return await handler(request)
