"""The chain of the audit log: appending to it, and walking it to see that it is whole."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from shared.contracts.audit import AuditRecorded
from shared.db import Connection, Database, fetch_one, transaction

# Whoever holds the row appends; the others wait, and find the entry before theirs.
LOCK_END: Final = """
    select entries, hash, clock_timestamp() as moment
    from audit_chain
    for no key update
"""
APPEND: Final = """
    insert into audit_entries (
        position, entry_id, service, action, actor, actor_kind, subject, details, occurred_at,
        recorded_at, previous_hash, hash
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
READ_END: Final = "select entries, hash, clock_timestamp() as moment from audit_chain"
WALK: Final = """
    select position, entry_id, service, action, actor, actor_kind, subject, details, occurred_at,
        recorded_at, previous_hash, hash
    from audit_entries
    where position > $1
    order by position
    limit 1000
"""
# What the first entry has in place of the hash of the one before it.
BEGINNING: Final = hashlib.sha256(b"xiangyou audit").digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log, as it is hashed."""

    position: int
    entry_id: UUID
    service: str
    action: str
    actor: str
    actor_kind: str
    subject: str
    details: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime

    def hash_after(self, previous: bytes) -> bytes:
        """Return SHA-256 over the hash of the entry before and this one's canonical JSON.

        Canonical: keys sorted, no spaces, ASCII, instants in UTC with microseconds.
        """
        fields = {name: _canonical(value) for name, value in asdict(self).items()}
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(previous + text.encode()).digest()


@dataclass(frozen=True, slots=True)
class End:
    """The end of the chain, and the moment in which it was read."""

    entries: int
    hash: bytes
    moment: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries follow from each other, and what is wrong with the next one."""

    entries: int
    fault: str | None


async def append(
    conn: Connection, event: AuditRecorded, *, service: str, occurred_at: datetime
) -> None:
    """Append an entry in the caller's transaction; until its end nobody else can append."""
    end = await fetch_one(conn, End, LOCK_END)
    entry = Entry(
        position=end.entries + 1,
        entry_id=event.entry_id,
        service=service,
        action=event.action,
        actor=event.actor,
        actor_kind=event.actor_kind,
        subject=event.subject,
        details=event.model_dump(mode="json")["details"],
        occurred_at=occurred_at,
        recorded_at=end.moment,
    )
    values = (getattr(entry, name) for name in Entry.__slots__)
    await conn.execute(APPEND, *values, end.hash, entry.hash_after(end.hash))


async def verify(database: Database) -> Verdict:
    """Walk the chain from its beginning to its end, as of one moment."""
    async with transaction(database, one_moment=True) as conn:
        end = await fetch_one(conn, End, READ_END)
        last, previous = 0, BEGINNING
        while rows := await conn.fetch(WALK, last):
            for row in rows:
                if fault := _fault(row, last, previous):
                    return Verdict(last, fault)
                last, previous = row["position"], row["hash"]
    if (last, previous) != (end.entries, end.hash):
        return Verdict(last, f"the chain ends here, but had {end.entries} entries")
    return Verdict(last, None)


def _fault(row: Any, last: int, previous: bytes) -> str | None:  # noqa: ANN401 - a record
    position: int = row["position"]
    if position != last + 1:
        return f"entry {last + 1} is missing"
    entry = Entry(*(row[name] for name in Entry.__slots__))
    if row["previous_hash"] != previous:
        return f"entry {position} ({entry.entry_id}) does not follow the one before it"
    if row["hash"] != entry.hash_after(previous):
        return f"entry {position} ({entry.entry_id}) was changed"
    return None


def _canonical(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
