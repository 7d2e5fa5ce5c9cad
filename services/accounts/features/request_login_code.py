"""Ask for a one-time code by e-mail or text message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.contact_body import ContactBody
from services.accounts.domain.login_codes import (
    LIFE_SECONDS,
    RESEND_AFTER_SECONDS,
    SENDS_A_DAY,
    new_code,
)
from services.accounts.keys import CODES, CONTACTS, MESSAGES
from shared.core.errors import TooManyRequests, Unavailable
from shared.core.localized import Language
from shared.db import acquire, fetch_first, fetch_one
from shared.http.access import PUBLIC
from shared.http.keys import DATABASE, IDS
from shared.http.models import Reply
from shared.http.problems import language_of
from shared.http.route import route


class RequestLoginCode(ContactBody):
    """Whom to send a code, and in which language (else that of Accept-Language)."""

    language: Language | None = None


class LoginCodeSent(Reply):
    """How long the code is good, and when another one may be asked for."""

    expires_at: datetime
    resend_after_seconds: int


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
    insert into login_codes as kept (
        contact_index, purpose, id, code_hash, sent_at, expires_at, window_started_at
    )
    values ($1, 'login', $2, $3, now(), now() + make_interval(secs => $4), now())
    on conflict (contact_index, purpose) do update set
        id = excluded.id,
        code_hash = excluded.code_hash,
        tries = 0,
        sent_at = excluded.sent_at,
        expires_at = excluded.expires_at,
        used_at = null,
        voided_at = null,
        window_started_at = case
            when kept.window_started_at <= now() - interval '1 day' then now()
            else kept.window_started_at
        end,
        sends_in_window = case
            when kept.window_started_at <= now() - interval '1 day' then 1
            else kept.sends_in_window + 1
        end
    where (kept.voided_at is not null or kept.sent_at <= now() - make_interval(secs => $5))
        and (
            kept.sends_in_window < $6
            or kept.window_started_at <= now() - interval '1 day'
        )
    returning expires_at
"""
FIND_WAIT: Final = """
    select greatest(1, ceil(extract(epoch from greatest(
        sent_at + make_interval(secs => $2),
        case when sends_in_window >= $3 then window_started_at + interval '1 day' end
    ) - clock_timestamp())))::integer as seconds
    from login_codes
    where contact_index = $1 and purpose = 'login'
"""
# A message that was not taken over is not counted and may be asked for again at once.
VOID: Final = """
    update login_codes
    set voided_at = clock_timestamp(), sends_in_window = sends_in_window - 1
    where contact_index = $1 and purpose = 'login' and id = $2 and voided_at is null
"""

_log: Final = structlog.get_logger()


@route(
    "POST",
    "/v1/login-codes",
    access=PUBLIC,
    status=202,
    errors=(TooManyRequests, Unavailable),
)
async def request_login_code(request: web.Request, body: RequestLoginCode) -> LoginCodeSent:
    """Send a one-time code of six digits, good for five minutes, five tries and one use.

    The newest code replaces the ones before. The answer is the same whether the contact has an
    account or not. One code every 30 seconds and ten a day go to one contact; beyond that the
    answer is 429 with Retry-After. Where the message can't be sent the answer is 503, and the
    code is void.
    """
    contact_index = request.app[CONTACTS].index(body.contact)
    code, code_id = new_code(), request.app[IDS].new()
    kept = await _keep(request.app, contact_index, code_id, code)
    try:
        await request.app[MESSAGES].send(body.contact, code, body.language or language_of(request))
    except Unavailable:
        async with acquire(request.app[DATABASE]) as conn:
            await conn.execute(VOID, contact_index, code_id)
        raise
    _log.info("login_code.sent", channel=body.contact.channel)
    return LoginCodeSent(expires_at=kept.expires_at, resend_after_seconds=RESEND_AFTER_SECONDS)


async def _keep(app: web.Application, contact_index: bytes, code_id: UUID, code: str) -> Kept:
    code_hash = app[CODES].hash(code, code_id=code_id, contact_index=contact_index, purpose="login")
    async with acquire(app[DATABASE]) as conn:
        kept = await fetch_first(
            conn,
            Kept,
            KEEP,
            contact_index,
            code_id,
            code_hash,
            LIFE_SECONDS,
            RESEND_AFTER_SECONDS,
            SENDS_A_DAY,
        )
        if kept is not None:
            return kept
        wait = await fetch_one(
            conn, Wait, FIND_WAIT, contact_index, RESEND_AFTER_SECONDS, SENDS_A_DAY
        )
    raise TooManyRequests(
        headers={"Retry-After": str(wait.seconds)}, retry_after_seconds=wait.seconds
    )
