"""Ask payments: those whose report did not come, and those that nobody needs any more.

A payment is asked about with growing pauses for as long as its order waits for it. One that came
to nothing (its order was paid otherwise, cancelled or expired; a newer attempt was begun; its time
is over) is closed at its provider. What turns out to be paid is captured, whatever became of its
order.
"""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.errors import CallbackRefused
from services.bookings.payments.provider import ProviderAway, ProviderRefused
from services.bookings.payments.settling import ask, close
from services.bookings.payments.stored import find_payment
from shared.db import acquire, fetch_all, transaction
from shared.http.keys import DATABASE

_log: Final = structlog.get_logger()

BATCH: Final = 8
# Seconds: the pause doubles, up to the longest. A visitor waits as long as the time to pay runs.
FIRST_PAUSE: Final = 5
LONGEST_PAUSE: Final = 300
LONGEST_PAUSE_IN_TIME: Final = 30
PAUSES: Final = (FIRST_PAUSE, LONGEST_PAUSE_IN_TIME, LONGEST_PAUSE)

# Whoever asks has it to themselves until it is due again: nobody else is kept waiting by a lock
# while a provider thinks.
LEASE: Final = """
update payments
set
    tries = tries + 1,
    due_at = now() + make_interval(
        secs => least(
            $2 * power(2, least(tries, 16)),
            case when expires_at > now() then $3::integer else $4::integer end
        )
    )
where payment_id in (
    select payment_id
    from payments
    where state = 'started' and due_at <= now()
    order by due_at
    limit $1
    for update skip locked
)
returning
    payment_id,
    expires_at > now()
    and case
        when line_id is null then exists (
            select 1
            from orders
            where orders.order_id = payments.order_id and orders.state = 'held'
        )
        else exists (
            select 1
            from order_lines
            where order_lines.line_id = payments.line_id and claim_state = 'held'
        )
    end
    and not exists (
        select 1
        from payments as newer
        where newer.order_id = payments.order_id
            and newer.line_id is not distinct from payments.line_id
            and newer.state = 'started'
            and newer.payment_id > payments.payment_id
    ) as is_wanted
"""


@dataclass(frozen=True, slots=True)
class Leased:
    """A payment to be asked about, and whether anybody still waits for it."""

    payment_id: UUID
    is_wanted: bool


async def ask_payments(app: web.Application) -> None:
    """Ask about all payments that are due, some at a time."""
    while True:
        async with transaction(app[DATABASE]) as conn:
            due = await fetch_all(conn, Leased, LEASE, BATCH, *PAUSES)
        outcomes = await asyncio.gather(
            *(_ask(app, leased) for leased in due), return_exceptions=True
        )
        for leased, outcome in zip(due, outcomes, strict=True):
            if isinstance(outcome, Exception):
                _log.error("payment.stuck", payment_id=str(leased.payment_id), exc_info=outcome)
        if len(due) < BATCH:
            return


async def _ask(app: web.Application, leased: Leased) -> None:
    async with acquire(app[DATABASE]) as conn:
        payment = await find_payment(conn, leased.payment_id)
    if payment is None:
        return
    try:
        if leased.is_wanted:
            await ask(app, payment)
        else:
            await close(app, payment)
    except (ProviderAway, ProviderRefused, CallbackRefused) as error:
        _log.info("payment.unclear", payment_id=str(leased.payment_id), reason=str(error))
