"""Publish the keys by which everybody checks access tokens."""

from typing import Final

from aiohttp import web

from services.accounts.keys import SIGNER
from shared.http.access import may
from shared.http.route import route

# A key that is to sign is published this long before it signs.
MAX_AGE_SECONDS: Final = 300


@route("GET", "/.well-known/jwks.json", access=may("public.read"))
async def publish_keys(request: web.Request) -> web.Response:
    """Publish the public keys as a JSON Web Key Set (RFC 7517)."""
    return web.json_response(
        {"keys": request.app[SIGNER].public_keys()},
        headers={"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"},
    )
