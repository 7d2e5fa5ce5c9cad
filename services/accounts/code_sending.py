"""Sending a one-time code: counted by contact, network and day, kept as a hash, handed over."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.domain.contacts import Contact, country_of
from services.accounts.domain.login_codes import (
    LIFE_SECONDS,
    RESEND_AFTER_SECONDS,
    SENDS_A_DAY,
    Purpose,
    new_code,
)
from services.accounts.domain.session_tokens import hash_token
from services.accounts.keys import CODES, CONTACTS, MESSAGES, TEXT_LIMITS
from services.accounts.text_messages import NETWORK_BITS, count_text, take_text_back
from shared.core.errors import TooManyRequests, Unavailable
from shared.core.ids import random_token
from shared.core.localized import Language
from shared.db import Connection, fetch_first, fetch_one, transaction
from shared.http.client_address import client_network
from shared.http.keys import DATABASE, IDS
from shared.http.models import Reply
from shared.http.validation import invalid


class LoginCodeSent(Reply):
    """How long the code is good, and when another one may be asked for.

    `attempt` is a secret of whoever asked: with it, nobody else can use up the code's tries.
    """

    attempt: str
    expires_at: datetime
    resend_after_seconds: int


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code for one attempt, from one network; code and attempt show themselves nowhere."""

    code_id: UUID
    purpose: Purpose
    network: str = field(repr=False)
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
        values ($1, $8, now() + make_interval(secs => $6), now())
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
    where contact_index = $1 and purpose = $3
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


async def send_code(
    request: web.Request, contact: Contact, language: Language, purpose: Purpose
) -> LoginCodeSent:
    """Send a code to a contact, known or unknown alike.

    Raises TooManyRequests, ValidationFailed for a phone of a country that gets no text messages,
    and Unavailable where the message can't be sent; the code is void then.
    """
    app = request.app
    if (country := country_of(contact)) not in {None, *app[TEXT_LIMITS].countries}:
        raise invalid("body", "/phone", "phone_country", country=str(country))
    network = client_network(request, NETWORK_BITS)
    new = NewCode(app[IDS].new(), purpose, network, new_code(), random_token())
    async with transaction(app[DATABASE]) as conn:
        kept = await _keep(conn, app, contact, new)
    try:
        await app[MESSAGES].send(contact, new.code, language)
    except Unavailable:
        async with transaction(app[DATABASE]) as conn:
            await conn.execute(TAKE_BACK, new.code_id)
            if contact.channel == "phone":
                await take_text_back(conn, app, new.network)
        raise
    _log.info("login_code.sent", channel=contact.channel, purpose=purpose)
    return LoginCodeSent(
        attempt=new.attempt,
        expires_at=kept.expires_at,
        resend_after_seconds=RESEND_AFTER_SECONDS,
    )


async def _keep(conn: Connection, app: web.Application, contact: Contact, new: NewCode) -> Kept:
    index = app[CONTACTS].index(contact)
    code_hash = app[CODES].hash(
        new.code, code_id=new.code_id, contact_index=index, purpose=new.purpose
    )
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
        new.purpose,
    )
    if kept is None:
        wait = await fetch_one(conn, Wait, FIND_WAIT, index, SENDS_A_DAY, new.purpose)
        raise TooManyRequests(
            headers={"Retry-After": str(wait.seconds)}, retry_after_seconds=wait.seconds
        )
    # After the contact's own count, so that whoever asks twice too soon costs the network nothing.
    if contact.channel == "phone":
        await count_text(conn, app, new.network)
    return kept
