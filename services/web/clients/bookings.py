"""The bookings service: what is left, quotes, orders, tickets, payments, cancelling, changing."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from pydantic import JsonValue

from services.web.clients.asking import Asking
from services.web.clients.booked import (
    Availability,
    CancellationPreview,
    ChangePreview,
    FoundOrder,
    MadeChange,
    Order,
    Orders,
    PaidOrder,
    Quote,
    Slot,
    Ticket,
    Tickets,
)
from services.web.clients.payments import PaymentMethods, Payments
from services.web.clients.seen import for_each
from shared.http.client import Parameters, RawAnswer, ServiceClient

# As many offerings as bookings takes in one question.
OFFERINGS_AT_ONCE: Final = 60
# Placing an order and starting a payment may have to wait for others.
PATIENT_SECONDS: Final = 10.0


class BookingsClient:
    """What visitors' pages ask of bookings. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def availability(
        self, offerings: Sequence[UUID], first: date, last: date, persons: int
    ) -> list[Slot]:
        """Return what is left of the offerings on the days from `first` to `last`."""
        groups = [
            offerings[start : start + OFFERINGS_AT_ONCE]
            for start in range(0, len(offerings), OFFERINGS_AT_ONCE)
        ]

        async def ask(group: Sequence[UUID]) -> Availability:
            params: Parameters = {"offering": group, "from": first, "to": last, "party": persons}
            return await self._client.get("/v1/availability", Availability, params=params)

        return [slot for answer in await for_each(groups, ask) for slot in answer.items]

    async def quote(self, by: Asking, lines: list[JsonValue]) -> Quote:
        """Return what lines cost; a signed-in visitor's quote is for their account only."""
        return await self._client.post("/v1/quotes", Quote, json={"lines": lines}, **by.options)

    async def place_order(self, by: Asking, key: str, body: JsonValue) -> Order:
        """Place an order: all of its lines or none; the same key places it once."""
        return await self._client.post(
            "/v1/orders",
            Order,
            json=body,
            idempotency_key=key,
            seconds=PATIENT_SECONDS,
            **by.options,
        )

    async def orders(self, by: Asking, cursor: str | None = None) -> Orders:
        """Return one's own orders, newest first."""
        return await self._client.get("/v1/orders", Orders, params={"cursor": cursor}, **by.options)

    async def order(self, by: Asking, order_id: UUID) -> Order:
        """Return one of one's own orders."""
        return await self._client.get(f"/v1/orders/{order_id}", Order, **by.options)

    async def look_up(self, by: Asking, code: str, phone_last_four: str) -> FoundOrder:
        """Return an order by its code and the end of its contact's phone number."""
        body: JsonValue = {"code": code, "phone_last_four": phone_last_four}
        return await self._client.post("/v1/order-lookups", FoundOrder, json=body, **by.options)

    async def tickets(self, by: Asking, order_id: UUID) -> tuple[Ticket, ...]:
        """Return the tickets of one's own order."""
        path = f"/v1/orders/{order_id}/tickets"
        return (await self._client.get(path, Tickets, **by.options)).items

    async def calendar(self, by: Asking, order_id: UUID) -> RawAnswer:
        """Return one's own order as an iCalendar file."""
        return await self._client.exchange(
            "GET",
            f"/v1/orders/{order_id}/tickets.ics",
            params={"language": by.language},
            headers={"Accept": "text/calendar"},
            **by.options,
        )

    async def payment_methods(self) -> list[str]:
        """Return the ways to pay in advance."""
        methods = await self._client.get("/v1/payment-methods", PaymentMethods)
        return [one.method for one in methods.items if one.in_advance]

    async def payments(self, by: Asking, order_id: UUID) -> Payments:
        """Return how one's own order was paid, and what went back."""
        return await self._client.get(f"/v1/orders/{order_id}/payments", Payments, **by.options)

    async def pay(self, by: Asking, order_id: UUID, body: JsonValue) -> PaidOrder:
        """Settle how an order is paid: at once, or by a payment that is begun."""
        return await self._client.post(
            f"/v1/orders/{order_id}/payments",
            PaidOrder,
            json=body,
            seconds=PATIENT_SECONDS,
            **by.options,
        )

    async def preview_cancellation(
        self, by: Asking, order_id: UUID, line_id: UUID | None
    ) -> CancellationPreview:
        """Return what cancelling one line, or all of them, would do now."""
        return await self._client.get(
            f"/v1/orders/{order_id}/cancellation-preview",
            CancellationPreview,
            params={"line_id": line_id},
            **by.options,
        )

    async def cancel(
        self, by: Asking, order_id: UUID, line_id: UUID | None, refund_fen: int
    ) -> Order:
        """Cancel one line or all for what was seen to come back; again is no harm."""
        body: dict[str, JsonValue] = {"expected_refund_fen": refund_fen}
        if line_id is not None:
            body["line_ids"] = [str(line_id)]
        path = f"/v1/orders/{order_id}/cancellations"
        return await self._client.post(path, Order, json=body, **by.options)

    async def preview_change(self, by: Asking, order_id: UUID, body: JsonValue) -> ChangePreview:
        """Return what a change of one line would cost now."""
        path = f"/v1/orders/{order_id}/change-previews"
        return await self._client.post(path, ChangePreview, json=body, **by.options)

    async def change(self, by: Asking, order_id: UUID, key: str, body: JsonValue) -> MadeChange:
        """Change one line; the same key changes it once."""
        return await self._client.post(
            f"/v1/orders/{order_id}/changes",
            MadeChange,
            json=body,
            idempotency_key=key,
            seconds=PATIENT_SECONDS,
            **by.options,
        )
