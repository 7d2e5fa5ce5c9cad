"""Entries of the audit log, told in the transaction of what they are about.

accounts hears them and appends them to its chain (docs/adr/0025). What is told here is committed
with its cause or not at all, and gets there once, whatever is killed in between.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from shared.contracts.audit import ActorKind, AuditRecorded, Detail
from shared.core.ids import new_id
from shared.db import Connection
from shared.http.access import Caller
from shared.messaging import outbox

OWN_SCHEMA: Final = "select current_schema()"

SYSTEM: Final = "system"


async def record(
    conn: Connection,
    caller: Caller | None,
    *,
    action: str,
    subject: UUID | str,
    details: Mapping[str, Detail | UUID] | None = None,
) -> None:
    """Have `caller`'s action written into the audit log, once `conn`'s transaction commits.

    `action` is a past participle after its object (`venue.approved`), `subject` the id or code of
    what it was done to. `details` hold ids, codes and figures only: no names, no reasons in
    words, nothing personal. Without a caller the platform acted by itself. Raises
    `pydantic.ValidationError` for anything else, `LookupError` outside of a transaction.
    """
    service: str = await conn.fetchval(OWN_SCHEMA)
    entry_id = new_id()
    event = AuditRecorded(
        entry_id=entry_id,
        action=action,
        actor=SYSTEM if caller is None else caller.key,
        actor_kind=_kind_of(caller),
        subject=str(subject),
        details={name: _plain(value) for name, value in (details or {}).items()},
    )
    topic = event.topic.format(service=service)
    await outbox.add(conn, event, subject=entry_id, version=1, topic=topic)


def _kind_of(caller: Caller | None) -> ActorKind:
    if caller is None:
        return "system"
    if caller.service is not None:
        return "service"
    if caller.is_program:
        return "key"
    return "office" if caller.is_office else "person"


def _plain(value: Detail | UUID) -> Detail:
    return str(value) if isinstance(value, UUID) else value
