"""Whether a party would find room in a slot, from what is left of its pools at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.bookings.domain.lines import NO_OPTION, Offered
from services.bookings.domain.party import units_for
from services.bookings.domain.tables import TableSet, seating_minutes
from shared.contracts.terms import QUARTER_MINUTES


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of a slot: its own units by option, and people in the places around it."""

    starts_at: datetime
    units: Mapping[str, int]
    persons: int


def units_left(offered: Offered, room: Room) -> int:
    """Return how many units could still be sold: pitches, tables, or people for all else.

    What the places around a slot can still take limits units by the people that each holds.
    """
    if offered.kind in ("session", "entry"):
        return min(room.units.get(NO_OPTION, 0), room.persons)
    left = sum(
        min(units, -(-room.persons // _persons_per_unit(offered, code)))
        for code, units in room.units.items()
    )
    return min(left, room.persons)


def has_room(
    offered: Offered, rooms: Mapping[datetime, Room], starts_at: datetime, persons: int
) -> bool:
    """Tell whether a party could book the slot; for a table, its whole seating from there on.

    `rooms` are those of the offering by their beginnings. A stay is looked at night by night.
    """
    least, most = offered.party_bounds
    room = rooms[starts_at]
    if not least <= persons <= most or persons > room.persons:
        return False
    if offered.kind == "table":
        return _has_table(offered, rooms, starts_at, persons)
    return any(
        units >= units_for(offered.kind, persons, _persons_per_unit(offered, code))
        for code, units in room.units.items()
    )


def _persons_per_unit(offered: Offered, code: str) -> int:
    option = offered.options.get(code)
    return option.persons if option else offered.persons_per_unit or 1


def _has_table(
    offered: Offered, rooms: Mapping[datetime, Room], starts_at: datetime, persons: int
) -> bool:
    quarters = seating_minutes(offered.terms.seating, persons) // QUARTER_MINUTES
    wanted = [
        rooms.get(starts_at + timedelta(minutes=QUARTER_MINUTES * place))
        for place in range(quarters)
    ]
    fitting = [tables for tables in offered.table_sets if tables.persons >= persons]
    return any(all(_is_free(room, tables, persons) for room in wanted) for tables in fitting)


def _is_free(room: Room | None, tables: TableSet, persons: int) -> bool:
    if room is None or room.persons < persons:
        return False
    wanted = tables.tables or {NO_OPTION: 1}
    return all(room.units.get(code, 0) >= count for code, count in wanted.items())
