"""Sign in with a one-time code."""

from dataclasses import dataclass
from typing import Annotated, Final

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts.code_fields import SixDigits
from services.accounts.code_trying import Try, accept_code
from services.accounts.contact_body import ContactBody
from services.accounts.domain.consents import is_too_young_for_account
from services.accounts.domain.contacts import Channel
from services.accounts.domain.second_factors import Method
from services.accounts.errors import (
    AccountDeactivated,
    ConsentTextOutdated,
    LoginCodeNotAccepted,
    PrivacyConsentNeeded,
    TooYoungForAccount,
)
from services.accounts.keys import CONTACTS
from services.accounts.opening import Shown, open_session, require_active
from services.accounts.registration import find_or_create_account, still_owns
from services.accounts.sessions import SessionView
from services.accounts.sign_in_consent import SignInConsent, agree, check_said
from shared.contracts.accounts import AccountRegistered
from shared.core.clock import today
from shared.core.localized import Language
from shared.db import Connection, fetch_first, transaction
from shared.http.access import may
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.problems import language_of
from shared.http.route import route
from shared.messaging import outbox

METHODS: Final[dict[Channel, Method]] = {"email": "email", "phone": "sms"}


class StartSession(SignInConsent, ContactBody):
    """A contact, the code that was sent to it, and the attempt that the code was asked for by."""

    code: SixDigits
    attempt: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = Field(
        None,
        description="From the answer to `POST /v1/login-codes`; without it the newest code counts.",
    )
    birth_year: Annotated[int, Field(ge=1900, le=2200)] | None = Field(
        None, description="Where the person says it; it is looked at and not kept."
    )

    def as_try(self) -> Try:
        """Return the code as it is tried."""
        return Try(self.contact, self.code, self.attempt, "login")


@dataclass(frozen=True, slots=True)
class Registered:
    """An account that has just signed in for the first time."""

    events_told: int


REGISTER: Final = """
    update accounts
    set registered_at = now(), events_told = events_told + 1, language = $2
    where id = $1 and registered_at is null
    returning events_told
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/sessions",
    access=may("sign_in"),
    status=201,
    errors=(
        LoginCodeNotAccepted,
        AccountDeactivated,
        ConsentTextOutdated,
        PrivacyConsentNeeded,
        TooYoungForAccount,
    ),
)
async def start_session(request: web.Request, body: StartSession) -> SessionView:
    """Sign in with a one-time code; a contact's first correct code registers its account.

    The access token is good for 15 minutes, the session token for 30 days. Somebody who works
    for an organisation or the office has a visitor's rights until they show a second factor
    (`POST /v1/sessions/second-factors`) or set one up. Every wrong code is
    answered alike, whatever is wrong about it, and counts as one of five tries. Tries without
    `attempt` are counted by themselves, so that they take none from the code's owner.
    A newcomer agrees to the privacy notice and says to be fourteen or older, in this request, and
    whoever agreed to an earlier version agrees to the current one; without that the answer is 409,
    and the code is still good. Whoever says to be under fourteen is refused: a parent books for
    them (PIPL articles 13, 14 and 31).
    """
    _check_age(request.app, body)
    check_said(request.app, body)
    async with transaction(request.app[DATABASE]) as conn:
        view = None
        # A wrong try returns, so that its count is committed.
        if await accept_code(conn, request.app, body.as_try()):
            view = await _sign_in(conn, request, body, language_of(request))
    if view is None:
        _log.info("login_code.not_accepted", channel=body.contact.channel)
        raise LoginCodeNotAccepted
    _log.info("session.started", account_id=str(view.account_id))
    return view


def _check_age(app: web.Application, body: StartSession) -> None:
    this_year = today(app[CLOCK]).year
    if body.birth_year is not None and is_too_young_for_account(body.birth_year, this_year):
        raise TooYoungForAccount


async def _sign_in(
    conn: Connection, request: web.Request, body: StartSession, language: Language
) -> SessionView:
    app, contact = request.app, body.contact
    account_id = await find_or_create_account(conn, app[CONTACTS], app[IDS], contact, language)
    await require_active(conn, account_id)
    # Whoever waited for the account may find that the contact has left it meanwhile.
    if not await still_owns(conn, app[CONTACTS], contact, account_id):
        raise LoginCodeNotAccepted
    await agree(conn, app, account_id, body)
    registered = await fetch_first(conn, Registered, REGISTER, account_id, language)
    if registered is not None:
        await outbox.add(
            conn,
            AccountRegistered(account_id=account_id),
            subject=account_id,
            version=registered.events_told,
        )
    return await open_session(conn, request, account_id, Shown(METHODS[contact.channel]))
