"""The types of what operators say of feeds."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from shared.core.errors import ValidationFailed
from shared.db import Connection
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

# A feed of an offering ($1) that would not know any more of which of its options ($2) a unit is.
FIND_LOST_FEED: Final = """
select true
from feeds
where
    offering_id = $1
    and blocks = 'unit'
    and case when option is null then $2::text[] <> '{}' else option <> all($2::text[]) end
limit 1
"""


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


async def check_options_of_feeds(conn: Connection, offering_id: UUID, codes: list[str]) -> None:
    """Raise ValidationFailed where what a feed blocked would be on sale with these options."""
    if await conn.fetchval(FIND_LOST_FEED, offering_id, codes):
        raise invalid("body", "/terms", "option_in_feed")


def _option_fault(blocks: str, option: str | None, known: list[str]) -> ValidationFailed | None:
    if blocks == "all" or not known:
        return None if option is None else invalid("body", "/option", "option_unneeded")
    if option is None:
        return invalid("body", "/option", "missing")
    return None if option in known else invalid("body", "/option", "unknown_option")
