"""The types of what operators say of feeds."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from shared.core.errors import ValidationFailed
from shared.http.models import line
from shared.http.outbound_urls import LONGEST_URL, Exempt, UrlRefused, read_target
from shared.http.validation import invalid

FeedName = Annotated[str, AfterValidator(line(60)), Field(min_length=1, max_length=60)]
FeedUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_URL,
        description="Where the other channel's calendar is: http or https, ports 80 and 443.",
        examples=["https://channel.example/calendars/1.ics"],
    ),
]
FeedOption = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9](-?[a-z0-9]){0,19}$",
        description="Of which option one unit is taken, where the offering has options.",
    ),
]

FIND_OPTIONS: Final = "select option_codes(terms) from offerings where offering_id = $1"


def check_url(url: str, exempt: frozenset[Exempt]) -> None:
    """Raise ValidationFailed for an address that is never called."""
    try:
        read_target(url, exempt)
    except UrlRefused as refused:
        raise invalid("body", "/url", f"url_{refused.fault}") from None


def check_option(blocks: str, option: str | None, known: list[str]) -> None:
    """Raise ValidationFailed where it is not clear of which option a unit is taken."""
    if fault := _option_fault(blocks, option, known):
        raise fault


def _option_fault(blocks: str, option: str | None, known: list[str]) -> ValidationFailed | None:
    if blocks == "all" or not known:
        return None if option is None else invalid("body", "/option", "option_unneeded")
    if option is None:
        return invalid("body", "/option", "missing")
    return None if option in known else invalid("body", "/option", "unknown_option")
