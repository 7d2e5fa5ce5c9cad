"""Children whom a guardian books for, as they are kept and shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.accounts.contact_book import ContactBook
from shared.db import Connection, fetch_all
from shared.http.models import Reply

FIND: Final = """
    select child_id, name, birth_year, added_at
    from children
    where guardian_id = $1 and ($2::uuid is null or child_id = $2)
    order by child_id
"""


class ChildView(Reply):
    """A child as its guardian sees it; nobody else does."""

    child_id: UUID
    name: str
    birth_year: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SealedChild:
    """A child as it is kept."""

    child_id: UUID
    name: bytes
    birth_year: int
    added_at: datetime


async def load_children(
    conn: Connection, contacts: ContactBook, guardian_id: UUID, child_id: UUID | None = None
) -> Sequence[ChildView]:
    """Return a guardian's children, or the one that is asked for."""
    return [
        ChildView(
            child_id=child.child_id,
            name=contacts.open_child(child.name, child.child_id),
            birth_year=child.birth_year,
            added_at=child.added_at,
        )
        for child in await fetch_all(conn, SealedChild, FIND, guardian_id, child_id)
    ]
