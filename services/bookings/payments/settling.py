"""How a payment stands at its provider, asked there, and what follows from it here."""

from typing import Final

import structlog
from aiohttp import web

from services.bookings.keys import PROVIDERS
from services.bookings.money.capturing import capture
from services.bookings.payments.provider import (
    PaymentProvider,
    PaymentStatus,
    ProviderAway,
    ProviderRefused,
)
from services.bookings.payments.stored import StoredPayment
from shared.db import transaction
from shared.http.keys import DATABASE

_log: Final = structlog.get_logger()

END: Final = """
update payments set state = $2 where payment_id = $1 and state = 'started'
"""


async def take_in(app: web.Application, payment: StoredPayment, status: PaymentStatus) -> None:
    """Do what follows from a status: money is captured, an end is noted, all else waits.

    A payment that ended is over for us only: money that comes all the same is dealt with too.
    Raises what `capture` raises.
    """
    match status.state:
        case "paid":
            await capture(app, payment, status)
        case "failed" | "closed":
            async with transaction(app[DATABASE]) as conn:
                await conn.execute(END, payment.row.payment_id, status.state)
        case "pending" | "unknown":
            return


async def ask(app: web.Application, payment: StoredPayment) -> PaymentStatus:
    """Ask the provider how a payment stands, and take that in.

    Raises ProviderAway, ProviderRefused and what `capture` raises.
    """
    status = await provider_of(app, payment).query(payment.bill)
    await take_in(app, payment, status)
    return status


async def close(app: web.Application, payment: StoredPayment) -> None:
    """End a payment at its provider; one that was made meanwhile is captured instead.

    A provider that is away, or that can't end it yet, ends nothing: it is asked again. Raises what
    `capture` raises.
    """
    try:
        try:
            ended = await provider_of(app, payment).close(payment.bill)
        except ProviderRefused:
            # Paid in this moment, most likely.
            await ask(app, payment)
        else:
            if ended or not payment.row.is_in_time:
                await take_in(app, payment, PaymentStatus(payment.row.number, "closed"))
    except (ProviderAway, ProviderRefused) as error:
        _log.info("payment.not_closed", payment_id=str(payment.row.payment_id), reason=str(error))


def provider_of(app: web.Application, payment: StoredPayment) -> PaymentProvider:
    """Return a payment's provider. Raises ProviderAway where it is not set up any more."""
    try:
        return app[PROVIDERS][payment.row.method]
    except KeyError:
        raise ProviderAway("not set up") from None
