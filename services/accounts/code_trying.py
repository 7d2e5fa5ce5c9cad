"""Trying a one-time code: five times at most, and fewer where many wrong ones came in a week."""

import hmac
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from services.accounts.domain.contacts import Contact
from services.accounts.domain.login_codes import (
    MOST_TRIES,
    MOST_WRONG_A_WEEK,
    TRIES_UNDER_ATTACK,
    Purpose,
    wrong_codes_index,
)
from services.accounts.domain.session_tokens import hash_token
from services.accounts.keys import CODES, CONTACTS
from shared.core.ids import random_token
from shared.db import Connection, fetch_first
from shared.http.keys import IDS


@dataclass(frozen=True, slots=True)
class Try:
    """A code as somebody typed it, for a contact; with the attempt that it was asked for by."""

    contact: Contact
    code: str
    attempt: str | None
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Tried:
    """The code that a try is compared with."""

    id: UUID
    code_hash: bytes


# Parallel tries wait here for each other, and each sees the count of the one before: the sixth
# finds no row. The constraint says the same once more.
COUNT_TRY: Final = """
    update login_codes
    set tries = tries + 1
    where attempt_hash = $3
        and contact_index = $1
        and purpose = $4
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
            where contact_index = $1 and purpose = $3
            order by sent_at desc
            limit 1
        )
        and open_tries < $2
        and used_at is null
        and expires_at > clock_timestamp()
    returning id, code_hash
"""
USE_CODE: Final = "update login_codes set used_at = clock_timestamp() where id = $1"
IS_UNDER_ATTACK: Final = """
    select exists (
        select from wrong_codes
        where contact_index = $1 and tries >= $2 and window_started_at > now() - interval '7 days'
    )
"""
COUNT_WRONG: Final = """
    insert into wrong_codes as kept (contact_index) values ($1)
    on conflict (contact_index) do update set
        tries = case
            when kept.window_started_at <= now() - interval '7 days' then 1
            else kept.tries + 1
        end,
        window_started_at = case
            when kept.window_started_at <= now() - interval '7 days' then now()
            else kept.window_started_at
        end
"""


async def accept_code(conn: Connection, app: web.Application, typed: Try) -> bool:
    """Tell whether a code is right; it is used up by that. Must be committed in both cases.

    After many wrong codes in a week each code takes one try, of whoever holds its attempt: the
    contact's owner reads the code and needs no second one, whoever guesses gets twenty a day.
    """
    index = app[CONTACTS].index(typed.contact)
    counted = wrong_codes_index(index, typed.purpose)
    is_attacked = await conn.fetchval(IS_UNDER_ATTACK, counted, MOST_WRONG_A_WEEK)
    if typed.attempt is None:
        most = 0 if is_attacked else MOST_TRIES
        tried = await fetch_first(conn, Tried, COUNT_OPEN_TRY, index, most, typed.purpose)
    else:
        most = TRIES_UNDER_ATTACK if is_attacked else MOST_TRIES
        attempt = hash_token(typed.attempt)
        tried = await fetch_first(conn, Tried, COUNT_TRY, index, most, attempt, typed.purpose)
    # A contact without a code costs the same work.
    compared = tried or Tried(app[IDS].new(), random_token().encode())
    given = app[CODES].hash(
        typed.code, code_id=compared.id, contact_index=index, purpose=typed.purpose
    )
    if not hmac.compare_digest(given, compared.code_hash):
        if tried is not None:
            await conn.execute(COUNT_WRONG, counted)
        return False
    await conn.execute(USE_CODE, compared.id)
    return True
