"""What people agreed to: reading it, and writing down more."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from services.accounts.domain.consents import TextName
from shared.db import Connection, fetch_one
from shared.http.models import Reply

RECORD: Final = """
    insert into consents (consent_id, account_id, text, version, given)
    values ($1, $2, $3, $4, $5)
    returning consent_id, text, version, given, recorded_at
"""
IS_GIVEN: Final = """
    select given
    from consents
    where account_id = $1 and text = $2
    order by position desc
    limit 1
"""
FIND_VERSION: Final = """
    select version
    from consents
    where account_id = $1 and text = $2 and given
        and position = (
            select max(position) from consents where account_id = $1 and text = $2
        )
"""
# Whoever gives, takes back or relies on a consent holds the account's row.
LOCK: Final = """
    select true from accounts where id = $1 and deactivated_at is null for no key update
"""


TextVersion = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-01"])]


class ConsentView(Reply):
    """A person agreed to a version of a text, or took that back."""

    consent_id: UUID
    text: Literal["privacy", "children", "marketing"]
    version: str
    given: bool
    recorded_at: datetime


async def lock_account(conn: Connection, account_id: UUID) -> bool:
    """Lock an account until the transaction ends; tell whether there is one that is in use."""
    return bool(await conn.fetchval(LOCK, account_id))


async def record(
    conn: Connection,
    consent_id: UUID,
    account_id: UUID,
    text: TextName,
    version: str,
    *,
    given: bool,
) -> ConsentView:
    """Write a consent or a withdrawal down. The caller holds the account's lock."""
    return await fetch_one(conn, ConsentView, RECORD, consent_id, account_id, text, version, given)


async def is_given(conn: Connection, account_id: UUID, text: TextName) -> bool:
    """Tell whether a person's latest word about a text was yes."""
    return bool(await conn.fetchval(IS_GIVEN, account_id, text))


async def agree_once(
    conn: Connection, consent_id: UUID, account_id: UUID, text: TextName, version: str
) -> None:
    """Write down that a person agrees, unless they agree to this version already."""
    if await conn.fetchval(FIND_VERSION, account_id, text) != version:
        await record(conn, consent_id, account_id, text, version, given=True)
