"""Writing to which neighbours a village's visitors are led when it is nearly full."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.venues.domain.steering import neighbour_faults
from shared.core.errors import ApiError, ValidationFailed
from shared.db import Connection
from shared.http.validation import field_error, invalid

FORGET: Final = "delete from village_neighbours where village_id = $1"

# Those that are no village of the same district are left out, and then refused.
NAME: Final = """
insert into village_neighbours (village_id, place, neighbour_id, district_id)
select g.village_id, named.place, named.neighbour_id, g.district_id
from unnest($2::uuid[]) with ordinality as named (neighbour_id, place)
join villages g on g.village_id = $1
join villages n on n.village_id = named.neighbour_id and n.district_id = g.district_id
returning neighbour_id
"""


async def set_neighbours(conn: Connection, village_id: UUID, neighbours: Sequence[UUID]) -> None:
    """Replace a village's neighbours; the caller holds its row's lock.

    Raises ValidationFailed for the village itself, for one that is named twice, and for one that
    is not of the district.
    """
    faults = neighbour_faults(village_id, neighbours)
    if not faults:
        await conn.execute(FORGET, village_id)
        rows = await conn.fetch(NAME, village_id, neighbours)
        named = {row["neighbour_id"] for row in rows}
        faults = [
            (place, "unknown_neighbour")
            for place, neighbour in enumerate(neighbours)
            if neighbour not in named
        ]
    if faults:
        raise ValidationFailed(
            errors=[field_error("body", f"/neighbours/{place}", code) for place, code in faults]
        )


def unfit_thresholds() -> ApiError:
    """Return what is wrong where steering would begin before the warning."""
    return invalid("body", "/steer_percent", "not_above_warning")
