"""Sign in with a one-time code."""

import hmac
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import Field

from services.accounts import consents
from services.accounts.code_fields import SixDigits
from services.accounts.consents import TextVersion
from services.accounts.contact_body import ContactBody
from services.accounts.domain.consents import is_too_young_for_account
from services.accounts.domain.contacts import Channel, Contact
from services.accounts.domain.login_codes import MOST_TRIES
from services.accounts.domain.second_factors import Method
from services.accounts.domain.session_tokens import hash_token
from services.accounts.errors import (
    AccountDeactivated,
    ConsentTextOutdated,
    LoginCodeNotAccepted,
    TooYoungForAccount,
)
from services.accounts.keys import CODES, CONSENT_TEXTS, CONTACTS
from services.accounts.opening import Shown, open_session, require_active
from services.accounts.registration import find_or_create_account
from services.accounts.sessions import SessionView
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


class StartSession(ContactBody):
    """A contact, the code that was sent to it, and the attempt that the code was asked for by."""

    code: SixDigits
    attempt: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = Field(
        None,
        description="From the answer to `POST /v1/login-codes`; without it the newest code counts.",
    )
    accepted_privacy_version: TextVersion | None = Field(
        None,
        description="The version of the privacy notice that the person has just agreed to.",
    )
    birth_year: Annotated[int, Field(ge=1900, le=2200)] | None = Field(
        None, description="Where the person says it; it is looked at and not kept."
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """The code that a try is compared with."""

    id: UUID
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class Registered:
    """An account that has just signed in for the first time."""

    events_told: int


# Parallel tries wait here for each other, and each sees the count of the one before: the sixth
# finds no row. The constraint says the same once more.
COUNT_TRY: Final = """
    update login_codes
    set tries = tries + 1
    where attempt_hash = $3
        and contact_index = $1
        and purpose = 'login'
        and tries < $2
        and used_at is null
        and expires_at > clock_timestamp()
    returning id, code_hash
"""
# Anybody can try who knows a contact. That costs the holder of the attempt none of their tries.
COUNT_OPEN_TRY: Final = """
    update login_codes
    set open_tries = open_tries + 1
    where id = (
            select id
            from login_codes
            where contact_index = $1 and purpose = 'login'
            order by sent_at desc
            limit 1
        )
        and open_tries < $2
        and used_at is null
        and expires_at > clock_timestamp()
    returning id, code_hash
"""
USE_CODE: Final = "update login_codes set used_at = clock_timestamp() where id = $1"
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
    errors=(LoginCodeNotAccepted, AccountDeactivated, ConsentTextOutdated, TooYoungForAccount),
)
async def start_session(request: web.Request, body: StartSession) -> SessionView:
    """Sign in with a one-time code; a contact's first correct code registers its account.

    The access token is good for 15 minutes, the session token for 30 days. Somebody who works
    for an organisation or the office has a visitor's rights until they show a second factor
    (`POST /v1/sessions/second-factors`) or set one up. Every wrong code is
    answered alike, whatever is wrong about it, and counts as one of five tries. Tries without
    `attempt` are counted by themselves, so that they take none from the code's owner.
    Whoever says to be under fourteen is refused: a parent books for them (PIPL article 31).
    """
    _check_consent(request.app, body)
    async with transaction(request.app[DATABASE]) as conn:
        view = None
        # A wrong try returns, so that its count is committed.
        if await _accept_code(conn, request.app, body):
            view = await _sign_in(conn, request, body.contact, language_of(request))
            if body.accepted_privacy_version is not None:
                await consents.agree_once(
                    conn,
                    request.app[IDS].new(),
                    view.account_id,
                    "privacy",
                    body.accepted_privacy_version,
                )
    if view is None:
        _log.info("login_code.not_accepted", channel=body.contact.channel)
        raise LoginCodeNotAccepted
    _log.info("session.started", account_id=str(view.account_id))
    return view


def _check_consent(app: web.Application, body: StartSession) -> None:
    """Refuse before the code is looked at, so that the answer tells nothing about an account."""
    this_year = today(app[CLOCK]).year
    if body.birth_year is not None and is_too_young_for_account(body.birth_year, this_year):
        raise TooYoungForAccount
    current = app[CONSENT_TEXTS].current("privacy").version
    if body.accepted_privacy_version not in (None, current):
        raise ConsentTextOutdated(version=current)


async def _accept_code(conn: Connection, app: web.Application, body: StartSession) -> bool:
    index = app[CONTACTS].index(body.contact)
    if body.attempt is None:
        tried = await fetch_first(conn, Tried, COUNT_OPEN_TRY, index, MOST_TRIES)
    else:
        attempt = hash_token(body.attempt)
        tried = await fetch_first(conn, Tried, COUNT_TRY, index, MOST_TRIES, attempt)
    # A contact without a code costs the same work.
    compared = tried or Tried(app[IDS].new(), b"")
    given = app[CODES].hash(body.code, code_id=compared.id, contact_index=index, purpose="login")
    if not hmac.compare_digest(given, compared.code_hash):
        return False
    await conn.execute(USE_CODE, compared.id)
    return True


async def _sign_in(
    conn: Connection, request: web.Request, contact: Contact, language: Language
) -> SessionView:
    app = request.app
    account_id = await find_or_create_account(conn, app[CONTACTS], app[IDS], contact, language)
    await require_active(conn, account_id)
    registered = await fetch_first(conn, Registered, REGISTER, account_id, language)
    if registered is not None:
        await outbox.add(
            conn,
            AccountRegistered(account_id=account_id),
            subject=account_id,
            version=registered.events_told,
        )
    return await open_session(conn, request, account_id, Shown(METHODS[contact.channel]))
