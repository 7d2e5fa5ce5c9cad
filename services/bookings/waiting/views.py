"""How an entry of the waiting list is shown to its visitor: where it stands, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

from pydantic import Field

from services.bookings.domain.party import TicketType
from services.bookings.views import contact_name
from services.bookings.waiting.waiting_list import EntryState, Outcome, SkipReason
from shared.core.localized import LocalizedText
from shared.core.sealing import Sealer
from shared.core.texts import Catalogue
from shared.db import Connection, fetch_all
from shared.http.models import Reply

# `rank`: who waits for any of the same slots and joined earlier. Whoever holds an offer does not.
SELECT_ENTRIES: Final = """
select
    entry.entry_id, entry.offering_id, offerings.name as offering_name, offerings.venue_id,
    venues.name as venue_name, entry.tickets, entry.option, entry.persons, entry.state,
    entry.keep_waiting, entry.contact_sealed, entry.joined_at, entry.ended_at,
    case when entry.state = 'waiting' then (
        select count(distinct ahead.entry_id)
        from waitlist_wishes as own
        join waitlist_wishes as other
            on other.own_pools && own.own_pools and other.registered
        join waitlist_entries as ahead
            on ahead.entry_id = other.entry_id
            and ahead.place < entry.place
            and ahead.state = 'waiting'
        where own.entry_id = entry.entry_id and own.registered
    ) end as rank
from waitlist_entries as entry
join offerings on offerings.offering_id = entry.offering_id
left join venues on venues.venue_id = offerings.venue_id
where entry.entry_id = any ($1::uuid[])
order by entry.entry_id desc
"""

SELECT_WISHES: Final = """
select
    entry_id, position, starts_at, first_day, nights, begins_at, registered as is_open
from waitlist_wishes
where entry_id = any ($1::uuid[])
order by entry_id, position
"""

SELECT_OFFERS: Final = """
select entry_id, position as wish, order_id, offered_at, expires_at, outcome
from waitlist_offers
where entry_id = any ($1::uuid[])
order by offered_at desc
"""

# The latest first; the rows of one entry are few, as its wishes and the sizes of pools are.
SELECT_SKIPS: Final = """
select
    entry_id, position as wish, reason, places_free, places_needed, first_at, last_at, times
from waitlist_skips
where entry_id = any ($1::uuid[])
order by last_at desc, position, reason
"""


class WishView(Reply):
    """A date that the party would take, as it was asked for.

    `is_open` ends with the entry, or when it is too late to book the date.
    """

    position: int
    starts_at: datetime | None
    first_day: date | None = Field(alias="date")
    nights: int | None
    begins_at: datetime
    is_open: bool


class OfferView(Reply):
    """Places that were offered: the held order is there to be paid until `expires_at`.

    `outcome` is null while the visitor can decide; `called_off` was nobody's choice of theirs.
    `wish` is the position of the wish.
    """

    wish: int
    order_id: UUID
    offered_at: datetime
    expires_at: datetime
    outcome: Outcome | None


class SkipView(Reply):
    """Why the party was passed over: first when, last when, how often for the same reason.

    Where too few were free, `places_free` and `places_needed` say how many: people, or pitches,
    or tables. `wish` is the position of the wish.
    """

    wish: int
    reason: SkipReason
    text: LocalizedText
    places_free: int | None
    places_needed: int | None
    first_at: datetime
    last_at: datetime
    times: int


class EntryView(Reply):
    """One entry of the waiting list, as its visitor sees it.

    `rank` is how many parties that wait for any of the same slots stand before this one; null
    when it does not wait. `contact_name` is null once the entry is over.
    """

    entry_id: UUID
    state: EntryState
    rank: int | None
    offering_id: UUID
    offering_name: LocalizedText
    venue_id: UUID
    venue_name: LocalizedText | None
    tickets: dict[TicketType, int]
    option: str | None
    persons: int
    keep_waiting: bool
    contact_name: str | None
    joined_at: datetime
    ended_at: datetime | None
    wishes: list[WishView]
    offer: OfferView | None
    earlier_offers: list[OfferView]
    skips: list[SkipView]


View = TypeVar("View", WishView, OfferView)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as it is stored, with its names and its rank."""

    entry_id: UUID
    offering_id: UUID
    offering_name: LocalizedText
    venue_id: UUID
    venue_name: LocalizedText | None
    tickets: dict[str, int]
    option: str | None
    persons: int
    state: EntryState
    keep_waiting: bool
    contact_sealed: bytes | None
    joined_at: datetime
    ended_at: datetime | None
    rank: int | None


class WishRow(WishView):
    """A wish together with its entry."""

    entry_id: UUID


class OfferRow(OfferView):
    """An offer together with its entry."""

    entry_id: UUID


@dataclass(frozen=True, slots=True)
class SkipRow:
    """A reason as it is stored."""

    entry_id: UUID
    wish: int
    reason: SkipReason
    places_free: int | None
    places_needed: int | None
    first_at: datetime
    last_at: datetime
    times: int


async def load_entries(
    conn: Connection, sealer: Sealer, texts: Catalogue, entry_ids: Sequence[UUID]
) -> list[EntryView]:
    """Return entries with all that happened to them, the newest first."""
    rows = await fetch_all(conn, EntryRow, SELECT_ENTRIES, entry_ids)
    wishes = await fetch_all(conn, WishRow, SELECT_WISHES, entry_ids)
    offers = await fetch_all(conn, OfferRow, SELECT_OFFERS, entry_ids)
    skips = await fetch_all(conn, SkipRow, SELECT_SKIPS, entry_ids)
    return [
        _entry_view(
            row,
            contact=contact_name(row.contact_sealed, sealer) if row.contact_sealed else None,
            wishes=_views_of(row, WishView, wishes),
            offers=_views_of(row, OfferView, offers),
            skips=[_skip_view(skip, texts) for skip in skips if skip.entry_id == row.entry_id],
        )
        for row in rows
    ]


def _views_of(
    row: EntryRow, kind: type[View], stored: Sequence[WishRow] | Sequence[OfferRow]
) -> list[View]:
    return [
        kind(**one.model_dump(exclude={"entry_id"}))
        for one in stored
        if one.entry_id == row.entry_id
    ]


def _entry_view(
    row: EntryRow,
    *,
    contact: str | None,
    wishes: list[WishView],
    offers: list[OfferView],
    skips: list[SkipView],
) -> EntryView:
    return EntryView(
        entry_id=row.entry_id,
        state=row.state,
        rank=row.rank,
        offering_id=row.offering_id,
        offering_name=row.offering_name,
        venue_id=row.venue_id,
        venue_name=row.venue_name,
        tickets=row.tickets,
        option=row.option,
        persons=row.persons,
        keep_waiting=row.keep_waiting,
        contact_name=contact,
        joined_at=row.joined_at,
        ended_at=row.ended_at,
        wishes=wishes,
        offer=next((offer for offer in offers if offer.outcome is None), None),
        earlier_offers=[offer for offer in offers if offer.outcome is not None],
        skips=skips,
    )


def _skip_view(row: SkipRow, texts: Catalogue) -> SkipView:
    figures = {"places_free": row.places_free, "places_needed": row.places_needed}
    key = f"waitlist.skip.{row.reason}"
    return SkipView(
        wish=row.wish,
        reason=row.reason,
        text=LocalizedText(
            zh=texts.text(key, "zh", **figures), en=texts.text(key, "en", **figures)
        ),
        **figures,
        first_at=row.first_at,
        last_at=row.last_at,
        times=row.times,
    )
