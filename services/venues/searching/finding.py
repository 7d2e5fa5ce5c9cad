"""Finds venues: who fits, who has places, what further choices there are, in which order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from services.venues.domain.distance import kilometres
from services.venues.domain.facets import Choice, Counts, count_choices
from services.venues.domain.ranking import Candidate, Ranked, ranked
from services.venues.domain.search_query import Mode
from services.venues.searching.asking import Asked
from services.venues.searching.hits import Hits, find_hits
from services.venues.searching.places import Place, find_places
from shared.contracts.terms import OfferingKind
from shared.db import Connection

# More offerings are not ranked; those of the latest venues are left out then.
MOST_RANKED: Final = 20_000

# One row for each offering, and one for a venue without any. $6 are the venues that have the
# words, or null; $7 the days, $8 for how many people there must be room, $9 now, $11 the party if
# the offering has to take it, $12 today. `days` are those on which the offering takes place and can
# be booked now, and it and its venue have room: a stay for the least of its nights from that day.
# They are the rules by which bookings refuses (services/bookings/domain/booking_window.py).
FIND: Final = """
select
    v.venue_id,
    v.village_id,
    o.kind,
    p.fen as price_fen,
    coalesce(o.nights, 1) as nights,
    case
        when o.offering_id is null or cardinality($7::date[]) = 0 then '{}'
        -- Off sale by itself, such as without its licence.
        when v.state = 'published' and not o.published then '{}'
        else array(
            select d.day
            from offering_days d
            left join place_projections known
                on known.subject_id = v.venue_id and known.day = d.day and known.option = ''
            where
                d.offering_id = o.offering_id
                and d.day = any ($7::date[])
                and coalesce(
                    d.day + o.nights - 1 - $12::date <= (o.terms -> 'horizon_days')::integer, true
                )
                and coalesce(known.places_left, v.day_capacity) >= $8
                and (
                    o.nights = 1
                    or not exists (
                        select from generate_series(1, o.nights - 1) as night
                        left join place_projections later
                            on later.subject_id = v.venue_id
                            and later.day = d.day + night
                            and later.option = ''
                        where coalesce(later.places_left, v.day_capacity) < $8
                    )
                )
                and exists (
                    select from unnest(d.until, d.parties) as room (until, party)
                    where room.until > $9 and room.party >= $8
                )
            order by d.day
        )
    end as days
from venues v
left join (
    select
        offering_id, venue_id, kind, terms, published, nights_to_stay(kind, terms) as nights
    from offerings
    where not held_back
) o
    on o.venue_id = v.venue_id
    and coalesce((o.terms -> 'party_least')::integer <= $11, true)
    and coalesce((o.terms -> 'party_most')::integer >= $11, true)
left join offering_prices_from p on p.offering_id = o.offering_id
where
    v.state = any ($1::text[])
    and (
        v.state = 'published'
        or $2
        or exists (
            select from unnest($3::uuid[], $4::uuid[]) as reach (organisation_id, venue_id)
            where
                reach.organisation_id = v.organisation_id
                and coalesce(reach.venue_id = v.venue_id, true)
        )
    )
    and ($5::uuid is null or v.organisation_id = $5)
    and ($6::uuid[] is null or v.venue_id = any ($6))
order by v.venue_id
limit $10
"""


class Row(NamedTuple):
    """An offering of a venue, or a venue without one; `days` are those with room."""

    venue_id: UUID
    village_id: UUID
    kind: OfferingKind | None
    price_fen: int | None
    # How many nights one has to stay from each of the days.
    nights: int
    days: Sequence[date]


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found, in its order, and what surrounds it."""

    venues: list[Ranked]
    counts: Counts
    mode: Mode | None
    places: dict[UUID, Place]
    # Villages of all that would fit if it had places.
    villages_asked: list[UUID]


async def find(conn: Connection, asked: Asked, mode: Mode | None = None) -> Found:
    """Return everything that fits, ranked; `mode` is how an earlier page looked for the words."""
    hits = await find_hits(conn, asked, mode)
    rows = await _find_rows(conn, asked, hits)
    # After the venues: a village that is new meanwhile is known then.
    places = await find_places(conn, _days_of_villages(asked, rows))
    distances = _distances(asked, places)
    near = [row for row in rows if row.village_id in distances]
    chosen = [row for row in near if _fits_choices(asked, row, places)]
    roomy = [with_room for row in near if (with_room := _with_room(asked, row, places))]
    return Found(
        venues=ranked(
            _candidates(
                asked,
                [row for row in roomy if _fits_choices(asked, row, places)],
                hits,
                places,
                distances,
            )
        ),
        counts=count_choices(_choices(asked, roomy, places)),
        mode=None if hits is None else hits.mode,
        places=places,
        villages_asked=sorted({row.village_id for row in chosen}),
    )


async def _find_rows(conn: Connection, asked: Asked, hits: Hits | None) -> list[Row]:
    found = await conn.fetch(
        FIND,
        *asked.sight.arguments,
        None if hits is None else list(hits.fits),
        asked.days,
        asked.persons,
        asked.now,
        MOST_RANKED,
        asked.party,
        asked.today,
    )
    return [Row._make(row) for row in found]


def _days_of_villages(asked: Asked, rows: Sequence[Row]) -> list[date]:
    """Return the days that are looked at, and those of later nights that one has to stay."""
    longest = max((row.nights for row in rows), default=1) if asked.days else 1
    return sorted(
        {day + timedelta(days=night) for day in asked.days_seen for night in range(longest)}
    )


def _distances(asked: Asked, places: dict[UUID, Place]) -> dict[UUID, float | None]:
    """Return the villages that are near enough, and how far they are."""
    near = asked.near
    if near is None:
        return dict.fromkeys(places)
    distances = {one.village_id: kilometres(near, one.point) for one in places.values()}
    return {village_id: km for village_id, km in distances.items() if km <= asked.within_km}


def _with_room(asked: Asked, row: Row, places: dict[UUID, Place]) -> Row | None:
    """Return the row with the days on which its village has room too; None if there is none."""
    if not asked.days:
        return row
    village, nights = places[row.village_id], range(row.nights)
    days = [
        day
        for day in row.days
        if all(village.days[day + timedelta(days=night)].left >= asked.persons for night in nights)
    ]
    if len(days) == len(row.days):
        return row if days else None
    return row._replace(days=days) if days else None


def _fits_choices(asked: Asked, row: Row, places: dict[UUID, Place]) -> bool:
    return _fits_kind(asked, row) and _fits_village(asked, row, places) and _fits_price(asked, row)


def _fits_kind(asked: Asked, row: Row) -> bool:
    return asked.kind is None or row.kind == asked.kind


def _fits_village(asked: Asked, row: Row, places: dict[UUID, Place]) -> bool:
    return asked.village is None or places[row.village_id].is_called(asked.village)


def _fits_price(asked: Asked, row: Row) -> bool:
    return asked.price_most_fen is None or (
        row.price_fen is not None and row.price_fen <= asked.price_most_fen
    )


def _choices(asked: Asked, rows: Iterable[Row], places: dict[UUID, Place]) -> Iterable[Choice]:
    return (
        Choice(
            row.venue_id,
            row.village_id,
            row.kind,
            row.price_fen,
            fits_kind=_fits_kind(asked, row),
            fits_village=_fits_village(asked, row, places),
            fits_price=_fits_price(asked, row),
        )
        for row in rows
    )


def _candidates(
    asked: Asked,
    rows: Sequence[Row],
    hits: Hits | None,
    places: dict[UUID, Place],
    distances: dict[UUID, float | None],
) -> list[Candidate]:
    villages = {row.venue_id: row.village_id for row in rows}
    days: dict[UUID, set[date]] = defaultdict(set)
    for row in rows:
        days[row.venue_id].update(row.days)
    seen = None if asked.days else asked.days_seen
    return [
        Candidate(
            venue_id=venue_id,
            fit=None if hits is None else hits.fits[venue_id],
            distance_km=distances[village_id],
            within_km=asked.within_km,
            asked_days=len(asked.days),
            has_places=asked.party is not None,
            days=(found := tuple(sorted(days[venue_id]))),
            crowdings=tuple(
                places[village_id].days[day].crowding for day in (found if seen is None else seen)
            ),
        )
        for venue_id, village_id in villages.items()
    ]
