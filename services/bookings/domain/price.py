"""What a line costs, in whole fen."""

from collections.abc import Mapping

from services.bookings.domain.party import Kind, TicketType


class NotPricedError(Exception):
    """The offering has no price for a ticket type; `ticket_type` says which."""

    def __init__(self, ticket_type: str) -> None:
        super().__init__(ticket_type)
        self.ticket_type = ticket_type


def line_price(
    kind: Kind,
    prices: Mapping[str, int],
    tickets: Mapping[TicketType, int],
    units: int,
    nights: int,
) -> int:
    """Return the price of a line in fen.

    A session costs the sum of its tickets; a stay costs its pitches times its nights, whoever
    sleeps there. Raises NotPricedError.
    """
    if kind == "stay":
        return _price_of(prices, "pitch") * units * nights
    return sum(_price_of(prices, ticket) * count for ticket, count in tickets.items())


def _price_of(prices: Mapping[str, int], ticket_type: str) -> int:
    try:
        return prices[ticket_type]
    except KeyError:
        raise NotPricedError(ticket_type) from None
