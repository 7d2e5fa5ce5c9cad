"""What the venues service tells the others: what can be booked, where, and when."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event
from shared.contracts.terms import (
    DayType,
    OfferingKind,
    OfferingTerms,
    OptionCode,
    PaymentPolicy,
    Term,
    TicketPrice,
)
from shared.core.localized import LocalizedText

Capacity = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
LicenceKind = Literal["business", "food", "fire", "camping_filing", "event_permit"]


Percent = Annotated[int, Field(strict=True, ge=50, le=100)]


class VillagePublished(Event):
    """A village and how many visitors a day it and its district can carry.

    From `warn_percent` of its day's capacity on it is nearly full, from `steer_percent` on
    visitors are led to `neighbours`, the nearest at heart first. `hour_capacity` is what it can
    carry in an hour, where that is known.
    """

    event_type: ClassVar[str] = "village.published.v1"
    topic: ClassVar[str] = "venues.village"

    village_id: UUID
    district_id: UUID
    name: LocalizedText
    day_capacity: Capacity
    district_day_capacity: Capacity
    hour_capacity: Capacity | None = None
    warn_percent: Percent = 80
    steer_percent: Percent = 90
    neighbours: Annotated[tuple[UUID, ...], Field(max_length=6)] = ()


class VenuePublished(Event):
    """A venue is open for bookings, or its published data changed."""

    event_type: ClassVar[str] = "venue.published.v1"
    topic: ClassVar[str] = "venues.venue"

    venue_id: UUID
    village_id: UUID
    organisation_id: UUID
    name: LocalizedText
    address: LocalizedText
    day_capacity: Capacity


class VenueWithdrawn(Event):
    """A venue takes no new bookings from now on."""

    event_type: ClassVar[str] = "venue.withdrawn.v1"
    topic: ClassVar[str] = "venues.venue"

    venue_id: UUID


class OfferingPublished(Event):
    """An offering is on sale, or its published data changed."""

    event_type: ClassVar[str] = "offering.published.v1"
    topic: ClassVar[str] = "venues.offering"

    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    organisation_id: UUID
    kind: OfferingKind
    name: LocalizedText
    prices: tuple[TicketPrice, ...]
    payment: PaymentPolicy
    persons_per_unit: Annotated[int, Field(strict=True, ge=1, le=100)] | None
    terms: OfferingTerms = OfferingTerms()


class OfferingWithdrawn(Event):
    """An offering takes no new bookings from now on."""

    event_type: ClassVar[str] = "offering.withdrawn.v1"
    topic: ClassVar[str] = "venues.offering"

    offering_id: UUID


class SlotPart(Term):
    """How many units of one option a slot has."""

    option: OptionCode
    capacity: Capacity


class SlotPublished(Event):
    """A unit of bookable time, or a change of its capacity.

    For a stay it is a night: `day` is the evening's date, `starts_at` and `ends_at` are arrival
    and departure. For a table it is a quarter of an hour. For an entry it is a day's opening, or
    a timed entry. `capacity` counts pitches of a stay, tables, and persons of a session or an
    entry; where the offering has options, `parts` say how many of each, and `capacity` is their
    sum.
    """

    event_type: ClassVar[str] = "slot.published.v1"
    topic: ClassVar[str] = "venues.slot"

    slot_id: UUID
    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    district_id: UUID
    kind: OfferingKind
    day: date
    starts_at: datetime
    ends_at: datetime
    capacity: Capacity
    parts: tuple[SlotPart, ...] = ()


class SlotWithdrawn(Event):
    """A slot takes no new bookings from now on."""

    event_type: ClassVar[str] = "slot.withdrawn.v1"
    topic: ClassVar[str] = "venues.slot"

    slot_id: UUID


class CalendarDay(Term):
    """A day that is not what its weekday says: a holiday, or a workday by decree."""

    day: date
    day_type: DayType
    name: LocalizedText


class CalendarPublished(Event):
    """The days of a year are decreed, or the decree was corrected.

    `days` are the exceptions; all others are workdays from Monday to Friday, else weekend. A year
    that was never published is not known, and nothing may be guessed about it.
    """

    event_type: ClassVar[str] = "calendar.published.v1"
    topic: ClassVar[str] = "venues.calendar"

    calendar_id: UUID
    year: Annotated[int, Field(strict=True, ge=2020, le=2100)]
    source: Annotated[str, Field(strict=True, min_length=1, max_length=300)]
    days: tuple[CalendarDay, ...]


class LicenceExpiring(Event):
    """A confirmed licence holds until `valid_until`, which is at most `days` days away.

    It is told 30, 10 and 1 days before, each once, and not where a later licence follows.
    """

    event_type: ClassVar[str] = "licence.expiring.v1"
    topic: ClassVar[str] = "venues.licence"

    licence_id: UUID
    kind: LicenceKind
    venue_id: UUID
    organisation_id: UUID
    venue_name: LocalizedText
    valid_until: date
    days: Annotated[int, Field(strict=True, ge=1, le=30)]


class LicenceExpired(Event):
    """The last day of a confirmed licence is over, and none follows it.

    A venue that needs the licence is off sale from now on, which events of its own tell.
    """

    event_type: ClassVar[str] = "licence.expired.v1"
    topic: ClassVar[str] = "venues.licence"

    licence_id: UUID
    kind: LicenceKind
    venue_id: UUID
    organisation_id: UUID
    venue_name: LocalizedText
    valid_until: date


class LicenceRenewed(Event):
    """The office confirmed a licence in place of an earlier one of the kind."""

    event_type: ClassVar[str] = "licence.renewed.v1"
    topic: ClassVar[str] = "venues.licence"

    licence_id: UUID
    kind: LicenceKind
    venue_id: UUID
    organisation_id: UUID
    venue_name: LocalizedText
    valid_until: date


# Who shuts something: an operator its own venue, the tourism office an area.
ClosedBy = Literal["operator", "office"]
ClosureCause = Literal["disaster", "safety", "maintenance", "operator", "other"]
# What happens to orders that stand: called off with a whole refund, or left as they are.
ClosedOrders = Literal["cancel", "keep"]
Ids = Annotated[tuple[UUID, ...], Field(max_length=200)]
Kinds = Annotated[tuple[OfferingKind, ...], Field(max_length=4)]


class ClosureOrdered(Event):
    """Something is shut: nothing of it is sold from now on (docs/domain.md rule 9).

    It covers the slots that touch the time from `closed_from` to `closed_until`, in the villages
    and at the venues that are named; of these only the `kinds` and the `offering_ids`, where any
    are named. Slots that are published later are covered, too.
    """

    event_type: ClassVar[str] = "closure.ordered.v1"
    topic: ClassVar[str] = "venues.closure"

    closure_id: UUID
    ordered_by: ClosedBy
    organisation_id: UUID | None
    village_ids: Ids
    venue_ids: Ids
    offering_ids: Ids
    kinds: Kinds
    closed_from: datetime
    closed_until: datetime
    cause: ClosureCause
    orders: ClosedOrders
    reason: LocalizedText


class ClosureLifted(Event):
    """A part of a closure is open again: what begins at `open_from` or later.

    The part is what lies in the villages or at the venues, and is of the kinds; where none are
    named, all of them. The rest stays shut.
    """

    event_type: ClassVar[str] = "closure.lifted.v1"
    topic: ClassVar[str] = "venues.closure"

    closure_id: UUID
    village_ids: Ids
    venue_ids: Ids
    kinds: Kinds
    open_from: datetime
