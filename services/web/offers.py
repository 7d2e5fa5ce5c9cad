"""Venues with what is left at each of their offerings on a day, for a party."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from aiohttp import web

from services.web.clients.booked import Slot
from services.web.clients.venues import Offering, Venue, Village
from services.web.domain.party import Party
from services.web.keys import BOOKINGS
from shared.core.errors import Unavailable

# From the best news to the worst: room for the whole party, room for some of it, not known
# because bookings is away, sold out, no ticket for somebody of the party, nothing on that day.
Room = Literal["fits", "few", "unknown", "full", "not_sold", "none"]
ORDER: Final[tuple[Room, ...]] = ("fits", "few", "unknown", "full", "not_sold", "none")
QUIET_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class OfferingRoom:
    """One offering on that day; `left` is the most that one of its times has.

    `missing` is the age in the party that it sells no ticket for, where there is one.
    """

    offering: Offering
    slots: tuple[Slot, ...]
    room: Room
    left: int
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class VenueRoom:
    """One venue on that day, as good as the best of its offerings."""

    venue: Venue
    rows: tuple[OfferingRoom, ...]
    room: Room

    @property
    def from_fen(self) -> int | None:
        """The lowest price of what it offers."""
        return min((row.offering.from_fen for row in self.rows), default=None)


async def rooms_on(
    app: web.Application, venues: Sequence[Venue], day: date, party: Party, kind: str | None = None
) -> list[VenueRoom]:
    """Return the venues with what is left, those with room for the party first.

    With a `kind`, offerings of another kind are left out.
    Without bookings the venues are shown all the same, and nothing is claimed about places.
    """
    offerings = [offering.offering_id for venue in venues for offering in venue.on_sale]
    slots: list[Slot] | None = None
    with suppress(Unavailable):
        slots = await app[BOOKINGS].availability(offerings, day, day, party.persons)
    rooms = [_venue_room(venue, slots, party, kind) for venue in venues]
    return sorted(rooms, key=lambda room: ORDER.index(room.room))


def quiet_villages(rooms: Iterable[VenueRoom], villages: Iterable[Village]) -> list[Village]:
    """Return the villages with the most room, where something else is full for the party.

    A village counts by its venues with room; one in which anything is full is not quiet.
    """
    rooms = list(rooms)
    full = {room.venue.village.village_id for room in rooms if room.room in {"full", "few"}}
    if not full:
        return []
    free = Counter(room.venue.village.village_id for room in rooms if room.room == "fits")
    quiet = [one for one in villages if free[one.village_id] and one.village_id not in full]
    quiet.sort(key=lambda village: -free[village.village_id])
    return quiet[:QUIET_SHOWN]


def _venue_room(
    venue: Venue, slots: list[Slot] | None, party: Party, kind: str | None
) -> VenueRoom:
    shown = [offering for offering in venue.on_sale if kind in {None, offering.kind}]
    rows = tuple(_offering_room(offering, slots, party) for offering in shown)
    best: Room = min((row.room for row in rows), key=ORDER.index, default="none")
    return VenueRoom(venue, rows, best)


def _offering_room(offering: Offering, slots: list[Slot] | None, party: Party) -> OfferingRoom:
    missing = next((age for age in party.tickets if not offering.sells_to(age)), None)
    if slots is None:
        return OfferingRoom(offering, (), "not_sold" if missing else "unknown", 0, missing)
    own = tuple(slot for slot in slots if slot.offering_id == offering.offering_id)
    left = max((slot.left for slot in own), default=0)
    if missing and own:
        return OfferingRoom(offering, own, "not_sold", left, missing)
    return OfferingRoom(offering, own, _room(own, left), left)


def _room(slots: Sequence[Slot], left: int) -> Room:
    if not slots:
        return "none"
    if any(slot.fits for slot in slots):
        return "fits"
    return "few" if left else "full"
