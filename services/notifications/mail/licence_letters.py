"""What a letter about a licence says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.notifications.domain.recipients import Channel
from services.notifications.licence_notices import LicenceNoticeKind
from services.notifications.mail.message import Letter
from services.notifications.mail.wording import Wording
from shared.contracts.venues import LicenceKind
from shared.core.localized import LocalizedText

PATH: Final = "/operator/venues"

Render = Callable[[str, dict[str, object]], str]


@dataclass(frozen=True, slots=True)
class LicenceMatter:
    """What one letter is about."""

    kind: LicenceNoticeKind
    venue_name: LocalizedText
    licence_kind: LicenceKind
    valid_until: date


def about_licence(
    matter: LicenceMatter, wording: Wording, channel: Channel, public_url: str, render: Render
) -> Letter:
    """Return the letter; its link leads to the operator's venues."""
    say, kind = wording.say, matter.kind
    words = {
        "venue": matter.venue_name.text(wording.language),
        "licence": say(f"licence.{matter.licence_kind}"),
        "day": wording.day(matter.valid_until),
        "link": public_url + PATH,
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
        "link_text": say("licence.link"),
        "facts": [
            (say("licence.venue"), words["venue"]),
            (say("licence.kind"), words["licence"]),
            (say("licence.last_day"), words["day"]),
        ],
    }
    return Letter(subject, render("licence.txt", values), render("licence.html", values))
