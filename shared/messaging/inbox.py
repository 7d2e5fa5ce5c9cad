"""Takes messages in: each event's effects and the note that it was taken in, in one transaction.

A whole batch shares one transaction. When anything in it fails, nothing has happened, and its
messages are taken in one by one, so that the one that fails stops nobody else. A service whose
reactions lock what its requests lock takes in one by one from the start: the locks of a batch
would come in the order of arrival, and be held until its end.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

import structlog

from shared.core import log_values, tracing
from shared.db import Connection, Database, transaction
from shared.messaging import dead_letters, metrics
from shared.messaging.failures import is_passing, reason_of
from shared.messaging.pauses import Backoff, pause
from shared.messaging.reactions import Reactions
from shared.messaging.reading import Arrival, EventReader, Message, Unreadable

# In the order of ids, so that two processes with overlapping batches wait but never deadlock.
TAKE_IN: Final = """
insert into inbox (consumer, event_id)
select $1, event_id
from unnest($2::uuid[]) as arrived (event_id)
order by event_id
on conflict (consumer, event_id) do nothing
returning event_id
"""

TRIES: Final = 5
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0

_log: Final = structlog.get_logger()


class Interrupted(Exception):
    """Taking in ended early, between transactions, because the process stops."""


class Inbox:
    """One service's inbox."""

    def __init__(
        self,
        database: Database,
        service: str,
        reactions: Reactions,
        known_types: Collection[str],
        *,
        together: bool = True,
    ) -> None:
        self._database = database
        self._together = together
        self._service = service
        self._reader = EventReader(reactions, known_types)

    async def take_in(self, messages: Sequence[Message], stopping: asyncio.Event) -> None:
        """Take in messages in their order; on return each has had its effect or is a dead letter.

        Waits as long as the database is away. Raises Interrupted when `stopping` is set meanwhile,
        and what hinders it where not even a dead letter can be kept.
        """
        read = [self._reader.read(message) for message in messages]
        batch = [item for item in read if item is not None]
        self._count("ignored", len(read) - len(batch))
        if not batch:
            return
        if self._together and await self._try(batch, stopping) is None:
            return
        for item in batch:
            await self._take_in_one(item, stopping)

    async def _take_in_one(self, item: Arrival | Unreadable, stopping: asyncio.Event) -> None:
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        error: Exception | None = None
        for tries in range(1, TRIES + 1):
            error = await self._try([item], stopping)
            if error is None:
                return
            _log.warning(
                "consumer.reaction_failed",
                event_id=str(item.event_id),
                event_type=item.event_type,
                tries=tries,
                exc_info=error if tries == TRIES else None,
                reason=type(error).__name__,
            )
            if tries < TRIES:
                await pause(backoff.next(), stopping)
        reason = reason_of(error) if error else "Unknown"
        letter = Unreadable(item.message, reason, item.event_id, item.event_type, tries=TRIES)
        if (failure := await self._try([letter], stopping)) is not None:
            raise failure

    async def _try(
        self, batch: Sequence[Arrival | Unreadable], stopping: asyncio.Event
    ) -> Exception | None:
        """Run one transaction until it commits, or return the error that waiting won't cure."""
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        while not stopping.is_set():
            try:
                await self._commit(batch)
            except Exception as error:  # noqa: BLE001 - a reaction may raise anything
                if not is_passing(error):
                    return error
                _log.warning("consumer.waits", reason=type(error).__name__, messages=len(batch))
                await pause(backoff.next(), stopping)
            else:
                return None
        raise Interrupted

    async def _commit(self, batch: Sequence[Arrival | Unreadable]) -> None:
        arrivals = [item.event_id for item in batch if isinstance(item, Arrival)]
        done = letters = 0
        async with transaction(self._database) as conn:
            rows = await conn.fetch(TAKE_IN, self._service, arrivals) if arrivals else ()
            fresh = {row["event_id"] for row in rows}
            for item in batch:
                if isinstance(item, Unreadable):
                    letters += await dead_letters.put(conn, self._service, item)
                elif item.event_id in fresh:
                    fresh.discard(item.event_id)
                    await _react(conn, item)
                    done += 1
        self._count("done", done)
        self._count("dead_letter", letters)
        self._count("repeated", len(batch) - done - letters)

    def _count(self, outcome: str, number: int) -> None:
        if number:
            metrics.RECEIVED.labels(self._service, outcome).inc(number)


async def _react(conn: Connection, arrival: Arrival) -> None:
    """Run the reaction as a part of the trace in which the event happened."""
    tracing.continue_from(arrival.envelope.traceparent)
    with log_values.added(event_id=str(arrival.event_id), event_type=arrival.event_type):
        await arrival.reaction(conn, arrival.event, arrival.envelope)
