"""Villages: where they are, and how crowded on the asked days, by what bookings said last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from services.venues.domain.steering import Crowding, crowding
from shared.core.localized import LocalizedText
from shared.db import Connection

# For each village and day: its capacity, what is left of it, and what is left of its district's.
FIND: Final = """
select
    g.village_id,
    g.slug,
    g.name,
    g.latitude,
    g.longitude,
    g.warn_percent,
    g.steer_percent,
    array(
        select n.neighbour_id
        from village_neighbours n
        where n.village_id = g.village_id
        order by n.place
    ) as neighbours,
    coalesce(asked.capacities, '{}') as capacities,
    coalesce(asked.places_left, '{}') as places_left,
    coalesce(asked.left_in_district, '{}') as left_in_district
from villages g
join districts d using (district_id)
cross join lateral (
    select
        array_agg(coalesce(village.capacity, g.day_capacity) order by place) as capacities,
        array_agg(coalesce(village.places_left, g.day_capacity) order by place) as places_left,
        array_agg(coalesce(district.places_left, d.day_capacity) order by place)
            as left_in_district
    from unnest($1::date[]) with ordinality as wanted (day, place)
    left join place_projections village
        on village.subject_id = g.village_id and village.day = wanted.day and village.option = ''
    left join place_projections district
        on district.subject_id = g.district_id
        and district.day = wanted.day
        and district.option = ''
) as asked
order by g.village_id
"""


@dataclass(frozen=True, slots=True)
class DayOfVillage:
    """What a village and its district have left on a day."""

    left: int
    crowding: Crowding


@dataclass(frozen=True, slots=True)
class Place:
    """A village with its asked days."""

    village_id: UUID
    slug: str
    name: LocalizedText
    point: tuple[float, float]
    neighbours: Sequence[UUID]
    days: Mapping[date, DayOfVillage]

    def is_called(self, slug_or_id: str) -> bool:
        """Tell whether this is the village with that slug or id."""
        return slug_or_id in {self.slug, str(self.village_id)}


async def find_places(conn: Connection, days: Sequence[date]) -> dict[UUID, Place]:
    """Return all villages by their ids."""
    rows = await conn.fetch(FIND, days)
    return {
        row["village_id"]: Place(
            village_id=row["village_id"],
            slug=row["slug"],
            name=LocalizedText(**row["name"]),
            point=(row["latitude"], row["longitude"]),
            neighbours=row["neighbours"],
            days=_days(row, days),
        )
        for row in rows
    }


def _days(row: asyncpg.Record, days: Sequence[date]) -> dict[date, DayOfVillage]:
    figures = zip(days, row["capacities"], row["places_left"], row["left_in_district"], strict=True)
    return {
        day: DayOfVillage(
            min(left, district_left),
            crowding(capacity, left, row["warn_percent"], row["steer_percent"]),
        )
        for day, capacity, left, district_left in figures
    }
