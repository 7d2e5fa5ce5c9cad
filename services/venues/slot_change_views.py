"""What a preview shows of the slots that would come, go, or become others."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.venues.slot_changes import SlotChange
from shared.http.models import Reply

# How many slots of each sort are shown; the others are only counted.
MOST_SHOWN: Final = 50


class SlotChangeView(Reply):
    """A slot as it would be, or as it is before it goes."""

    slot_id: UUID | None
    offering_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    earlier_capacity: int | None
    capacity: int | None


class SlotChanges(Reply):
    """How many slots, and the first 50 of them in the order of their beginnings."""

    count: int
    first: list[SlotChangeView]


def slot_changes(changes: Sequence[SlotChange], change: str) -> SlotChanges:
    """Return those of one sort."""
    chosen = [one for one in changes if one.change == change]
    return SlotChanges(
        count=chosen[0].number_of if chosen else 0,
        first=[
            SlotChangeView(
                slot_id=one.slot_id,
                offering_id=one.offering_id,
                day=one.day,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                earlier_capacity=one.earlier_capacity,
                capacity=one.capacity,
            )
            for one in chosen
        ],
    )
