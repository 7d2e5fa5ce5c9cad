"""Search says "has places" by the rules by which bookings takes orders: no sooner, no later."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from services.bookings.domain.booking_window import is_bookable
from services.bookings.domain.lines import Offered, WantedLine, wanted_times
from services.bookings.domain.refusals import LineRefused
from shared.contracts.terms import OfferingTerms
from shared.core.clock import SHANGHAI, local_day
from shared.core.localized import LocalizedText
from shared.db import acquire, transaction
from tests.venues.stage import (
    Json,
    Stage,
    entry_body,
    option,
    schedule_body,
    session_body,
    stay_body,
    table_body,
)
from tests.venues.test_searching import district, page, publish, slot_ids, slugs, tell_left

EVERY_DAY: Final = list(range(1, 8))
OPEN: Final[Json] = {"times": [], "opens_at": "10:00", "closes_at": "17:00"}
NAME: Final = LocalizedText(zh="名", en="Name")
NOBODY: Final = UUID(int=0)
# Fridays are the fifth day.
FRIDAY, SATURDAY, SUNDAY, MONDAY = "2026-09-11", "2026-09-12", "2026-09-13", "2026-09-14"
# A slot as the first of the offering's ($1), but two years before it.
LONG_AGO: Final = """
insert into slots (offering_id, day, starts_at, ends_at, capacity, parts, offered)
select
    offering_id, (day - interval '2 years')::date, starts_at - interval '2 years',
    ends_at - interval '2 years', capacity, parts, true
from slots
where offering_id = $1
order by starts_at
limit 1
"""
ONE_DAY: Final = timedelta(days=1)
TICK: Final = timedelta(microseconds=1)


async def farm(stage: Stage, body: Json, terms: Json, schedule: Json | None = None) -> Json:
    """Publish an offering of every day under these terms; return it."""
    (village,) = await district(stage, "xinlu")
    given = {"weekdays": EVERY_DAY, "until": "2026-12-31", **(schedule or {})}
    body = {**body, "terms": {**body.get("terms", {}), **terms}}
    _venue, offering = await publish(stage, village, body, given, slug="farm")
    return offering


STAY: Final[Json] = {"times": [], "capacity": 3}
TABLES: Final[Json] = {**OPEN, "capacity": None}
KINDS: Final[dict[str, tuple[Json, Json]]] = {
    "session": (session_body(), {"times": ["14:00", "16:00"]}),
    "entry": (entry_body(), {**OPEN, "capacity": 50}),
    "table": (table_body(), TABLES),
    "stay": (stay_body(), STAY),
}
RULES: Final[list[Json]] = [
    {},
    {"lead_minutes": 60},
    {"lead_minutes": 1440},
    {"lead_minutes": 43_200},
    {"horizon_days": 1},
    {"horizon_days": 5, "lead_minutes": 2880},
]
STAY_RULES: Final[list[Json]] = [
    {"nights_least": 2},
    {"nights_least": 3, "horizon_days": 5, "lead_minutes": 1440},
    {"arrival_weekdays": [5, 6]},
    {"nights_least": 2, "arrival_weekdays": [5], "horizon_days": 8},
]
CASES: Final = [(kind, terms) for kind in KINDS for terms in RULES] + [
    ("stay", terms) for terms in STAY_RULES
]


def moments(terms: OfferingTerms) -> list[datetime]:
    """Return now, and the moments around which a lead time ends."""
    two = datetime(2026, 9, 13, 14, 0, tzinfo=SHANGHAI)
    lead = timedelta(minutes=terms.lead_minutes)
    afternoon = datetime(2026, 9, 12, 14, 0, tzinfo=SHANGHAI)
    late = datetime(2026, 9, 12, 23, 59, 59, tzinfo=SHANGHAI)
    edges = [two - lead - TICK, two - lead, two - lead + TICK] if terms.lead_minutes <= 1440 else []
    return [datetime(2026, 9, 12, 10, 0, tzinfo=SHANGHAI), afternoon, late, *edges]


def would_sell(
    kind: str, terms: OfferingTerms, slots: dict[date, list[Json]], day: date, now: datetime
) -> bool:
    """Tell whether bookings would take a line that begins on a day, by its own rules."""
    if kind != "stay":
        return any(_sells_slot(kind, terms, slots[day], at, now) for at in range(len(slots[day])))
    wanted = WantedLine(NOBODY, None, day, terms.nights_least, None, {"adult": 1})
    try:
        nights = wanted_times(_offered(kind, terms), wanted)
    except LineRefused:
        return False
    if not all(slots.get(night) for night in nights):
        return False
    midnight = datetime.combine(day + ONE_DAY, datetime.min.time(), SHANGHAI)
    last = day + timedelta(days=terms.nights_least - 1)
    begins = datetime.fromisoformat(slots[day][0]["starts_at"])
    return midnight > now and _within(terms, begins, last, now)


def _sells_slot(kind: str, terms: OfferingTerms, slots: list[Json], at: int, now: datetime) -> bool:
    begins, ends = (datetime.fromisoformat(slots[at][end]) for end in ("starts_at", "ends_at"))
    # A seating for two takes an hour and a half where nothing else is said.
    if kind == "table" and at + 6 > len(slots):
        return False
    sold_until = ends if kind == "entry" else begins
    return sold_until > now and is_bookable(terms, begins, local_day(begins), now)


def _within(terms: OfferingTerms, begins: datetime, last: date, now: datetime) -> bool:
    return is_bookable(terms, begins, last, now)


def _offered(kind: str, terms: OfferingTerms) -> Offered:
    return Offered(
        NOBODY, 1, NOBODY, 1, NOBODY, NOBODY, kind,  # type: ignore[arg-type]
        NAME, NAME, NAME, NAME, "on_site", [], 4, terms,
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "rules"), CASES)
async def test_search_finds_the_days_that_bookings_would_sell_and_no_others(
    stage: Stage, kind: str, rules: Json
) -> None:
    body, schedule = KINDS[kind]
    offering = await farm(stage, body, rules, schedule)
    terms = OfferingTerms.model_validate(rules, strict=False)
    slots: dict[date, list[Json]] = {}
    for slot in await stage.slots(offering, FRIDAY, "2026-10-10"):
        slots.setdefault(date.fromisoformat(slot["day"]), []).append(slot)
    for now in moments(terms):
        stage.clock.instant = now
        first = local_day(now)
        days = [first + timedelta(days=number) for number in range(14)]
        found = await page(stage, f"from={days[0]}&until={days[-1]}&party=2")
        shown = [date.fromisoformat(day) for one in found["items"] for day in one["days"]]
        assert shown == [day for day in days if would_sell(kind, terms, slots, day, now)], now


async def test_a_change_of_terms_is_found_at_once(stage: Stage) -> None:
    offering = await farm(stage, session_body(), {})
    assert await slugs(stage, f"date={FRIDAY}&party=2") == ["farm"]
    path = f"/v1/venues/{offering['venue_id']}/offerings/{offering['offering_id']}"
    await stage.change(path, {"terms": {"lead_minutes": 1440}})
    assert await slugs(stage, f"date={FRIDAY}&party=2") == []
    assert await slugs(stage, f"date={SATURDAY}&party=2") == ["farm"]
    await stage.change(path, {"terms": {"horizon_days": 2}})
    assert await slugs(stage, f"date={SUNDAY}&party=2") == ["farm"]
    assert await slugs(stage, f"date={MONDAY}") == []


async def test_a_change_of_terms_leaves_what_was_years_ago_alone(stage: Stage) -> None:
    offering = await farm(stage, session_body(), {})
    async with transaction(stage.database) as conn:
        await conn.execute(LONG_AGO, UUID(offering["offering_id"]))
        await conn.execute("update offering_days set parties = '{99}', until = '{infinity}'")
    path = f"/v1/venues/{offering['venue_id']}/offerings/{offering['offering_id']}"
    await stage.change(path, {"terms": {"lead_minutes": 60}})
    async with acquire(stage.database) as conn:
        rows = await conn.fetch("select day from offering_days where parties = '{99}'")
    assert [str(row["day"]) for row in rows] == ["2024-09-11"]


async def test_a_stay_of_two_nights_needs_one_pitch_in_both(stage: Stage) -> None:
    body = stay_body(
        persons_per_unit=None,
        terms={"options": [option("meadow", 2, 4), option("family", 1, 6)]},
    )
    offering = await farm(stage, body, {"nights_least": 2}, {"times": [], "capacity": None})
    assert await slugs(stage, f"date={SATURDAY}&party=8") == ["farm"]
    (sunday,) = await slot_ids(stage, offering, SUNDAY)
    (saturday,) = await slot_ids(stage, offering, SATURDAY)
    # One of either is left, each in another night: there is room for two nights in none of them.
    await tell_left(stage, saturday, 0, day=SATURDAY, option="meadow", capacity=2)
    assert await slugs(stage, f"date={SATURDAY}&party=6") == ["farm"]
    await tell_left(stage, sunday, 0, day=SUNDAY, option="family", capacity=1)
    assert await slugs(stage, f"date={SATURDAY}&party=1") == []
    assert await slugs(stage, f"date={SUNDAY}&party=8") == ["farm"]
    await tell_left(stage, sunday, 1, day=SUNDAY, option="family", capacity=1, version=2)
    assert await slugs(stage, f"date={SATURDAY}&party=6") == ["farm"]


async def test_venue_and_village_have_room_in_every_night_of_a_stay(stage: Stage) -> None:
    offering = await farm(stage, stay_body(), {"nights_least": 2}, STAY)
    for subject, scope in (("venue_id", "venue_day"), ("village_id", "village_day")):
        await tell_left(stage, offering[subject], 1, scope=scope, day=MONDAY)  # type: ignore[arg-type]
        assert await slugs(stage, f"date={SATURDAY}&party=2") == ["farm"]
        assert await slugs(stage, f"date={SUNDAY}&party=2") == []
        assert await slugs(stage, f"date={SUNDAY}&party=1") == ["farm"]
        await tell_left(stage, offering[subject], 9, scope=scope, day=MONDAY, version=2)  # type: ignore[arg-type]
    assert await slugs(stage, f"date={SUNDAY}&party=2") == ["farm"]


async def test_a_schedule_that_ends_leaves_no_first_night_without_its_second(
    stage: Stage,
) -> None:
    offering = await farm(stage, stay_body(), {"nights_least": 2}, {**STAY, "until": SUNDAY})
    assert await slugs(stage, f"date={SUNDAY}") == []
    assert await slugs(stage, f"date={SATURDAY}") == ["farm"]
    await stage.schedule(offering, **schedule_body(weekdays=EVERY_DAY, until=MONDAY, **STAY))
    assert await slugs(stage, f"date={SUNDAY}") == ["farm"]
