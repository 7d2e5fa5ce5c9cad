"""What people agreed to: reading it, and writing down more.

Whoever gives, takes back or relies on a consent holds the account's lock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from services.accounts.domain.consents import TextName
from shared.db import Connection, fetch_first, fetch_one
from shared.http.models import Reply

RECORD: Final = """
    insert into consents (consent_id, account_id, text, version, given, fourteen_or_older)
    values ($1, $2, $3, $4, $5, $6)
    returning consent_id, text, version, given, recorded_at
"""
IS_GIVEN: Final = """
    select given
    from consents
    where account_id = $1 and text = $2
    order by position desc
    limit 1
"""
FIND_STANDING: Final = """
    select version, fourteen_or_older
    from consents
    where account_id = $1 and text = $2 and given
        and position = (
            select max(position) from consents where account_id = $1 and text = $2
        )
"""


TextVersion = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-01"])]


class ConsentView(Reply):
    """A person agreed to a version of a text, or took that back."""

    consent_id: UUID
    text: Literal["privacy", "children", "marketing"]
    version: str
    given: bool
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody agrees to at present, and whether they said to be fourteen or older."""

    version: str
    fourteen_or_older: bool | None

    def covers(self, version: str, *, says_age: bool) -> bool:
        """Tell whether agreeing to a version, and perhaps saying one's age, adds nothing to it."""
        return self.version == version and (bool(self.fourteen_or_older) or not says_age)


async def record(
    conn: Connection,
    consent_id: UUID,
    account_id: UUID,
    text: TextName,
    version: str,
    *,
    given: bool,
    fourteen_or_older: bool | None = None,
) -> ConsentView:
    """Write a consent or a withdrawal down. The caller holds the account's lock."""
    row = (consent_id, account_id, text, version, given, fourteen_or_older)
    return await fetch_one(conn, ConsentView, RECORD, *row)


async def is_given(conn: Connection, account_id: UUID, text: TextName) -> bool:
    """Tell whether a person's latest word about a text was yes."""
    return bool(await conn.fetchval(IS_GIVEN, account_id, text))


async def find_standing(conn: Connection, account_id: UUID, text: TextName) -> Standing | None:
    """Return what a person agrees to; None where their latest word was no, or there is none."""
    return await fetch_first(conn, Standing, FIND_STANDING, account_id, text)
