"""Ask for a code that proves that a further contact is one's own."""

from aiohttp import web

from services.accounts.code_sending import LoginCodeSent, send_code
from services.accounts.contact_body import ContactBody
from services.accounts.contact_changes import keep_in_office
from services.accounts.errors import FreshSignInNeeded, NamedBySetting
from services.accounts.keys import CONTACTS, OFFICE
from services.accounts.second_factors import lock_factors
from shared.core.errors import FreshSecondFactorNeeded, TooManyRequests, Unavailable
from shared.core.localized import Language
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.problems import language_of
from shared.http.route import route


class RequestContactCode(ContactBody):
    """The new contact, and in which language it is written to (else that of Accept-Language)."""

    language: Language | None = None


@route(
    "POST",
    "/v1/me/contact-codes",
    access=may("account.own"),
    status=202,
    errors=(
        NamedBySetting,
        FreshSignInNeeded,
        FreshSecondFactorNeeded,
        TooManyRequests,
        Unavailable,
    ),
)
async def request_contact_code(
    request: web.Request, caller: Caller, body: RequestContactCode
) -> LoginCodeSent:
    """Send a one-time code to a contact that the caller wants to sign in with from now on.

    Asked of whoever has shown their second factor within ten minutes, or, where the account has
    none, signed in within a quarter of an hour. What would be refused to a director who is named by
    a setting is refused here, before anybody waits for a code. Codes are limited like those for
    signing in; the answer is the same whether the contact has an account or not.
    """
    app, contact = request.app, body.contact
    async with transaction(app[DATABASE]) as conn:
        await lock_factors(conn, caller)
        comes = app[CONTACTS].index(contact)
        await keep_in_office(conn, caller.person, contact.channel, app[OFFICE], comes=comes)
    language = body.language or language_of(request)
    return await send_code(request, contact, language, "contact")
