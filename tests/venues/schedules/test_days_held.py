"""What the database says of a schedule's days, for which it judges how large an event is."""

from typing import Any, Final

import pytest

from shared.db import acquire
from tests.venues.stage import Json, Stage, entry_body

HELD: Final = """
select held.day, held.capacity
from schedules s
cross join lateral days_held(s, '2026-09-11') as held
where s.offering_id = $1 and held.day <= '2026-12-10'
order by held.day
"""
SEEN: Final[dict[str, Json]] = {
    "seasons": {
        "rules": [
            {"season": {"from": "09-20", "until": "10-20"}, "capacity": 7},
            {"season": {"from": "11-20", "until": "02-10"}, "weekdays": [1, 7], "closed": True},
        ]
    },
    "kinds_of_days": {
        "weekdays": [],
        "rules": [
            {"day_types": ["weekend", "holiday"], "capacity": 7},
            {"day_types": ["make_up_workday"], "from": "2026-10-01", "capacity": 8},
            {"day_types": ["workday"], "weekdays": [5], "until": "2026-10-30", "capacity": 9},
        ],
    },
    "days_without": {
        "weekdays": [2, 6],
        "rules": [{"weekdays": [2], "closed": True}, {"from": "2026-11-01", "capacity": 3}],
        "blackouts": [{"from": "2026-10-01", "until": "2026-10-08"}],
        "exceptions": [
            {"day": "2026-09-30", "capacity": 44},
            {"day": "2026-10-10", "closed": True},
            {"day": "2026-10-13", "times": ["10:00"]},
        ],
    },
}


@pytest.mark.parametrize("says", SEEN.values(), ids=SEEN)
async def test_the_database_reads_a_schedule_as_its_slots_are_made(
    stage: Stage, says: dict[str, Any]
) -> None:
    offering = await stage.offering(await stage.venue(), entry_body(duration_minutes=60))
    await stage.schedule(
        offering,
        **{"weekdays": [1, 2, 3, 4, 5, 6, 7], "until": "2026-12-31", "capacity": 5, **says},
    )
    slots = await stage.slots(offering, "2026-09-11", "2026-12-10")
    async with acquire(stage.database) as conn:
        rows = await conn.fetch(HELD, offering["offering_id"])
    made = [(slot["day"], slot["capacity"]) for slot in slots]
    assert [(row["day"].isoformat(), row["capacity"]) for row in rows] == made
    assert made
