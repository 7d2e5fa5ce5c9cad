"""What the service shows of villages, venues and offerings, and how it reads that.

A page of venues takes four statements, however many venues and offerings are on it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg
from pydantic import Field

from services.venues.domain.life import State
from services.venues.domain.reviewing import average
from services.venues.ownership import reads_always
from services.venues.photo_views import ShownPhoto, shown_photos
from shared.contracts.terms import OfferingKind, OfferingTerms, PaymentPolicy, TicketPrice
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.core.money import Fen
from shared.db import Connection, fetch_all, fetch_first
from shared.http.access import Caller
from shared.http.models import Reply


class OfferingView(Reply):
    """What can be booked at a venue."""

    offering_id: UUID
    venue_id: UUID
    village_id: UUID
    organisation_id: UUID
    slug: str
    kind: OfferingKind
    name: LocalizedText
    description: LocalizedText
    prices: tuple[TicketPrice, ...]
    price_from_fen: Fen = Field(
        description="The lowest price of an adult's ticket, on whichever day and in whichever "
        "season it holds; where adults have none, of any ticket, pitch and night, or table."
    )
    payment: PaymentPolicy
    persons_per_unit: int | None
    duration_minutes: int | None
    terms: OfferingTerms = OfferingTerms()
    expected_visitors: int | None = None
    event_permit_number: str | None = None
    on_sale: bool
    held_back: bool = Field(
        default=False,
        description="Added after the venue was approved, and off sale until the office approves "
        "of it, too; shown to the venue's people and the office alone.",
    )
    version: int


class VillageOfVenue(Reply):
    """The village in which a venue lies."""

    village_id: UUID
    slug: str
    name: LocalizedText


class VenueHead(Reply):
    """A venue without its offerings."""

    venue_id: UUID
    organisation_id: UUID
    village: VillageOfVenue
    slug: str
    name: LocalizedText
    summary: LocalizedText
    description: LocalizedText
    address: LocalizedText
    day_capacity: int
    state: State
    version: int


class RatingSummary(Reply):
    """What visitors thought: `average` of 5 to one decimal; `hidden` reviews count for nothing."""

    count: int
    average: float | None
    hidden: int


class VenueView(VenueHead):
    """A venue with its offerings; `version` counts edits of either, for ETag and If-Match.

    Of its photos a list shows the first one only.
    """

    kinds: tuple[OfferingKind, ...]
    offerings: tuple[OfferingView, ...]
    photos: tuple[ShownPhoto, ...] = ()
    rating: RatingSummary | None = None


VENUE: Final = """
select
    v.venue_id,
    v.organisation_id,
    jsonb_build_object('village_id', g.village_id, 'slug', g.slug, 'name', g.name) as village,
    v.slug,
    v.name,
    v.summary,
    v.description,
    v.address,
    v.day_capacity,
    v.state,
    v.edit_version as version
from venues v
join villages g using (village_id)
where v.venue_id = any ($1::uuid[])
"""

OFFERINGS: Final = """
select
    o.offering_id,
    o.venue_id,
    v.village_id,
    v.organisation_id,
    o.slug,
    o.kind,
    o.name,
    o.description,
    p.prices,
    f.fen as price_from_fen,
    o.payment,
    o.persons_per_unit,
    o.duration_minutes,
    o.terms,
    o.expected_visitors,
    o.event_permit_number,
    o.published as on_sale,
    o.held_back,
    o.edit_version as version
from offerings o
join venues v using (venue_id)
cross join lateral (
    select
        jsonb_agg(
            jsonb_build_object(
                'ticket_type', ticket_type,
                'fen', fen,
                'day_type', nullif(day_type, ''),
                'option', nullif(option, ''),
                'season', nullif(season, '')
            )
            order by option, season, day_type, fen desc, ticket_type
        ) as prices
    from offering_prices
    where offering_id = o.offering_id
) p
left join offering_prices_from f on f.offering_id = o.offering_id
where o.venue_id = any($1::uuid[]) or o.offering_id = $2
order by o.offering_id
"""


RATINGS: Final = """
select venue_id, rating_count, rating_sum, reviews_hidden
from venues
where venue_id = any($1::uuid[])
"""


async def venue_view(conn: Connection, venue_id: UUID) -> VenueView:
    """Return a venue with its offerings, whoever asks. Raises NotFound."""
    head = await fetch_first(conn, VenueHead, VENUE, [venue_id])
    if head is None:
        raise NotFound
    (view,) = await with_offerings(conn, [head], covers=False)
    return view


async def venue_views(conn: Connection, venue_ids: Sequence[UUID]) -> list[VenueView]:
    """Return venues with their offerings and first photos, in this order, whoever asks."""
    heads = {head.venue_id: head for head in await fetch_all(conn, VenueHead, VENUE, venue_ids)}
    wanted = [heads[venue_id] for venue_id in venue_ids if venue_id in heads]
    return await with_offerings(conn, wanted)


async def with_offerings(
    conn: Connection, heads: Sequence[VenueHead], *, covers: bool = True
) -> list[VenueView]:
    """Return venues with their offerings and photos, in the same order, by a statement for each.

    With `covers`, only the first photo of each venue.
    """
    venue_ids = [head.venue_id for head in heads]
    found = await fetch_all(conn, OfferingView, OFFERINGS, venue_ids, None)
    offerings: dict[UUID, list[OfferingView]] = defaultdict(list)
    for offering in found:
        offerings[offering.venue_id].append(offering)
    photos = await shown_photos(conn, venue_ids, covers=covers)
    ratings = {row["venue_id"]: _rating(row) for row in await conn.fetch(RATINGS, venue_ids)}
    return [
        _joined(head, offerings[head.venue_id], photos[head.venue_id], ratings.get(head.venue_id))
        for head in heads
    ]


async def offering_view(conn: Connection, offering_id: UUID) -> OfferingView:
    """Return an offering, whoever asks. Raises NotFound."""
    view = await fetch_first(conn, OfferingView, OFFERINGS, [], offering_id)
    if view is None:
        raise NotFound
    return view


def as_seen_by(caller: Caller | None, view: VenueView) -> VenueView:
    """Return a venue with what is held back of it only for its people and the office."""
    shown = tuple(offering for offering in view.offerings if not offering.held_back)
    if len(shown) == len(view.offerings) or reads_always(
        caller, view.organisation_id, view.venue_id
    ):
        return view
    return view.model_copy(update={"offerings": shown, "kinds": _kinds(shown)})


def _kinds(offerings: Sequence[OfferingView]) -> tuple[OfferingKind, ...]:
    return tuple(sorted({offering.kind for offering in offerings}))


def _joined(
    head: VenueHead,
    offerings: Sequence[OfferingView],
    photos: Sequence[ShownPhoto],
    rating: RatingSummary | None,
) -> VenueView:
    # The parts are models already: there is nothing left to check.
    return VenueView.model_construct(
        **dict(head),
        kinds=_kinds(offerings),
        offerings=tuple(offerings),
        photos=tuple(photos),
        rating=rating,
    )


def _rating(row: asyncpg.Record) -> RatingSummary:
    count = row["rating_count"]
    return RatingSummary(
        count=count, average=average(count, row["rating_sum"]), hidden=row["reviews_hidden"]
    )
