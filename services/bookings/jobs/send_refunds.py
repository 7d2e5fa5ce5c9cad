"""Send refunds to their providers, and ask about those that were accepted: accepted is not done.

A try carries the same number as the one before it, by which the provider knows the second for the
first. Pauses double up to an hour. A provider that is away is tried for ever; one that says no is
tried a limited number of times, and then people have to look (docs/domain.md rule 6).
"""

import asyncio
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.bookings.keys import PROVIDERS
from services.bookings.payments.provider import (
    PaymentProvider,
    ProviderAway,
    ProviderRefused,
    RefundCharge,
    RefundStatus,
)
from services.bookings.payments.refund_states import note_refusal, take_in_refund
from services.bookings.payments.registry import notify_url
from services.bookings.payments.stored import StoredRefund, find_refund, find_refund_charge
from shared.db import acquire, transaction
from shared.http.keys import CATALOGUE, DATABASE

_log: Final = structlog.get_logger()

BATCH: Final = 8
# Seconds. The shortest is longer than a provider may take to answer.
SHORTEST_PAUSE: Final = 20
LONGEST_PAUSE: Final = 3600
# Whoever sends a refund has it to themselves until it is due again.
LEASE: Final = """
update refunds
set
    tries = tries + 1,
    due_at = now() + make_interval(
        secs => greatest($2::integer, least(power(2, least(tries, 16)), $3::integer))
    )
where refund_id in (
    select refund_id
    from refunds
    where state in ('requested', 'accepted') and due_at <= now()
    order by due_at
    limit $1
    for update skip locked
)
returning refund_id
"""


async def send_refunds(app: web.Application) -> None:
    """Send all refunds that are due, some at a time."""
    while True:
        async with transaction(app[DATABASE]) as conn:
            rows = await conn.fetch(LEASE, BATCH, SHORTEST_PAUSE, LONGEST_PAUSE)
        due: list[UUID] = [row["refund_id"] for row in rows]
        outcomes = await asyncio.gather(
            *(_send(app, refund_id) for refund_id in due), return_exceptions=True
        )
        for refund_id, outcome in zip(due, outcomes, strict=True):
            if isinstance(outcome, Exception):
                _log.error("refund.stuck", refund_id=str(refund_id), exc_info=outcome)
        if len(due) < BATCH:
            return


async def _send(app: web.Application, refund_id: UUID) -> None:
    async with acquire(app[DATABASE]) as conn:
        refund = await find_refund(conn, refund_id)
        if refund is None:
            return
        method, charge = await find_refund_charge(
            conn, refund, reason=_reason(app, refund), notify_url=partial(notify_url, app)
        )
    provider = app[PROVIDERS].get(method)
    if provider is None:
        _log.error("refund.without_provider", refund_id=str(refund_id), method=method)
        return
    try:
        status = await _next_status(provider, charge, refund)
    except ProviderAway as error:
        _log.info("refund.unclear", refund_id=str(refund_id), reason=str(error))
    except ProviderRefused as error:
        async with transaction(app[DATABASE]) as conn:
            await note_refusal(conn, refund_id, error.reason)
    else:
        await take_in_refund(app, refund, status)


async def _next_status(
    provider: PaymentProvider, charge: RefundCharge, refund: StoredRefund
) -> RefundStatus:
    if refund.state == "accepted":
        status = await provider.query_refund(charge)
        if status.state != "unknown":
            return status
    return await provider.refund(charge)


def _reason(app: web.Application, refund: StoredRefund) -> str:
    """Return what the visitor reads at the provider."""
    return app[CATALOGUE].text(f"refund.reason.{refund.cause}", "zh")
