"""Add a contact to one's account, in place of the one of its kind."""

from typing import Annotated, Final

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts.code_fields import SixDigits
from services.accounts.code_trying import Try, accept_code
from services.accounts.contact_body import ContactBody
from services.accounts.contact_changes import (
    Change,
    keep_in_office,
    record_change,
    take_contact,
    tell_contacts,
)
from services.accounts.domain.contacts import Contact
from services.accounts.errors import (
    ContactTaken,
    FreshSignInNeeded,
    LoginCodeNotAccepted,
    NamedBySetting,
)
from services.accounts.keys import CONTACTS, OFFICE
from services.accounts.me import MeView, read_me
from services.accounts.registration import still_owns
from services.accounts.second_factors import lock_factors
from shared.core.errors import FreshSecondFactorNeeded, NotFound
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.etags import Versioned
from shared.http.keys import DATABASE, VERIFIER
from shared.http.route import route


class ChangeContact(ContactBody):
    """The new contact, the code that was sent to it, and the attempt that it was asked for by."""

    code: SixDigits
    attempt: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] = Field(
        description="From the answer to `POST /v1/me/contact-codes`."
    )


HAS_ONE: Final = "select true from contact_points where account_id = $1 and channel = $2"
ADD: Final = """
    insert into contact_points (account_id, channel, address, blind_index)
    values ($1, $2, $3, $4)
    on conflict on constraint contact_points_one_account_per_address do nothing
    returning account_id
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/me/contacts",
    access=may("account.own"),
    status=201,
    errors=(
        NotFound,
        LoginCodeNotAccepted,
        ContactTaken,
        NamedBySetting,
        FreshSignInNeeded,
        FreshSecondFactorNeeded,
    ),
)
async def change_contact(
    request: web.Request, caller: Caller, body: ChangeContact
) -> Versioned[MeView]:
    """Take a contact into the caller's account, proved by the code that was sent to it.

    An account has one mail address and one phone at most, so the one of the same kind goes, and
    all other sessions of the account end with it; one by which a setting names the caller as the
    office's director stays. Every contact that the account had is told, the
    one that goes too. Asks for the same freshness as `POST /v1/me/contact-codes`.
    """
    app = request.app
    async with transaction(app[DATABASE]) as conn:
        await lock_factors(conn, caller)
    async with transaction(app[DATABASE]) as conn:
        typed = Try(body.contact, body.code, body.attempt, "contact")
        view = None
        # A wrong try returns, so that its count is committed. Codes come before accounts.
        if await accept_code(conn, app, typed):
            await lock_factors(conn, caller)
            await _change(conn, app, caller, body.contact)
            view = await read_me(conn, app[CONTACTS], caller.person)
    if view is None:
        raise LoginCodeNotAccepted
    await app[VERIFIER].revocations.refresh()
    _log.info("account.contact_changed", account_id=str(caller.person))
    return view


async def _change(conn: Connection, app: web.Application, caller: Caller, contact: Contact) -> None:
    """Put the contact in the place of the one of its kind. Raises ContactTaken, NamedBySetting."""
    contacts, account_id, channel = app[CONTACTS], caller.person, contact.channel
    if await still_owns(conn, contacts, contact, account_id):
        return
    index = contacts.index(contact)
    await keep_in_office(conn, account_id, channel, app[OFFICE], comes=index)
    replaces = await conn.fetchval(HAS_ONE, account_id, channel)
    change: Change = "replaced" if replaces else "added"
    await tell_contacts(conn, account_id, channel, change)
    await take_contact(conn, caller, channel)
    sealed = contacts.seal(contact, account_id)
    if await conn.fetchval(ADD, account_id, channel, sealed, index) is None:
        raise ContactTaken
    await record_change(conn, caller, channel, change)
