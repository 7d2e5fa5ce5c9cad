"""Beginning to pay in advance: first the payment is written down, then the provider is asked.

The payment's number is in the database before the provider hears it, so an attempt that was cut off
is found again: asking once more begins the same payment.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from aiohttp import web

from services.bookings.errors import PaymentMethodNotAccepted, PaymentRefused
from services.bookings.keys import PROVIDERS
from services.bookings.payments.provider import (
    MOST_PARTS,
    Charge,
    ProviderAway,
    ProviderRefused,
    number_of,
)
from services.bookings.payments.registry import notify_url
from services.bookings.payments.stored import find_payment
from shared.contracts.bookings import OnlineMethod
from shared.core.errors import NotFound, Unavailable
from shared.db import Connection, acquire, fetch_all, fetch_first, transaction
from shared.http.keys import CATALOGUE, DATABASE, IDS

Device = Literal["phone", "screen"]

# Seconds after which the provider is asked, if it has not reported by itself.
FIRST_ASKED_AFTER: Final = 5

# With the shares that it was begun for: lines of a held order change, and their sum may not.
FIND_LATEST: Final = """
select
    payment_id, method, expires_at > now() as is_in_time,
    (
        select jsonb_agg(to_jsonb(part) order by part.organisation_id)
        from (
            select organisation_id, merchant, amount_fen
            from payment_parts
            where payment_parts.payment_id = payments.payment_id
        ) as part
    ) as payees
from payments
where order_id = $1 and line_id is not distinct from $2 and state = 'started'
order by payment_id desc
limit 1
"""

# Who is paid for the whole order: the sandbox pays everybody, others need an account there.
FIND_PAYEES: Final = """
select
    line.organisation_id,
    case when $2 = 'sandbox' then line.organisation_id::text else merchants.merchant end
        as merchant,
    sum(line.price_fen)::bigint as amount_fen
from order_lines as line
left join merchants
    on merchants.organisation_id = line.organisation_id and merchants.method = $2
where line.order_id = $1
    and line.left_as is null
    and not (line.claim_state = 'held' and line.held_until is not null)
group by line.organisation_id, merchants.merchant
having sum(line.price_fen) > 0
order by line.organisation_id
"""

FIND_MERCHANT: Final = """
select merchant from merchants where organisation_id = $1 and method = $2
"""

ADD: Final = """
insert into payments (
    payment_id, number, order_id, line_id, method, amount_fen, expires_at, due_at
)
values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))
"""

ADD_PARTS: Final = """
insert into payment_parts (payment_id, organisation_id, merchant, amount_fen)
select $1, organisation_id, merchant, amount_fen
from unnest($2::uuid[], $3::text[], $4::bigint[]) as part (organisation_id, merchant, amount_fen)
"""

# Earlier attempts are closed at their providers as soon as the job comes by.
SUPERSEDE: Final = """
update payments
set due_at = now()
where order_id = $1 and line_id is not distinct from $2 and state = 'started' and payment_id <> $3
"""

FIND_BEGUN: Final = """
select payments.pay_url, orders.code, payments.state
from payments
join orders using (order_id)
where payment_id = $1
"""

STARTED: Final = "update payments set pay_url = $2, shown_as = $3 where payment_id = $1"
FAILED: Final = "update payments set state = 'failed' where payment_id = $1 and state = 'started'"


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid, how, and until when; `line_id` for the difference of a changed line."""

    order_id: UUID
    line_id: UUID | None
    method: OnlineMethod
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Payee:
    """An operator, its account at the provider if it has one, and what it is to get."""

    organisation_id: UUID
    merchant: str | None
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who pays: where they come from, what they look at, and where they go afterwards."""

    ip: str
    device: Device
    return_url: str


@dataclass(frozen=True, slots=True)
class Latest:
    """The attempt that was begun last."""

    payment_id: UUID
    method: OnlineMethod
    is_in_time: bool
    payees: list[Payee]


@dataclass(frozen=True, slots=True)
class Begun:
    """What is known of a payment that was written down."""

    pay_url: str | None
    code: str
    state: str


async def find_payees(conn: Connection, order_id: UUID, method: OnlineMethod) -> list[Payee]:
    """Return who gets what of an order's whole price."""
    return await fetch_all(conn, Payee, FIND_PAYEES, order_id, method)


async def find_payee(
    conn: Connection, organisation_id: UUID, method: OnlineMethod, amount_fen: int
) -> Payee:
    """Return an operator who is paid alone."""
    merchant = (
        str(organisation_id)
        if method == "sandbox"
        else await conn.fetchval(FIND_MERCHANT, organisation_id, method)
    )
    return Payee(organisation_id, merchant, amount_fen)


async def begin(app: web.Application, conn: Connection, due: Due, payees: list[Payee]) -> UUID:
    """Write a payment down, or find the one that was begun in the same way; return its id.

    The caller holds the order's lock. Raises PaymentMethodNotAccepted where the provider can't
    pay everybody who is to be paid.
    """
    latest = await fetch_first(conn, Latest, FIND_LATEST, due.order_id, due.line_id)
    wanted = (due.method, True, payees)
    if latest and (latest.method, latest.is_in_time, latest.payees) == wanted:
        return latest.payment_id
    if len(payees) > MOST_PARTS or any(payee.merchant is None for payee in payees):
        raise PaymentMethodNotAccepted(accepted=[])
    payment_id = app[IDS].new()
    await conn.execute(
        ADD,
        payment_id,
        number_of(payment_id),
        due.order_id,
        due.line_id,
        due.method,
        sum(payee.amount_fen for payee in payees),
        due.expires_at,
        FIRST_ASKED_AFTER,
    )
    await conn.execute(
        ADD_PARTS,
        payment_id,
        [payee.organisation_id for payee in payees],
        [payee.merchant for payee in payees],
        [payee.amount_fen for payee in payees],
    )
    await conn.execute(SUPERSEDE, due.order_id, due.line_id, payment_id)
    return payment_id


async def start(app: web.Application, payment_id: UUID, visitor: Visitor) -> None:
    """Open a payment at its provider, unless that was done before; outside of a transaction.

    Raises Unavailable where the provider is away, and PaymentRefused where it does not want it.
    """
    async with acquire(app[DATABASE]) as conn:
        begun = await fetch_first(conn, Begun, FIND_BEGUN, payment_id)
        payment = await find_payment(conn, payment_id)
    if begun is None or payment is None:
        raise NotFound
    if begun.pay_url is not None or begun.state != "started":
        return
    charge = Charge(
        bill=payment.bill,
        order_code=begun.code,
        description=app[CATALOGUE].text("payment.description", "zh", code=begun.code),
        expires_at=payment.row.expires_at,
        return_url=visitor.return_url,
        notify_url=notify_url(app, payment.row.method),
        payer_ip=visitor.ip,
        device=visitor.device,
    )
    try:
        opened = await app[PROVIDERS][payment.row.method].start(charge)
    except ProviderAway as error:
        raise Unavailable(headers={"Retry-After": "2"}) from error
    except ProviderRefused as error:
        async with transaction(app[DATABASE]) as conn:
            await conn.execute(FAILED, payment_id)
        raise PaymentRefused(reason=error.reason) from error
    async with transaction(app[DATABASE]) as conn:
        await conn.execute(STARTED, payment_id, opened.pay_url, opened.shown_as)
