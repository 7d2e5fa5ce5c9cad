"""Sends one batch of outbox rows, each partition in order."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID
from zlib import crc32

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from pydantic_core import to_json

from shared.contracts.event import CONTENT_TYPE, source_of

Headers = list[tuple[str, bytes]]

HEADERS: Final[Headers] = [("content-type", CONTENT_TYPE)]
# The epoch for which the relay sent a message. A relay that has not noticed yet that the broker
# is another one stamps the old epoch; it will send the same again, in order, with the new one.
EPOCH_HEADER: Final = "epoch"


class OutboxRow(NamedTuple):
    """One event that has to be told; the columns of the relay's question, in its order."""

    position: int
    id: UUID
    topic: str
    subject: UUID
    version: int
    type: str
    payload: str
    traceparent: str | None
    created_at: datetime

    @property
    def key(self) -> bytes:
        """The message's key: all events of an aggregate share a partition."""
        return str(self.subject).encode()

    @property
    def document(self) -> bytes:
        """The CloudEvents document, with the event's data byte for byte as it was recorded."""
        attributes: dict[str, Any] = {
            "specversion": "1.0",
            "id": self.id,
            "source": source_of(self.topic),
            "type": self.type,
            "subject": self.subject,
            "time": self.created_at,
            "datacontenttype": "application/json",
            "version": self.version,
        }
        if self.traceparent is not None:
            attributes["traceparent"] = self.traceparent
        return b'%s,"data":%s}' % (to_json(attributes)[:-1], self.payload.encode())


class Outcome(NamedTuple):
    """Which rows the broker acknowledged, and the first thing that went wrong, if any did."""

    acknowledged: list[OutboxRow]
    error: BaseException | None


async def send(producer: AIOKafkaProducer, rows: Sequence[OutboxRow], epoch: UUID) -> Outcome:
    """Send rows, stamped with the epoch; return when the broker has acknowledged or refused each.

    Within a partition nothing is sent after a failure, so an aggregate's events can't overtake
    each other. A failed send may be on the log all the same; its rows are sent again.
    """
    partitions: dict[tuple[str, int], list[OutboxRow]] = defaultdict(list)
    try:
        known = {
            topic: sorted(await producer.partitions_for(topic))
            for topic in {row.topic for row in rows}
        }
        for row in rows:
            partitions[row.topic, _partition(row.key, known[row.topic])].append(row)
    except Exception as error:  # noqa: BLE001 - reported as the outcome
        return Outcome([], error)
    headers = [*HEADERS, (EPOCH_HEADER, str(epoch).encode())]
    outcomes = await asyncio.gather(
        *(_send_partition(producer, *place, group, headers) for place, group in partitions.items())
    )
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    acknowledged = [row for outcome in outcomes for row in outcome.acknowledged]
    return Outcome(acknowledged, errors[0] if errors else None)


def _partition(key: bytes, known: list[int]) -> int:
    """Return an aggregate's partition: librdkafka's `consistent` partitioner.

    Java's murmur2 would take a quarter of the relay's time where it is written in Python.
    """
    return known[crc32(key) % len(known)]


async def _send_partition(
    producer: AIOKafkaProducer,
    topic: str,
    partition: int,
    rows: list[OutboxRow],
    headers: Headers,
) -> Outcome:
    """Send rows of one partition, as few requests one after the other."""
    acknowledged: list[OutboxRow] = []
    while len(acknowledged) < len(rows):
        batch, size = _fill(producer, rows[len(acknowledged) :], headers)
        try:
            await (await producer.send_batch(batch, topic, partition=partition))
        except Exception as error:  # noqa: BLE001 - reported as the outcome
            return Outcome(acknowledged, error)
        acknowledged += rows[len(acknowledged) : len(acknowledged) + size]
    return Outcome(acknowledged, None)


def _fill(
    producer: AIOKafkaProducer, rows: list[OutboxRow], headers: Headers
) -> tuple[BatchBuilder, int]:
    """Return a batch with as many of the first rows as fit, and how many those are."""
    batch = producer.create_batch()
    for count, row in enumerate(rows):
        added = batch.append(
            # The moment of the fact, so that it is also the log's time.
            timestamp=round(row.created_at.timestamp() * 1000),
            key=row.key,
            value=row.document,
            headers=headers,
        )
        if added is None:
            return batch, count
    batch.close()
    return batch, len(rows)
