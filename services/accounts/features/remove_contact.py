"""Remove a contact from one's account."""

from typing import Final

import structlog
from aiohttp import web

from services.accounts.contact_changes import (
    keep_in_office,
    record_change,
    take_contact,
    tell_contacts,
)
from services.accounts.domain.contacts import Channel
from services.accounts.errors import FreshSignInNeeded, LastContact, NamedBySetting
from services.accounts.keys import OFFICE
from services.accounts.second_factors import lock_factors
from shared.core.errors import FreshSecondFactorNeeded, NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE, VERIFIER
from shared.http.models import Path
from shared.http.route import route


class ContactPath(Path):
    """Which of the two."""

    channel: Channel


IS_LAST: Final = """
    select not exists (select from contact_points where account_id = $1 and channel <> $2)
"""

_log: Final = structlog.get_logger()


@route(
    "DELETE",
    "/v1/me/contacts/{channel}",
    access=may("account.own"),
    errors=(NotFound, LastContact, NamedBySetting, FreshSignInNeeded, FreshSecondFactorNeeded),
)
async def remove_contact(request: web.Request, caller: Caller, path: ContactPath) -> None:
    """Remove the caller's mail address or phone; the last of the two stays.

    So does one by which a setting names the caller as the office's director. All other sessions of
    the account end, and both contacts are told. Asks for the same freshness
    as `POST /v1/me/contact-codes`.
    """
    channel = path.channel
    async with transaction(request.app[DATABASE]) as conn:
        await lock_factors(conn, caller)
        if await conn.fetchval(IS_LAST, caller.person, channel):
            raise LastContact
        await keep_in_office(conn, caller.person, channel, request.app[OFFICE])
        await tell_contacts(conn, caller.person, channel, "removed")
        if not await take_contact(conn, caller, channel):
            # Nothing is told of what did not happen: the transaction ends here.
            raise NotFound
        await record_change(conn, caller, channel, "removed")
    await request.app[VERIFIER].revocations.refresh()
    _log.info("account.contact_removed", account_id=str(caller.person))
