"""Forgetting people: their orders stay, what names them goes (docs/domain.md rule 14).

An erased contact is stored as no bytes at all; nothing has to be sealed to erase it.
"""

from typing import Final
from uuid import UUID

from services.bookings.waiting.waiting_list import end_entries, lock_entries
from shared.db import Connection

NOTE: Final = """
insert into erased_accounts (account_id) values ($1) on conflict (account_id) do nothing
"""
ERASE_CONTACTS: Final = """
update orders set contact_sealed = '' where account_id = $1 and contact_sealed <> ''
"""
FIND_WAITING: Final = """
select entry_id from waitlist_entries where account_id = $1 and state = 'waiting'
"""
# Why somebody read their contact, in the reader's words: a column that only grows.
FORGET_WORDS: Final = "select forget_words_about($1)"
# Kept answers may say what the person sent.
FORGET_ANSWERS: Final = "delete from idempotency_keys where caller = 'account:' || $1::uuid"


async def forget_person(conn: Connection, account_id: UUID) -> None:
    """Erase an account's contacts and end its waiting, in the caller's transaction; repeatable.

    Orders keep the account's id, which leads to nobody any more. What the account books or joins
    later, by a token that is still good for seconds, is found by the job `forget_people`.
    """
    await conn.execute(NOTE, account_id)
    rows = await conn.fetch(FIND_WAITING, account_id)
    waiting = await lock_entries(conn, [row["entry_id"] for row in rows])
    await end_entries(conn, waiting, "withdrawn")
    await conn.execute(ERASE_CONTACTS, account_id)
    await conn.execute(FORGET_WORDS, account_id)
    await conn.execute(FORGET_ANSWERS, account_id)
