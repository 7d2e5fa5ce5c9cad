"""Days that search counted while the rule that notes their changes was being changed itself."""

from typing import Any, Final

import asyncpg
import pytest

from shared.schema import MIGRATIONS
from tests.support.databases import Clone
from tests.venues.stage import Stage

AGAIN: Final = MIGRATIONS / "venues" / "0030_note_days_again.sql"
# Migrations know no clock but the database's.
COMING: Final = """
insert into slots (offering_id, day, starts_at, ends_at, capacity, parts, offered)
select
    offering_id, current_date + 1,
    (current_date + 1 + time '14:00') at time zone 'Asia/Shanghai',
    (current_date + 1 + time '16:00') at time zone 'Asia/Shanghai', 12, '[]', true
from offerings
"""
CHANGE: Final = "update offerings set terms = $1"
DEAF: Final = "alter table offerings disable trigger offerings_change_room"
HEARING: Final = "alter table offerings enable trigger offerings_change_room"
COUNTED: Final = "select until, parties from offering_days where day = current_date + 1"


@pytest.mark.parametrize(
    ("before", "after"),
    [("{}", '{"lead_minutes": 1440}'), ('{"lead_minutes": 1440}', "{}")],
    ids=["it_got_a_lead_time", "it_lost_its_lead_time"],
)
async def test_what_was_changed_between_counting_and_listening_is_counted_again(
    stage: Stage, database: Clone, before: str, after: str
) -> None:
    await stage.published_venue()
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute("set search_path = venues, extensions")
        await owner.execute(COMING)
        await owner.execute(CHANGE, after)
        wanted = await _counted(owner)
        await owner.execute(CHANGE, before)
        await owner.execute(DEAF)
        await owner.execute(CHANGE, after)
        await owner.execute(HEARING)
        assert await _counted(owner) != wanted
        await owner.execute(AGAIN.read_text(encoding="utf-8"))
        assert await _counted(owner) == wanted
    finally:
        await owner.close()


async def _counted(owner: Any) -> list[tuple[Any, Any]]:
    return [(row["until"], row["parties"]) for row in await owner.fetch(COUNTED)]
