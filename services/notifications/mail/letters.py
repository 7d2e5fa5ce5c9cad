"""The letters that this service writes, each from a template in both of its forms."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifications.deliveries import Kind
from services.notifications.domain.recipients import Channel
from services.notifications.mail.message import Attachment, Letter, Picture
from services.notifications.mail.qr import qr_png
from services.notifications.mail.wording import Wording
from services.notifications.peers import Line, Order, Ticket
from shared.core.localized import Language
from shared.core.texts import Catalogue

TEMPLATES: Final = Path(__file__).parent.parent / "templates"
# Mailboxes cut long letters off. Whoever has more tickets finds the rest behind the link.
MOST_PICTURES: Final = 40
SECONDS_PER_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Enclosures:
    """What comes with an order's confirmation; a cancellation has neither."""

    tickets: tuple[Ticket, ...] = ()
    calendar: bytes | None = None


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """One ticket in a letter: its place among the line's, and its picture."""

    label: str
    picture: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of an order, in words."""

    name: str
    place: str
    address: str
    when: str
    party: str
    price: str
    tickets: tuple[ShownTicket, ...]


class Letters:
    """Writes letters. `public_url` is where their links lead."""

    def __init__(self, texts: Catalogue, public_url: str) -> None:
        self._texts = texts
        self._public_url = public_url.rstrip("/")
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def about_order(
        self, kind: Kind, order: Order, language: Language, channel: Channel, enclosed: Enclosures
    ) -> Letter:
        """Return the letter about an order. It draws pictures: call it in a thread."""
        wording = Wording(self._texts, language)
        subject = wording.say(f"{kind}.subject", code=order.code, name=_first_name(order, language))
        link = f"{self._public_url}/orders/{order.order_id}"
        if channel == "sms":
            return Letter(subject, self._short_text(kind, order, wording, link))
        tickets = [ticket for ticket in enclosed.tickets if ticket.state != "cancelled"]
        drawn = tickets[:MOST_PICTURES]
        values = {
            "say": wording.say,
            "language": language,
            "kind": kind,
            "order": order,
            "lines": _show_lines(order, drawn, wording),
            "payment": wording.payment(order),
            "link": link,
            "left_out": len(tickets) - len(drawn),
            "cancelled_since": kind == "order_confirmed" and order.state == "cancelled",
        }
        return Letter(
            subject,
            self._render("order.txt", values),
            self._render("order.html", values),
            tuple(Picture(_picture_name(ticket), qr_png(ticket.code)) for ticket in drawn),
            _attachments(order, enclosed.calendar),
        )

    def login_code(
        self, code: str, expires_in_seconds: int, language: Language, channel: Channel
    ) -> Letter:
        """Return the letter with a one-time code."""
        wording = Wording(self._texts, language)
        minutes = max(1, expires_in_seconds // SECONDS_PER_MINUTE)
        # Mail servers write subjects into their logs: the code is not in it.
        subject = wording.say("login_code.subject")
        if channel == "sms":
            return Letter(subject, wording.say("login_code.sms", code=code, minutes=minutes))
        values = {"say": wording.say, "language": language, "code": code, "minutes": minutes}
        return Letter(
            subject,
            self._render("login_code.txt", values),
            self._render("login_code.html", values),
        )

    def _short_text(self, kind: Kind, order: Order, wording: Wording, link: str) -> str:
        first = order.lines[0]
        return wording.say(
            f"{kind}.sms",
            code=order.code,
            name=_first_name(order, wording.language),
            when=wording.when(first),
            payment=wording.payment(order),
            link=link,
        )

    def _render(self, template: str, values: Mapping[str, object]) -> str:
        return self._templates.get_template(template).render(values)


def _first_name(order: Order, language: Language) -> str:
    """Return what the order's earliest line is about; more than one are told by dots."""
    name = order.lines[0].name.text(language)
    return name if len(order.lines) == 1 else f"{name} …"


def _show_lines(order: Order, tickets: list[Ticket], wording: Wording) -> list[ShownLine]:
    by_line: dict[UUID, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        by_line[ticket.line_id].append(ticket)
    return [_show_line(line, by_line[line.line_id], wording) for line in order.lines]


def _show_line(line: Line, tickets: list[Ticket], wording: Wording) -> ShownLine:
    language = wording.language
    return ShownLine(
        name=line.name.text(language),
        place=f"{line.venue_name.text(language)} · {line.village_name.text(language)}",
        address=line.address.text(language),
        when=wording.when(line),
        party=wording.party(line),
        price=wording.price(line.price_fen),
        tickets=tuple(_show_ticket(ticket, line, wording) for ticket in tickets),
    )


def _show_ticket(ticket: Ticket, line: Line, wording: Wording) -> ShownTicket:
    label = wording.say("ticket.label", ordinal=ticket.ordinal, total=line.units)
    if ticket.admits > 1:
        label = f"{label} · {wording.count('ticket.admits', ticket.admits)}"
    return ShownTicket(label, _picture_name(ticket))


def _picture_name(ticket: Ticket) -> str:
    return f"ticket-{ticket.line_id}-{ticket.ordinal}"


def _attachments(order: Order, calendar: bytes | None) -> tuple[Attachment, ...]:
    if calendar is None:
        return ()
    return (Attachment(f"xiangyou-{order.code}.ics", "calendar", calendar),)
