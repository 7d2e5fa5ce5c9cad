"""Carries events from the outboxes of one database to the services' reactions, without a broker.

Each event is built by the relay's own code and taken in by the inbox's, so what arrives is what
would arrive over the log.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.contracts.registry import EVENTS
from shared.db import Connection, Database, acquire
from shared.messaging.inbox import Inbox
from shared.messaging.reactions import Reactions
from shared.messaging.reading import Message
from shared.messaging.sending import OutboxRow

UNSENT: Final = """
select position, id, topic, subject, version, type, payload::text as payload, traceparent,
    created_at
from outbox
where sent_at is null
order by position
"""
MARK_SENT: Final = "update outbox set sent_at = now() where position = any($1::bigint[])"


@dataclass(slots=True)
class Carried:
    """A message as the log would hand it over."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int = 0
    offset: int = 0


@dataclass
class Wires:
    """The outboxes that are read, and who hears what is in them."""

    outboxes: Mapping[str, Database]
    listeners: Mapping[str, tuple[Database, Reactions]]
    carried: list[Message] = field(default_factory=list)

    async def deliver(self) -> None:
        """Carry until nothing is left to be told, what reactions tell included."""
        while messages := await self._take_all():
            self.carried += messages
            for service, (database, reactions) in self.listeners.items():
                inbox = Inbox(database, service, reactions, EVENTS)
                await inbox.take_in(messages, asyncio.Event())

    async def _take_all(self) -> list[Message]:
        return [message for outbox in self.outboxes.values() for message in await _take(outbox)]

    async def deliver_again(self) -> None:
        """Hand over everything that was ever carried once more, the latest first."""
        for service, (database, reactions) in self.listeners.items():
            inbox = Inbox(database, service, reactions, EVENTS)
            await inbox.take_in(list(reversed(self.carried)), asyncio.Event())


async def _take(outbox: Database) -> list[Carried]:
    async with acquire(outbox) as conn:
        rows = await _read(conn)
        await conn.execute(MARK_SENT, [row.position for row in rows])
    return [Carried(row.topic, row.key, row.document) for row in rows]


async def _read(conn: Connection) -> list[OutboxRow]:
    return [OutboxRow(*row) for row in await conn.fetch(UNSENT)]
