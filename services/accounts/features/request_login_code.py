"""Ask for a one-time code by e-mail or text message."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.contact_body import ContactBody
from services.accounts.domain.contacts import Contact
from services.accounts.domain.login_codes import (
    LIFE_SECONDS,
    RESEND_AFTER_SECONDS,
    SENDS_A_DAY,
    new_code,
)
from services.accounts.domain.session_tokens import hash_token
from services.accounts.keys import CODES, CONTACTS, MESSAGES
from shared.core.errors import TooManyRequests, Unavailable
from shared.core.ids import random_token
from shared.core.localized import Language
from shared.db import acquire, fetch_first, fetch_one
from shared.http.access import may
from shared.http.keys import DATABASE, IDS
from shared.http.models import Reply
from shared.http.problems import language_of
from shared.http.route import route


class RequestLoginCode(ContactBody):
    """Whom to send a code, and in which language (else that of Accept-Language)."""

    language: Language | None = None


class LoginCodeSent(Reply):
    """How long the code is good, and when another one may be asked for.

    `attempt` is a secret of whoever asked: with it, nobody else can use up the code's tries.
    """

    attempt: str
    expires_at: datetime
    resend_after_seconds: int


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code for one attempt to sign in; neither shows itself in logs or errors."""

    code_id: UUID
    code: str = field(repr=False)
    attempt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A code that was written down."""

    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """How long this contact has to wait, in seconds."""

    seconds: int


# One statement: whoever asks at the same time waits for the row and finds it just sent.
KEEP: Final = """
    with counted as (
        insert into login_code_sends as kept (
            contact_index, purpose, next_send_at, window_started_at
        )
        values ($1, 'login', now() + make_interval(secs => $6), now())
        on conflict (contact_index, purpose) do update set
            next_send_at = excluded.next_send_at,
            window_started_at = case
                when kept.window_started_at <= now() - interval '1 day' then now()
                else kept.window_started_at
            end,
            sends_in_window = case
                when kept.window_started_at <= now() - interval '1 day' then 1
                else kept.sends_in_window + 1
            end
        where kept.next_send_at <= now()
            and (
                kept.sends_in_window < $7
                or kept.window_started_at <= now() - interval '1 day'
            )
        returning contact_index, purpose
    )
    insert into login_codes (
        id, contact_index, purpose, attempt_hash, code_hash, sent_at, expires_at
    )
    select $2, contact_index, purpose, $3, $4, now(), now() + make_interval(secs => $5)
    from counted
    returning expires_at
"""
FIND_WAIT: Final = """
    select greatest(1, ceil(extract(epoch from greatest(
        next_send_at,
        case when sends_in_window >= $2 then window_started_at + interval '1 day' end
    ) - clock_timestamp())))::integer as seconds
    from login_code_sends
    where contact_index = $1 and purpose = 'login'
"""
# A message that was not taken over is not counted and may be asked for again at once.
TAKE_BACK: Final = """
    with gone as (
        delete from login_codes where id = $1 returning contact_index, purpose
    )
    update login_code_sends
    set next_send_at = now(), sends_in_window = greatest(sends_in_window - 1, 0)
    where (contact_index, purpose) in (select contact_index, purpose from gone)
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/login-codes",
    access=may("sign_in"),
    status=202,
    errors=(TooManyRequests, Unavailable),
)
async def request_login_code(request: web.Request, body: RequestLoginCode) -> LoginCodeSent:
    """Send a one-time code of six digits, good for five minutes, five tries and one use.

    The answer's `attempt` goes with the code to `POST /v1/sessions`. Codes that somebody else
    asks for leave it alone; without it only the newest code counts. The answer is the same
    whether the contact has an account or not. One code every 30 seconds and twenty a day go to
    one contact; beyond that the answer is 429 with Retry-After. Where the message can't be sent
    the answer is 503, and the code is void.
    """
    new = NewCode(request.app[IDS].new(), new_code(), random_token())
    kept = await _keep(request.app, body.contact, new)
    try:
        await request.app[MESSAGES].send(
            body.contact, new.code, body.language or language_of(request)
        )
    except Unavailable:
        async with acquire(request.app[DATABASE]) as conn:
            await conn.execute(TAKE_BACK, new.code_id)
        raise
    _log.info("login_code.sent", channel=body.contact.channel)
    return LoginCodeSent(
        attempt=new.attempt,
        expires_at=kept.expires_at,
        resend_after_seconds=RESEND_AFTER_SECONDS,
    )


async def _keep(app: web.Application, contact: Contact, new: NewCode) -> Kept:
    index = app[CONTACTS].index(contact)
    code_hash = app[CODES].hash(new.code, code_id=new.code_id, contact_index=index, purpose="login")
    async with acquire(app[DATABASE]) as conn:
        kept = await fetch_first(
            conn,
            Kept,
            KEEP,
            index,
            new.code_id,
            hash_token(new.attempt),
            code_hash,
            LIFE_SECONDS,
            RESEND_AFTER_SECONDS,
            SENDS_A_DAY,
        )
        if kept is not None:
            return kept
        wait = await fetch_one(conn, Wait, FIND_WAIT, index, SENDS_A_DAY)
    raise TooManyRequests(
        headers={"Retry-After": str(wait.seconds)}, retry_after_seconds=wait.seconds
    )
