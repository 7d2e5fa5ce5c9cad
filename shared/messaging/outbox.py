"""Events to be told, written in the transaction that makes them true."""

from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.topics import TOPICS
from shared.core import tracing
from shared.core.ids import new_id
from shared.db import Connection, after_commit
from shared.messaging.wake import wake

ADD_ONE: Final = """
insert into outbox (id, topic, subject, version, type, payload, traceparent)
values ($1, $2, $3, $4, $5, $6::text::json, $7)
"""

ADD_MANY: Final = """
insert into outbox (id, topic, subject, version, type, payload, traceparent)
select id, topic, subject, version, type, payload::json, $7
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::integer[], $5::text[], $6::text[])
     with ordinality as added (id, topic, subject, version, type, payload, place)
order by place
"""


class Telling(NamedTuple):
    """One event of a batch: the fact, its aggregate, and the aggregate's version after it."""

    event: Event
    subject: UUID
    version: int


async def add(
    conn: Connection, event: Event, *, subject: UUID, version: int, topic: str | None = None
) -> UUID:
    """Record that `event` has to be told, once `conn`'s transaction commits; return its id.

    `subject` is the aggregate, `version` its gapless version after the event. The caller holds
    the aggregate's row lock, which is what keeps its events in order. `topic` replaces the
    event's own for the few that go to one topic per service. Raises `UniqueViolationError` when
    the aggregate already told of that version, `LookupError` outside of a transaction and for a
    topic that no broker has.
    """
    event_id = new_id()
    topic = _known(topic or event.topic)
    after_commit(conn, wake)
    await conn.execute(
        ADD_ONE,
        event_id,
        topic,
        subject,
        version,
        event.event_type,
        event.model_dump_json(),
        tracing.current().traceparent,
    )
    return event_id


async def add_many(conn: Connection, tellings: Iterable[Telling]) -> None:
    """Record a batch of events in one statement, in their order; see `add`."""
    batch = tuple(tellings)
    if not batch:
        return
    after_commit(conn, wake)
    await conn.execute(
        ADD_MANY,
        [new_id() for _ in batch],
        [_known(telling.event.topic) for telling in batch],
        [telling.subject for telling in batch],
        [telling.version for telling in batch],
        [telling.event.event_type for telling in batch],
        [telling.event.model_dump_json() for telling in batch],
        tracing.current().traceparent,
    )


def _known(topic: str) -> str:
    """Return the topic; one that is missing on the brokers would stop the relay."""
    if topic not in TOPICS:
        raise LookupError(f"{topic} is not in shared/contracts/topics.py")
    return topic
