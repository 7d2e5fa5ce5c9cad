"""The lines of an order as letters show them: name, facts, pictures of tickets."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.notifications.gathering import Matter
from services.notifications.mail.wording import Wording
from services.notifications.peers import Line, Ticket

# Mailboxes cut long letters off. Whoever has more tickets finds the rest behind the link.
MOST_PICTURES: Final = 40


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and its value."""

    term: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """One ticket in a letter: its place among the line's, and its picture."""

    label: str
    picture: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of an order, in words."""

    name: str
    when: str
    facts: tuple[Fact, ...]
    tickets: tuple[ShownTicket, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Some lines, under a heading where a letter has several kinds of them."""

    heading: str | None
    lines: tuple[ShownLine, ...]


class Showing:
    """Shows the lines of one letter; `tickets` are those whose pictures are in it."""

    def __init__(self, matter: Matter, wording: Wording, tickets: Sequence[Ticket]) -> None:
        self._matter = matter
        self._wording = wording
        self._tickets: dict[UUID, list[Ticket]] = defaultdict(list)
        for ticket in tickets:
            self._tickets[ticket.line_id].append(ticket)

    def section(self, lines: Sequence[Line], heading: str | None = None) -> Section:
        """Return lines under a heading, given by its key."""
        said = None if heading is None else self._wording.say(heading)
        return Section(said, tuple(self._line(line) for line in lines))

    def _line(self, line: Line) -> ShownLine:
        language = self._wording.language
        tickets = tuple(self._ticket(ticket, line) for ticket in self._tickets[line.line_id])
        return ShownLine(
            line.name.text(language), self._wording.when(line), tuple(self._facts(line)), tickets
        )

    def _facts(self, line: Line) -> list[Fact]:
        say, language = self._wording.say, self._wording.language
        names = self._matter.option_names.get(line.offering_id, {})
        place = f"{line.venue_name.text(language)} · {line.village_name.text(language)}"
        facts = [
            Fact(say("order.time"), self._wording.when(line), strong=True),
            Fact(say("order.place"), place),
            Fact(say("order.address"), line.address.text(language)),
            Fact(say("order.party"), self._wording.party(line)),
        ]
        if units := self._wording.units(line, names):
            facts.append(Fact(say(f"order.units.{line.kind}"), units))
        return [*facts, Fact(say("order.price"), self._wording.price(line.price_fen))]

    def _ticket(self, ticket: Ticket, line: Line) -> ShownTicket:
        label = self._wording.say("ticket.label", ordinal=ticket.ordinal, total=line.units)
        if ticket.admits > 1:
            label = f"{label} · {self._wording.count('ticket.admits', ticket.admits)}"
        return ShownTicket(label, picture_name(ticket))


def picture_name(ticket: Ticket) -> str:
    """Return the name by which the page shows a ticket's picture."""
    return f"ticket-{ticket.line_id}-{ticket.ordinal}"
