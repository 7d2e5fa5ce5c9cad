"""The letters that this service writes, each from a template in both of its forms."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifications.domain.recipients import Channel
from services.notifications.gathering import Matter
from services.notifications.mail.contents import content_of
from services.notifications.mail.message import Attachment, Letter, Picture
from services.notifications.mail.qr import qr_png
from services.notifications.mail.showing import MOST_PICTURES, Showing, picture_name
from services.notifications.mail.venue_letters import VenueMatter, about_venue
from services.notifications.mail.wording import Wording
from services.notifications.peers import Line, Ticket
from shared.core.localized import Language
from shared.core.texts import Catalogue

TEMPLATES: Final = Path(__file__).parent.parent / "templates"
SECONDS_PER_MINUTE: Final = 60


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

    def about_order(self, matter: Matter, channel: Channel) -> Letter:
        """Return the letter about an order. It draws pictures: call it in a thread.

        Raises Undeliverable where what it is about is not known.
        """
        kind, order, wording = matter.kind, matter.order, Wording(self._texts, matter.language)
        tickets = _valid_tickets(matter)
        drawn = tickets[:MOST_PICTURES]
        content = content_of(matter, wording, Showing(matter, wording, drawn))
        link = f"{self._public_url}/orders/{order.order_id}"
        words = {
            "code": order.code,
            "name": _first_name(content.about, matter.language),
            "when": wording.when(content.about[0]),
            "link": link,
            **content.words,
        }
        subject = wording.say(f"{kind}.subject", **words)
        if channel == "sms":
            return Letter(subject, wording.say(f"{kind}.sms", **words))
        values = {
            "say": wording.say,
            "language": matter.language,
            "title": wording.say(f"{kind}.title"),
            "intro": wording.say(f"{kind}.intro", **{**words, "name": order.contact_name}),
            "code": order.code,
            "content": content,
            "left_out": len(tickets) - len(drawn),
            "link": link,
            "link_text": wording.say(f"{kind}.link"),
        }
        return Letter(
            subject,
            self._render("order.txt", values),
            self._render("order.html", values),
            tuple(Picture(picture_name(ticket), qr_png(ticket.code)) for ticket in drawn),
            _attachments(matter),
        )

    def about_venue(self, matter: VenueMatter, language: Language, channel: Channel) -> Letter:
        """Return the letter about a licence of a venue, or another channel's calendar."""
        wording = Wording(self._texts, language)
        return about_venue(matter, wording, channel, self._public_url, self._render)

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

    def contact_changed(self, what: str, language: Language, channel: Channel) -> Letter:
        """Return the letter that tells of a changed contact; `what` is such as `added_email`."""
        wording = Wording(self._texts, language)
        link = f"{self._public_url}/me/security"
        change = wording.say(f"contact_changed.{what}")
        subject = wording.say("contact_changed.subject")
        # Whoever lost a contact may be unable to sign in: the office comes first.
        gone = "" if what.startswith("added") else "gone_"
        if channel == "sms":
            text = wording.say(f"contact_changed.{gone}sms", change=change, link=link)
            return Letter(subject, text)
        not_yours = wording.say(f"contact_changed.{gone}not_yours")
        values = {
            "say": wording.say,
            "language": language,
            "change": change,
            "not_yours": not_yours,
            "link": link,
        }
        return Letter(
            subject,
            self._render("contact_changed.txt", values),
            self._render("contact_changed.html", values),
        )

    def _render(self, template: str, values: Mapping[str, object]) -> str:
        return self._templates.get_template(template).render(values)


def _first_name(lines: Sequence[Line], language: Language) -> str:
    """Return what the first line is about; more than one are told by dots."""
    name = lines[0].name.text(language)
    return name if len(lines) == 1 else f"{name} …"


def _valid_tickets(matter: Matter) -> list[Ticket]:
    """Return the tickets that the letter brings: of the whole order, or of the line it is about."""
    return [
        ticket
        for ticket in matter.tickets
        if ticket.state != "cancelled" and matter.subject_id in (None, ticket.line_id)
    ]


def _attachments(matter: Matter) -> tuple[Attachment, ...]:
    if matter.calendar is None:
        return ()
    return (Attachment(f"xiangyou-{matter.order.code}.ics", "calendar", matter.calendar),)
