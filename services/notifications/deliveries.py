"""The rows of messages that are owed: what every part of this service does to them.

A row is owed from the event's transaction on. Whoever takes it up counts `attempts` and puts
`due_at` forward: that is its lease, and the number of the attempt is its fence. Just before the
mail server is handed the message the row turns `sending`, and after its answer `sent`. A process
that dies in between leaves a row that may have been delivered; it is sent again with the same
Message-ID, by which mailboxes know a repetition.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from services.notifications.domain.pauses import pause_after
from services.notifications.domain.recipients import Channel
from services.notifications.waking import wake_senders
from shared.contracts.notifications import NoticeKind, NotificationDelivered
from shared.core import tracing
from shared.core.ids import new_id
from shared.db import Connection, after_commit, fetch_first
from shared.messaging import outbox

Kind = NoticeKind
State = Literal["pending", "sending", "sent", "failed"]

# Longer than asking the other services and the mail server can take, see the sender's limits.
LEASE: Final = timedelta(seconds=25)

OWE: Final = """
insert into deliveries (id, order_id, account_id, kind, subject_id, traceparent)
values ($1, $2, $3, $4, $5, $6)
on conflict on constraint deliveries_one_per_order_and_kind do nothing
"""

# A message waits until those that were owed before it about the same order are out or given up.
TAKE_UP: Final = """
with due as (
    select id, state as found_as
    from deliveries as candidate
    where state in ('pending', 'sending') and due_at <= now()
      and not exists (
          select from deliveries as earlier
          where earlier.order_id = candidate.order_id
            and earlier.position < candidate.position
            and earlier.state in ('pending', 'sending'))
    order by due_at
    limit 1
    for update skip locked
)
update deliveries
set state = 'pending', attempts = attempts + 1, due_at = now() + $1
from due
where deliveries.id = due.id
returning
    deliveries.id, order_id, account_id, kind, subject_id, attempts, found_as, traceparent
"""

MARK_SENDING: Final = """
update deliveries
set state = 'sending', due_at = now() + $3
where id = $1 and attempts = $2 and state = 'pending'
returning true
"""

# Without the fence: once the mail server has the message, whoever else took the row up is late.
MARK_SENT: Final = """
update deliveries
set state = 'sent', channel = $2, sent_at = now(), reason = null
where id = $1 and state in ('pending', 'sending')
returning sent_at
"""

POSTPONE: Final = """
update deliveries
set state = 'pending', due_at = now() + $3, reason = $4
where id = $1 and attempts = $2 and state in ('pending', 'sending')
"""

GIVE_UP: Final = """
update deliveries
set state = 'failed', reason = $3
where id = $1 and attempts = $2 and state in ('pending', 'sending')
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that this process has taken up."""

    id: UUID
    order_id: UUID
    account_id: UUID
    kind: Kind
    subject_id: UUID | None
    attempts: int
    found_as: Literal["pending", "sending"]
    traceparent: str | None


async def owe(
    conn: Connection, order_id: UUID, account_id: UUID, kind: Kind, subject_id: UUID | None = None
) -> None:
    """Note that an account has to be told about its order, once; `subject_id` is what of it."""
    traceparent = tracing.current().traceparent
    await conn.execute(OWE, new_id(), order_id, account_id, kind, subject_id, traceparent)
    after_commit(conn, wake_senders)


async def take_up(conn: Connection) -> Delivery | None:
    """Take up the message that is due the longest; None when nothing is due."""
    return await fetch_first(conn, Delivery, TAKE_UP, LEASE)


async def mark_sending(conn: Connection, delivery: Delivery) -> bool:
    """Note that the mail server is about to get it; False where somebody else has taken it up."""
    marked = await conn.fetchval(MARK_SENDING, delivery.id, delivery.attempts, LEASE)
    return bool(marked)


async def mark_sent(conn: Connection, delivery: Delivery, channel: Channel) -> None:
    """Note that the mail server has it, and tell the others, once."""
    sent_at = await conn.fetchval(MARK_SENT, delivery.id, channel)
    if sent_at is None:
        return
    event = NotificationDelivered(
        delivery_id=delivery.id,
        order_id=delivery.order_id,
        kind=delivery.kind,
        subject_id=delivery.subject_id,
        channel=channel,
        delivered_at=sent_at,
    )
    # The only thing that ever happens to a delivery that others hear of: its first version.
    await outbox.add(conn, event, subject=delivery.id, version=1)


async def mark_failed(conn: Connection, delivery: Delivery, reason: str, *, final: bool) -> bool:
    """Note why it failed: to be tried again after a pause, or given up. Tell whether given up."""
    pause = None if final else pause_after(delivery.attempts)
    if pause is None:
        await conn.execute(GIVE_UP, delivery.id, delivery.attempts, reason)
        return True
    await conn.execute(POSTPONE, delivery.id, delivery.attempts, pause, reason)
    return False
