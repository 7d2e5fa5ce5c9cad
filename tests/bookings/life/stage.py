"""Orders that are paid, cancelled and changed, over HTTP; money comes as a provider reports it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from services.bookings.changes.changing import find_due_change
from services.bookings.money.capturing import capture
from services.bookings.payments.provider import PaidPart, PaymentStatus
from services.bookings.payments.starting import Due, begin, find_payee, find_payees
from services.bookings.payments.stored import StoredPayment, find_payment
from shared.contracts.terms import OfferingTerms, RefundTerms, RefundTier
from shared.db import acquire, transaction
from tests.bookings.village import NEXT_WEEK, POTTERY, Json, at, camping, pottery
from tests.bookings.world import Answer, Bookings

HALF: Final = RefundTerms(
    ordinary=(RefundTier(hours_before=48, percent=100), RefundTier(hours_before=1, percent=50))
)
ADULT: Final = 12800

WRONG_TOTALS: Final = """
select orders.order_id
from orders
left join order_lines as line
    on line.order_id = orders.order_id
    and line.left_as is null
    and (line.held_until is null or line.claim_state <> 'held')
group by orders.order_id
having total_fen <> coalesce(sum(line.price_fen), 0)
"""
# Who paid in advance owes nothing, and is owed nothing that was not asked back.
OPEN_RECEIVABLES: Final = """
select ledger_entries.order_id, organisation_id
from ledger_entries
join orders using (order_id)
where account = 'receivable' and payment_method not in ('free', 'on_site')
group by ledger_entries.order_id, organisation_id
having sum(amount_fen) <> 0
"""
WRONG_SALES: Final = """
select orders.order_id
from orders
left join ledger_entries as entry on entry.order_id = orders.order_id and account = 'sales'
group by orders.order_id, orders.state, orders.total_fen
having -coalesce(sum(entry.amount_fen), 0)
    <> case when orders.state in ('confirmed', 'completed', 'no_show') then total_fen else 0 end
"""
GAPS: Final = """
select orders.order_id
from orders
left join outbox on outbox.subject = orders.order_id
group by orders.order_id
having count(outbox.version) <> orders.version or max(outbox.version) <> orders.version
"""
UNTOLD_CANCELLATIONS: Final = """
select line.line_id
from order_lines as line
join orders using (order_id)
left join line_cancellations as noted on noted.line_id = line.line_id
where (noted.line_id is not null)
    <> (line.left_as = 'cancelled' or (line.left_as is null and orders.state = 'cancelled'))
"""
PROMISES: Final = {
    "totals": WRONG_TOTALS,
    "receivables": OPEN_RECEIVABLES,
    "sales": WRONG_SALES,
    "versions": GAPS,
    "cancellations": UNTOLD_CANCELLATIONS,
}


async def broken_promises(bookings: Bookings) -> dict[str, list[Any]]:
    """Return what does not add up, by the promise that it breaks."""
    async with acquire(bookings.database) as conn:
        found = {name: list(await conn.fetch(sql)) for name, sql in PROMISES.items()}
    return {name: rows for name, rows in found.items() if rows}


@dataclass
class Life:
    """The steps of a visitor whose plans change."""

    bookings: Bookings

    async def ordered(self, *lines: Json, token: str | None = None, **fields: Any) -> Json:
        """Return an order that is confirmed, and paid for at the venue."""
        fields = {"payment_method": "on_site", **fields}
        answer = await self.bookings.order(*(lines or (pottery(),)), token=token, **fields)
        assert answer.status == 201, answer.json
        order: Json = answer.json
        return order

    async def held(self, *lines: Json, **fields: Any) -> Json:
        return await self.ordered(*lines, payment_method=None, **fields)

    async def paid(self, *lines: Json, **fields: Any) -> Json:
        """Return an order that was paid for in advance."""
        order = await self.held(*lines, **fields)
        await self.pay(order["order_id"])
        return await self.order(order["order_id"], fields.get("token"))

    async def pay(self, order_id: str) -> None:
        await self.report(await self.begun(order_id))

    async def begun(self, order_id: str, line_id: str | None = None) -> StoredPayment:
        """Return a payment that was begun: for an order, or for the change of a line."""
        app = self.bookings.client.app
        until = datetime.now(UTC) + timedelta(minutes=15)
        async with transaction(self.bookings.database) as conn:
            if line_id is None:
                payees = await find_payees(conn, UUID(order_id), "sandbox")
            else:
                due = await find_due_change(conn, UUID(line_id))
                assert due is not None
                payees = [await find_payee(conn, due.organisation_id, "sandbox", due.due_fen)]
            wanted = Due(UUID(order_id), UUID(line_id) if line_id else None, "sandbox", until)
            payment = await find_payment(conn, await begin(app, conn, wanted, payees))
            assert payment is not None
            return payment

    async def report(self, payment: StoredPayment) -> None:
        """Hear from the provider that a payment was made."""
        reference = uuid4().hex
        status = PaymentStatus(
            payment.row.number,
            "paid",
            amount_fen=payment.bill.amount_fen,
            paid_at=datetime.now(UTC),
            reference=reference,
            parts=tuple(
                PaidPart(part.merchant, part.amount_fen, reference) for part in payment.bill.parts
            ),
        )
        await capture(self.bookings.client.app, payment, status)

    async def order(self, order_id: str, token: str | None = None) -> Json:
        answer = await self.call("GET", order_id, "", token=token)
        order: Json = answer.json
        return order

    async def call(
        self,
        method: str,
        order_id: str,
        what: str,
        body: object = None,
        *,
        token: str | None = None,
        key: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        return await self.bookings.call(
            method,
            f"/v1/orders/{order_id}{what}",
            body,
            token=token or self.bookings.visitor,
            key=key,
            params=params,
        )

    async def cancel(self, order_id: str, *line_ids: str, **fields: Any) -> Answer:
        token = fields.pop("token", None)
        body = {"line_ids": list(line_ids)} if line_ids else {}
        return await self.call("POST", order_id, "/cancellations", {**body, **fields}, token=token)

    async def preview(self, order_id: str, line_id: str | None = None) -> Answer:
        params = {"line_id": line_id} if line_id else None
        return await self.call("GET", order_id, "/cancellation-preview", params=params)

    async def change(self, order_id: str, line_id: str, **fields: Any) -> Answer:
        token, key = fields.pop("token", None), fields.pop("key", None) or uuid4().hex
        body = {"line_id": line_id, **fields}
        return await self.call("POST", order_id, "/changes", body, token=token, key=key)

    async def preview_change(self, order_id: str, line_id: str, **fields: Any) -> Answer:
        body = {"line_id": line_id, **fields}
        return await self.call("POST", order_id, "/change-previews", body)

    async def starts_in(self, line_id: str, **ahead: float) -> None:
        """Let a line begin so long from now."""
        await self.bookings.execute(
            "update order_lines set starts_at = now() + $2, ends_at = now() + $2 + interval '2 h'"
            " where line_id = $1",
            UUID(line_id),
            timedelta(**ahead),
        )

    async def check_in(self, line_id: str, ordinal: int = 1) -> Answer:
        return await self.bookings.call(
            "POST",
            "/v1/check-ins",
            {"line_id": line_id, "ordinal": ordinal, "admit_on_another_day": True},
            token=self.bookings.operator,
            key=uuid4().hex,
        )

    async def terms(self, refunds: RefundTerms = HALF, **terms: Any) -> None:
        """Publish pottery anew with these terms."""
        await self.bookings.publish_offering(
            POTTERY,
            "session",
            {"adult": ADULT, "child": 6800},
            OfferingTerms(refunds=refunds, **terms),
        )

    async def balances(self, order_id: str) -> dict[str, int]:
        rows = await self.bookings.fetch_rows(
            "select account, sum(amount_fen)::bigint as fen from ledger_entries"
            " where order_id = $1 group by account having sum(amount_fen) <> 0",
            UUID(order_id),
        )
        return {row["account"]: row["fen"] for row in rows}

    async def refunds(self, order_id: str) -> list[tuple[int, str]]:
        rows = await self.bookings.fetch_rows(
            "select amount_fen, cause from refunds where order_id = $1 order by refund_id",
            UUID(order_id),
        )
        return [tuple(row) for row in rows]

    async def events(self, order_id: str) -> list[Json]:
        """Return what was told of an order, in order: type and data."""
        rows = await self.bookings.fetch_rows(
            "select type, payload::jsonb as payload from outbox where subject = $1"
            " order by version",
            UUID(order_id),
        )
        return [{"type": row["type"], **row["payload"]} for row in rows]


def line_of(order: Json, number: int = 0) -> str:
    return str(order["lines"][number]["line_id"])


def weekend(nights: int = 2, first: date = NEXT_WEEK) -> Json:
    return camping(first, nights)


def hour(number: int, day: date = NEXT_WEEK) -> str:
    return at(day, number).isoformat()


def without_own(answer: Answer) -> Json:
    """Return a problem without what is each request's own."""
    return {k: v for k, v in answer.json.items() if k not in ("instance", "request_id")}
