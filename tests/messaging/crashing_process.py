"""A service's messaging in a process of its own, for tests that kill it.

`relay`: tells of whatever is in the venues' outbox. `patient`: the same, but it hardly ever looks
by itself. `consumer`: notifications hears of expired
orders, and the process kills itself after the database's commit, before the offsets' commit.
"""

import asyncio
import os
import signal
import sys
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from shared.contracts.bookings import OrderExpired
from shared.contracts.event import Envelope
from shared.db import Connection, Database
from shared.messaging.broker import Broker
from shared.messaging.epoch import EpochWatcher
from shared.messaging.relay import Relay
from shared.messaging.run import Messaging

ADD_EFFECT = "insert into effects (subject, version) values ($1, $2)"


noted: set[UUID] = set()


async def note(conn: Connection, event: OrderExpired, envelope: Envelope) -> None:
    await conn.execute(ADD_EFFECT, event.order_id, envelope.version)
    noted.add(event.order_id)


def die_after(order_id: UUID) -> None:
    commit = AIOKafkaConsumer.commit

    async def die(client: AIOKafkaConsumer, offsets: object) -> None:
        if order_id in noted:
            os.kill(os.getpid(), signal.SIGKILL)
        await commit(client, offsets)

    AIOKafkaConsumer.commit = die


async def lead_patiently(database: Database, broker: Broker) -> None:
    epochs = EpochWatcher(broker, database)
    watching = asyncio.create_task(epochs.run(asyncio.Event()))
    await Relay(database, broker, epochs, poll=8.0).run(asyncio.Event())
    await watching


async def main(part: str, url: str, bootstrap_servers: str, last: str) -> None:
    if part == "consumer":
        die_after(UUID(last))
    service = "notifications" if part == "consumer" else "venues"
    database = await Database.connect(url, service=service)
    if part == "patient":
        await lead_patiently(database, Broker(bootstrap_servers))
    messaging = Messaging(
        service,
        database=database,
        broker=Broker(bootstrap_servers, session_timeout_ms=6_000),
        reactions={OrderExpired: note} if part == "consumer" else {},
    )
    messaging.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
