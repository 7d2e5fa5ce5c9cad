"""How days, times, parties and prices are written, in each language."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from babel.dates import format_date

from services.notifications.peers import Line, Order
from shared.contracts.terms import TicketType
from shared.core.clock import SHANGHAI
from shared.core.localized import Language, LocalizedText
from shared.core.money import Money
from shared.core.texts import Catalogue

TICKET_TYPES: Final[tuple[TicketType, ...]] = ("adult", "child", "senior", "pitch", "table")


class Wording:
    """The texts of one language."""

    def __init__(self, texts: Catalogue, language: Language) -> None:
        self._texts = texts
        self.language: Language = language

    def say(self, key: str, **params: object) -> str:
        """Return a text by its key."""
        return self._texts.text(key, self.language, **params)

    def count(self, key: str, number: int, **params: object) -> str:
        """Return a text about a number of things, in the singular where it is one."""
        return self.say(f"{key}.{'one' if number == 1 else 'many'}", count=number, **params)

    def day(self, day: date) -> str:
        """Return a day with its weekday."""
        return format_date(day, self.say("format.day"), locale=self.language)

    def short_day(self, day: date) -> str:
        """Return a day with its weekday, where the year was just said."""
        return format_date(day, self.say("format.short_day"), locale=self.language)

    def time(self, instant: datetime) -> str:
        """Return the time of day in the villages."""
        return instant.astimezone(SHANGHAI).strftime("%H:%M")

    def moment(self, instant: datetime) -> str:
        """Return a day and time soon, in the villages."""
        day = self.short_day(instant.astimezone(SHANGHAI).date())
        return self.say("format.moment", day=day, time=self.time(instant))

    def when(self, line: Line) -> str:
        """Return when a line takes place.

        A session's hours or those at a table, an entry's opening, a stay's arrival and departure.
        """
        start, end = line.starts_at.astimezone(SHANGHAI), line.ends_at.astimezone(SHANGHAI)
        if line.kind != "stay":
            return self.say(
                f"when.{line.kind}",
                day=self.day(start.date()),
                start=self.time(start),
                end=self.time(end),
            )
        return self.say(
            "when.stay",
            day=self.day(start.date()),
            start=self.time(start),
            last_day=self.short_day(end.date()),
            end=self.time(end),
            nights=self.count("nights", line.nights),
        )

    def party(self, line: Line) -> str:
        """Return who comes: tickets by type, and the pitches of a stay."""
        parts = [
            self.count(f"party.{ticket_type}", number)
            for ticket_type in TICKET_TYPES
            if (number := line.tickets.get(ticket_type, 0)) > 0
        ]
        if line.kind == "stay" and "pitch" not in line.tickets:
            parts.append(self.count("party.pitch", line.units))
        return self.say("list.comma").join(parts)

    def units(self, line: Line, names: Mapping[str, LocalizedText]) -> str:
        """Return which pitches or tables a line has; empty where they have no names."""
        return self.say("list.comma").join(
            self.count("units", number, name=names[code].text(self.language))
            for code, number in line.options.items()
            if code in names
        )

    def price(self, fen: int) -> str:
        """Return an amount of money; nothing is free."""
        return str(Money(fen)) if fen else self.say("price.free")

    def payment(self, order: Order) -> str:
        """Return how an order is paid: not at all, at the venue, or in advance already."""
        way = "in_advance" if order.paid_in_advance else "on_site"
        key = f"payment.{way}" if order.total_fen else "payment.free"
        return self.say(key, total=str(Money(order.total_fen)))

    def payment_due(self, order: Order) -> str:
        """Return how an order that is held can be paid."""
        key = f"payment.due.{order.accepted_payment}" if order.total_fen else "payment.free"
        return self.say(key, total=str(Money(order.total_fen)))
