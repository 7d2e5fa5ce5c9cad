"""What a letter to those who run a venue says: about its licences, and the calendars it follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.notifications.domain.recipients import Channel
from services.notifications.mail.message import Letter
from services.notifications.mail.wording import Wording
from services.notifications.venue_notices import FeedFacts, VenueNoticeKind
from shared.contracts.venues import LicenceKind
from shared.core.localized import LocalizedText

PATH: Final = "/operator/venues"

Render = Callable[[str, dict[str, object]], str]
# Keys of the terms, and which of the letter's words stands behind each.
Facts = Sequence[tuple[str, str]]

LICENCE_FACTS: Final[Facts] = (
    ("venue.name", "venue"),
    ("licence.kind", "licence"),
    ("licence.last_day", "day"),
)
FEED_FACTS: Final[Facts] = (
    ("venue.name", "venue"),
    ("feed.offering", "offering"),
    ("feed.name", "feed"),
)
FAILING_FACTS: Final[Facts] = (*FEED_FACTS, ("feed.read_at", "read_at"), ("feed.fault", "fault"))
CONFLICT_FACTS: Final[Facts] = (*FEED_FACTS, ("feed.first", "when"), ("feed.count", "count"))

STATUS: Final = "status_"
NO_CALENDAR: Final = frozenset({"not_a_calendar", "unreadable"})
TOO_MUCH: Final = frozenset({"too_large", "too_many_events", "too_slow"})


@dataclass(frozen=True, slots=True)
class VenueMatter:
    """What one letter is about."""

    kind: VenueNoticeKind
    venue_name: LocalizedText
    licence_kind: LicenceKind | None = None
    valid_until: date | None = None
    feed: FeedFacts | None = None


def about_venue(
    matter: VenueMatter, wording: Wording, channel: Channel, public_url: str, render: Render
) -> Letter:
    """Return the letter; its link leads to the operator's venues."""
    say, kind = wording.say, matter.kind
    words = {
        "venue": matter.venue_name.text(wording.language),
        "link": public_url + PATH,
        **_licence_words(matter, wording),
        **_feed_words(matter, wording),
    }
    subject = say(f"{kind}.subject", **words)
    if channel == "sms":
        return Letter(subject, say(f"{kind}.sms", **words))
    values: dict[str, object] = {
        "say": say,
        "language": wording.language,
        "title": say(f"{kind}.title"),
        "intro": say(f"{kind}.intro", **words),
        "hint": say(f"{kind}.hint"),
        "accent": "#3f5d45" if kind == "licence_renewed" else "#a5502f",
        "link": words["link"],
        "link_text": say("venue.link"),
        "facts": [(say(term), words[word]) for term, word in _facts(matter)],
    }
    return Letter(subject, render("venue.txt", values), render("venue.html", values))


def _facts(matter: VenueMatter) -> Facts:
    if matter.kind == "feed_failing":
        return FAILING_FACTS
    return CONFLICT_FACTS if matter.kind == "feed_conflict_found" else LICENCE_FACTS


def _licence_words(matter: VenueMatter, wording: Wording) -> dict[str, str]:
    if matter.licence_kind is None or matter.valid_until is None:
        return {}
    return {
        "licence": wording.say(f"licence.{matter.licence_kind}"),
        "day": wording.day(matter.valid_until),
    }


def _feed_words(matter: VenueMatter, wording: Wording) -> dict[str, str]:
    feed = matter.feed
    if feed is None:
        return {}
    never = wording.say("feed.never_read")
    return {
        "offering": feed.offering_name.text(wording.language),
        "feed": feed.feed_name,
        "fault": _fault(feed.fault or "", wording),
        "read_at": never if feed.read_at is None else wording.moment(feed.read_at),
        "when": "" if feed.starts_at is None else wording.moment(feed.starts_at),
        "count": str(feed.conflicts),
    }


def _fault(code: str, wording: Wording) -> str:
    """Return why a calendar could not be read; whatever else went wrong, it was not reached."""
    if code.startswith(STATUS):
        return wording.say("feed.fault.status", status=code.removeprefix(STATUS))
    if code in TOO_MUCH:
        return wording.say("feed.fault.too_much")
    known = code in NO_CALENDAR
    return wording.say(f"feed.fault.{'not_a_calendar' if known else 'unreachable'}")
