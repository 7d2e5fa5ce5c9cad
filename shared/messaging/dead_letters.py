"""Messages that a service could not take in: kept as they came, told of, replayed on demand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer

from shared.contracts.messaging import MessageDeadLettered
from shared.core.ids import new_id
from shared.db import Connection, Database, acquire, fetch_all, fetch_first, transaction
from shared.messaging import outbox
from shared.messaging.reading import Unreadable
from shared.messaging.sending import HEADERS

# The same message delivered again is the same dead letter, which failed once more; one that failed
# again after its replay is a new dead letter in the old one's place.
PUT: Final = """
insert into dead_letters (
    id, consumer, topic, partition, log_offset, message_key, message_value, event_id, event_type,
    reason, tries
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (consumer, topic, message_digest) do update
set id = case
        when dead_letters.replayed_at is null then dead_letters.id else excluded.id
    end,
    partition = excluded.partition, log_offset = excluded.log_offset,
    reason = excluded.reason, tries = dead_letters.tries + excluded.tries, failed_at = now(),
    replayed_at = null
returning id
"""

LIST: Final = """
select id, topic, partition, log_offset, event_id, event_type, reason, tries, failed_at,
    replayed_at
from dead_letters
where replayed_at is null or $1
order by failed_at, id
"""

FIND: Final = """
select topic, partition, message_key, message_value, failed_at
from dead_letters
where id = $1 and replayed_at is null
"""

# Nothing is marked that has failed once more since it was read, because it was sent meanwhile.
MARK_REPLAYED: Final = """
update dead_letters
set replayed_at = now()
where id = $1 and replayed_at is null and failed_at = $2
"""

_log: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What an operator sees of a dead letter."""

    id: UUID
    topic: str
    partition: int
    log_offset: int
    event_id: UUID | None
    event_type: str | None
    reason: str
    tries: int
    failed_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Original:
    topic: str
    partition: int
    message_key: bytes | None
    message_value: bytes
    failed_at: datetime


async def put(conn: Connection, service: str, letter: Unreadable) -> bool:
    """Keep a message that can't be taken in, and tell of it; return whether it is news."""
    message = letter.message
    new = new_id()
    letter_id: UUID = await conn.fetchval(
        PUT,
        new,
        service,
        message.topic,
        message.partition,
        message.offset,
        message.key,
        message.value or b"",
        letter.event_id,
        letter.event_type,
        letter.reason,
        letter.tries,
    )
    if letter_id != new:
        return False
    event = MessageDeadLettered(
        dead_letter_id=letter_id,
        original_topic=message.topic,
        original_partition=message.partition,
        original_offset=message.offset,
        original_event_id=letter.event_id,
        original_event_type=letter.event_type,
        reason=letter.reason.partition(":")[0],
    )
    topic = event.topic.format(service=service)
    await outbox.add(conn, event, subject=letter_id, version=1, topic=topic)
    _log.error(
        "consumer.dead_lettered",
        dead_letter_id=str(letter_id),
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        event_type=letter.event_type,
        reason=letter.reason,
    )
    return True


async def waiting(database: Database, *, replayed_too: bool = False) -> list[DeadLetter]:
    """Return the dead letters that wait for a replay, oldest first."""
    async with acquire(database) as conn:
        return await fetch_all(conn, DeadLetter, LIST, replayed_too)


async def replay(database: Database, producer: AIOKafkaProducer, letter_id: UUID) -> bool:
    """Send a dead letter's message to its topic again; return False if none waits under this id.

    It is sent before it is marked as replayed. A crash between the two, like two replays at once,
    sends it twice; every consumer drops an event that it has taken in, also the topic's others.
    """
    async with acquire(database) as conn:
        original = await fetch_first(conn, _Original, FIND, letter_id)
    if original is None:
        return False
    await producer.send_and_wait(
        original.topic,
        value=original.message_value,
        key=original.message_key,
        partition=original.partition if original.message_key is None else None,
        headers=HEADERS,
    )
    async with transaction(database) as conn:
        await conn.execute(MARK_REPLAYED, letter_id, original.failed_at)
    _log.info("dead_letter.replayed", dead_letter_id=str(letter_id))
    return True
