"""Everything that a letter about an order is written from, asked for when it is written."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.notifications.deliveries import Delivery, Kind
from services.notifications.domain.recipients import Channel
from services.notifications.peers import (
    Cancellation,
    ClosureNotice,
    Line,
    Order,
    Peers,
    Refund,
    Ticket,
)
from shared.core.localized import Language, LocalizedText

CANCELLATIONS: Final[frozenset[Kind]] = frozenset({"order_cancelled", "line_cancelled"})
MOVES_OF_MONEY: Final[frozenset[Kind]] = frozenset({"line_changed", "payment_refunded"})
WITH_TICKETS: Final[frozenset[Kind]] = frozenset({"order_confirmed", "line_changed"})

OptionNames = Mapping[UUID, Mapping[str, LocalizedText]]


class Undeliverable(Exception):
    """No later attempt can succeed; the message says why, as a code."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What one letter is about: an order, or something of it, as it stands when it is written.

    `option_names` are what the offerings of its lines call their pitches or tables.
    """

    kind: Kind
    subject_id: UUID | None
    order: Order
    language: Language
    cancellations: list[Cancellation] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    option_names: OptionNames = field(default_factory=dict)
    tickets: list[Ticket] = field(default_factory=list)
    calendar: bytes | None = None
    closure: ClosureNotice | None = None

    @property
    def line(self) -> Line:
        """The line that it is about, for the kinds that are. Raises Undeliverable."""
        line = self.order.line(self.subject_id)
        if line is None:
            raise Undeliverable("line_unknown")
        return line

    @property
    def refund(self) -> Refund:
        """The refund that it is about, for the kind that is. Raises Undeliverable."""
        found = (refund for refund in self.refunds if refund.refund_id == self.subject_id)
        refund = next(found, None)
        if refund is None:
            raise Undeliverable("refund_unknown")
        return refund


async def gather(
    peers: Peers, delivery: Delivery, order: Order, language: Language, channel: Channel
) -> Matter:
    """Ask for what this kind of letter needs by this channel. Raises what `Peers` raises."""
    kind, order_id = delivery.kind, order.order_id
    cancellations = await peers.cancellations(order_id) if kind in CANCELLATIONS else []
    closure: ClosureNotice | None = None
    if kind == "closure" and delivery.subject_id is not None:
        closure = await peers.closure_notice(delivery.subject_id, delivery.account_id)
    refunds = await peers.refunds(order_id) if kind in MOVES_OF_MONEY else []
    tickets: list[Ticket] = []
    calendar: bytes | None = None
    if channel == "email" and kind in WITH_TICKETS and order.state != "cancelled":
        tickets, calendar = await asyncio.gather(
            peers.tickets(order_id), peers.calendar(order_id, language)
        )
    return Matter(
        kind=kind,
        subject_id=delivery.subject_id,
        order=order,
        language=language,
        cancellations=cancellations,
        refunds=refunds,
        option_names=await _option_names(peers, closure or order) if channel == "email" else {},
        tickets=tickets,
        calendar=calendar,
        closure=closure,
    )


async def _option_names(peers: Peers, shown: Order | ClosureNotice) -> OptionNames:
    offerings = list({line.offering_id for line in shown.lines if line.options})
    names = await asyncio.gather(*(peers.option_names(offering) for offering in offerings))
    return dict(zip(offerings, names, strict=True))
