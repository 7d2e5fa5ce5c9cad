"""Which changes of what is on sale matter: dearer, shorter, stricter, elsewhere, fuller.

So do those of what says which permit an event needs: how many it expects, and the permit's number.
The office approved what was there; what matters of a change it looks at again, before or after it
goes live (`districts.significant_changes`). Texts, pictures and everything that only gets better
for visitors don't matter here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from services.venues.domain.offers import Offer
from services.venues.domain.price_rises import price_reasons
from services.venues.domain.stricter_terms import terms_reasons
from shared.contracts.terms import PaymentPolicy
from shared.core.localized import LocalizedText

Why = Literal[
    "new_offering",
    "address_changed",
    "more_visitors",
    "fewer_expected",
    "other_permit",
    "shorter",
    "price_raised",
    "cheaper_price_removed",
    "payment_stricter",
    "fewer_persons",
    "less_refunded",
    "not_refunded",
    "party_restricted",
    "nights_restricted",
    "group_discount_lowered",
    "booked_earlier",
    "ages_restricted",
]

_STRICTNESS: Final[dict[PaymentPolicy, int]] = {"free": 0, "on_site": 1, "online": 2}


@dataclass(frozen=True, slots=True)
class Significant:
    """A field of a change that matters, and why."""

    field: str
    why: Why


# What is added to what was approved: that it is on sale at all matters.
NEW_OFFERING: Final = Significant("on_sale", "new_offering")


@dataclass(frozen=True, slots=True)
class Place:
    """The part of a venue that matters to those who come."""

    address: LocalizedText
    day_capacity: int


def of_venue(before: Place, after: Place) -> list[Significant]:
    """Return what matters about a change of a venue itself."""
    found: list[Significant] = []
    if after.address != before.address:
        found.append(Significant("address", "address_changed"))
    if after.day_capacity > before.day_capacity:
        found.append(Significant("day_capacity", "more_visitors"))
    return found


def of_offer(before: Offer, after: Offer) -> list[Significant]:
    """Return what matters about a change of an offering, each reason once."""
    return list(dict.fromkeys(_of_offer(before, after)))


def _of_offer(before: Offer, after: Offer) -> Iterator[Significant]:
    for price_reason in price_reasons(before, after):
        yield Significant("prices", price_reason)
    if _STRICTNESS[after.payment] > _STRICTNESS[before.payment]:
        yield Significant("payment", "payment_stricter")
    if (before.persons_per_unit or 0) > (after.persons_per_unit or 0):
        yield Significant("persons_per_unit", "fewer_persons")
    if (before.duration_minutes or 0) > (after.duration_minutes or 0):
        yield Significant("duration_minutes", "shorter")
    yield from _of_event(before, after)
    for terms_reason in terms_reasons(before.terms, after.terms):
        yield Significant("terms", terms_reason)


def _of_event(before: Offer, after: Offer) -> Iterator[Significant]:
    """Yield what matters about an event of which it was said how large it is, or how permitted."""
    expected, expects = before.expected_visitors or 0, after.expected_visitors or 0
    if expected and expects != expected:
        why: Why = "more_visitors" if expects > expected else "fewer_expected"
        yield Significant("expected_visitors", why)
    if before.event_permit_number not in {None, after.event_permit_number}:
        yield Significant("event_permit_number", "other_permit")
