"""Who is calling: the bearer token of a request (RFC 6750), judged by the route's access rule."""

from aiohttp import web

from shared.core.errors import FreshSecondFactorNeeded, NotAllowed, NotSignedIn
from shared.core.permissions import FRESH_MINUTES
from shared.http.access import Access, Caller
from shared.http.keys import CLOCK, VERIFIER


async def caller_of(request: web.Request) -> Caller | None:
    """Return the token's caller, or None for a request without a token.

    Raises NotSignedIn for a token that is not good, and Unavailable where that can't be told.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn
    return await request.app[VERIFIER].verify(token.strip())


async def admit(request: web.Request, access: Access) -> Caller | None:
    """Return the caller where the rule lets them in.

    Raises NotSignedIn, NotAllowed, and FreshSecondFactorNeeded for somebody who may do it after
    showing a second factor once more.
    """
    caller = await caller_of(request)
    if not access.allows(caller):
        raise NotSignedIn if caller is None else NotAllowed
    if access.needs_fresh_second_factor(request.method):
        now = request.app[CLOCK].now()
        if caller is None or not caller.has_fresh_second_factor(now):
            raise FreshSecondFactorNeeded(minutes=FRESH_MINUTES)
    return caller
