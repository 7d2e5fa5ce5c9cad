"""What the venues service tells the others: what can be booked, where, and when."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.event import Event
from shared.core.localized import LocalizedText
from shared.core.money import Fen

OfferingKind = Literal["stay", "session"]
TicketType = Literal["adult", "child", "senior", "pitch"]
PaymentPolicy = Literal["free", "on_site"]
Capacity = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class VillagePublished(Event):
    """A village and how many visitors a day it and its district can carry."""

    event_type: ClassVar[str] = "village.published.v1"
    topic: ClassVar[str] = "venues.village"

    village_id: UUID
    district_id: UUID
    name: LocalizedText
    day_capacity: Capacity
    district_day_capacity: Capacity


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


class TicketPrice(BaseModel):
    """The price of one ticket of a type; for a stay, of one pitch and night."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ticket_type: TicketType
    fen: Fen


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


class OfferingWithdrawn(Event):
    """An offering takes no new bookings from now on."""

    event_type: ClassVar[str] = "offering.withdrawn.v1"
    topic: ClassVar[str] = "venues.offering"

    offering_id: UUID


class SlotPublished(Event):
    """A unit of bookable time, or a change of its capacity.

    For a stay it is a night: `day` is the evening's date, `starts_at` and `ends_at` are arrival
    and departure. `capacity` counts pitches for a stay and persons for a session.
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


class SlotWithdrawn(Event):
    """A slot takes no new bookings from now on."""

    event_type: ClassVar[str] = "slot.withdrawn.v1"
    topic: ClassVar[str] = "venues.slot"

    slot_id: UUID
