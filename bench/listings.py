"""Two thousand generated venues in twelve villages, the same in each run.

They are written by sets into the schema of venues, published as if people had done it, with slots
for a week: workshops and markets once a day, nights, and cafés by the quarter of an hour.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from services.venues.searching.writing import write_words
from shared.db import Database, transaction

VENUES: Final = 2_000
DAYS: Final = 7
AT_ONCE: Final = 250
SEED: Final = 20261123

VILLAGES: Final = (
    ("嘉溪", "Jiaxi"), ("新路", "Xinlu"), ("岩河", "Yanhe"), ("紫石", "Zishi"),
    ("九峰", "Jiufeng"), ("灵岩", "Lingyan"), ("共同", "Gongtong"), ("河头", "Hetou"),
    ("瑞岩", "Ruiyan"), ("城联", "Chenglian"), ("牌门", "Paimen"), ("西山", "Xishan"),
)  # fmt: skip
SIGNS: Final = (
    ("溪边", "Streamside"), ("山坡", "Hillside"), ("老屋", "Old House"), ("云上", "Cloud"),
    ("竹林", "Bamboo"), ("半日", "Half a Day"), ("石桥", "Stone Bridge"), ("归来", "Homecoming"),
    ("晒谷场", "Threshing Ground"), ("小满", "Grain Full"),
)  # fmt: skip


class Sort(NamedTuple):
    """A sort of venue: what it is called, what it offers, and how that is sold."""

    name: tuple[str, str]
    offering: tuple[str, str]
    kind: str
    fen: int


SORTS: Final = (
    Sort(("陶艺工坊", "Pottery Studio"), ("拉坯体验", "Throwing a pot"), "session", 12_800),
    Sort(("咖啡馆", "Café"), ("窗边的桌子", "Tables by the window"), "table", 3_000),
    Sort(("露营地", "Campsite"), ("草地营位", "Meadow pitch"), "stay", 16_000),
    Sort(("书香市集", "Book Market"), ("入场", "Entry"), "entry", 1_000),
    Sort(("果园", "Orchard"), ("采摘", "Picking fruit"), "entry", 4_800),
    Sort(("木工坊", "Wood Workshop"), ("做一把勺子", "Carving a spoon"), "session", 9_800),
    Sort(("茶室", "Tea House"), ("围炉煮茶", "Tea by the fire"), "table", 5_800),
    Sort(("画室", "Painting Room"), ("村口写生", "Sketching"), "session", 6_800),
)

# Rows that are as they should be need no triggers.
QUICKLY: Final = "set session_replication_role = replica"
SCHEMA: Final = "set search_path = venues, extensions"

ADD_VILLAGES: Final = """
with district as (
    insert into districts (district_id, slug, name, day_capacity)
    values (uuidv7(), 'beilun', '{"zh": "北仑区", "en": "Beilun"}', 200000)
    returning district_id, name
)
insert into villages (
    village_id, district_id, slug, name, subdistrict, story, how_to_get_there, latitude,
    longitude, day_capacity, event_version
)
select
    uuidv7(), district_id, lower(en),
    jsonb_build_object('zh', zh || '村', 'en', en), name, name, name,
    29.80 + place * 0.012, 121.72 + place * 0.015, 8000, 1
from district, unnest($1::text[], $2::text[]) with ordinality as village (zh, en, place)
returning village_id
"""

ADD_VENUES: Final = """
insert into venues (
    venue_id, organisation_id, village_id, slug, name, summary, description, address,
    day_capacity, state, event_version
)
select
    venue_id, gen_random_uuid(), village_id, 'venue-' || place,
    jsonb_build_object('zh', zh, 'en', en),
    jsonb_build_object('zh', '周末到村里坐坐。', 'en', 'A weekend in the village.'),
    jsonb_build_object('zh', '离公交站十分钟。', 'en', 'Ten minutes from the bus.'),
    jsonb_build_object('zh', place || ' 号', 'en', 'No. ' || place),
    500, 'published', 1
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[])
    as added (venue_id, village_id, place, zh, en)
"""

ADD_OFFERINGS: Final = """
with added as (
    select
        gen_random_uuid() as offering_id, venue_id, zh, en, kind, fen
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[])
        as wanted (venue_id, zh, en, kind, fen)
),
priced as (
    insert into offering_prices (offering_id, kind, ticket_type, fen)
    select
        offering_id, kind,
        case kind when 'stay' then 'pitch' when 'table' then 'table' else 'adult' end, fen
    from added
)
insert into offerings (
    offering_id, venue_id, slug, kind, name, description, payment, persons_per_unit,
    duration_minutes, terms, published, event_version
)
select
    offering_id, venue_id, 'one', kind, jsonb_build_object('zh', zh, 'en', en),
    jsonb_build_object('zh', '慢慢来。', 'en', 'Take your time.'), 'on_site',
    case kind when 'stay' then 4 end, case kind when 'session' then 120 end,
    case kind
        when 'table' then jsonb_build_object('options', jsonb_build_array(
            jsonb_build_object(
                'code', 'two', 'units', 4, 'persons', 2,
                'name', jsonb_build_object('zh', '双人桌', 'en', 'For two')
            ),
            jsonb_build_object(
                'code', 'four', 'units', 3, 'persons', 4,
                'name', jsonb_build_object('zh', '四人桌', 'en', 'For four')
            )
        ))
        else '{}'
    end,
    true, 1
from added
"""

# From ten to six by the quarter for tables, once a day for all else.
ADD_SLOTS: Final = """
insert into slots (offering_id, day, starts_at, ends_at, capacity, parts, published, event_version)
select
    o.offering_id, day::date, begin, begin + case o.kind
        when 'table' then interval '15 minutes'
        when 'stay' then interval '20 hours'
        else interval '2 hours'
    end,
    case o.kind when 'table' then 7 when 'stay' then 20 when 'session' then 12 else 200 end,
    case o.kind
        when 'table'
            then '[{"option": "two", "capacity": 4}, {"option": "four", "capacity": 3}]'::jsonb
        else '[]'
    end,
    true, 1
from offerings o
cross join generate_series(
    $1::date::timestamp, $1::date + $2::integer - 1, interval '1 day'
) as day
cross join lateral generate_series(
    (day + time '10:00') at time zone 'Asia/Shanghai',
    (day + case o.kind when 'table' then time '17:45' else time '10:00' end)
        at time zone 'Asia/Shanghai',
    interval '15 minutes'
) as begin
"""

COUNT_ROOM: Final = """
select note_offering_days(array_agg(offering_id), array_agg(day))
from (
    select offering_id, day::date as day
    from offerings
    cross join generate_series(
        $1::date::timestamp, $1::date + $2::integer - 1, interval '1 day'
    ) as day
    where venue_id = any ($3::uuid[])
) as wanted
"""

# Every third place of a third of the pools is taken, as bookings would tell it.
SELL_SOME: Final = """
insert into place_projections (subject_id, day, option, scope, capacity, places_left, version)
select slot_id, day, '', 'slot', capacity, capacity * 2 / 3, 1
from slots
where parts = '[]' and hashtext(slot_id::text) % 3 = 0
"""
FILL_A_VILLAGE: Final = """
insert into place_projections (subject_id, day, option, scope, capacity, places_left, version)
select village_id, $1, '', 'village_day', 8000, case slug when 'jiaxi' then 400 else 1200 end, 1
from villages
where slug in ('jiaxi', 'xinlu')
"""
ANALYSE: Final = "analyze"


async def publish_listings(owner_url: str, database: Database, first_day: date) -> None:
    """Write the venues with their slots, words and room; the first village is crowded that day."""
    owner = await asyncpg.connect(owner_url, command_timeout=600)
    try:
        await owner.execute(QUICKLY)
        await owner.execute(SCHEMA)
        rows = await owner.fetch(ADD_VILLAGES, *_columns(VILLAGES))
        venue_ids = await _add_venues(owner, [row["village_id"] for row in rows])
        await owner.execute(ADD_SLOTS, first_day, DAYS)
        await owner.execute(SELL_SOME)
        await owner.execute(FILL_A_VILLAGE, first_day)
    finally:
        await owner.close()
    for some in _chunks(venue_ids):
        async with transaction(database) as conn:
            await write_words(conn, some)
            await conn.execute(COUNT_ROOM, first_day, DAYS, some)
    owner = await asyncpg.connect(owner_url, command_timeout=600)
    await owner.execute(SCHEMA)
    await owner.execute(ANALYSE)
    await owner.close()


async def _add_venues(owner: asyncpg.Connection, villages: Sequence[UUID]) -> list[UUID]:
    draw = random.Random(SEED)  # noqa: S311 - the same venues each time
    sorts = [draw.choice(SORTS) for _ in range(VENUES)]
    signs = [draw.choice(SIGNS) for _ in range(VENUES)]
    places = [draw.randrange(len(villages)) for _ in range(VENUES)]
    # Ids in the order of creation, as version 7 has them.
    ids = [UUID(int=(0x01A00000 << 96) | (7 << 76) | (2 << 62) | n) for n in range(VENUES)]
    names = [
        (f"{VILLAGES[place][0]}{sign[0]}{sort.name[0]}", f"{sign[1]} {sort.name[1]}")
        for place, sign, sort in zip(places, signs, sorts, strict=True)
    ]
    await owner.execute(
        ADD_VENUES, ids, [villages[p] for p in places], list(range(VENUES)), *_columns(names)
    )
    await owner.execute(
        ADD_OFFERINGS,
        ids,
        *_columns([sort.offering for sort in sorts]),
        [sort.kind for sort in sorts],
        [sort.fen for sort in sorts],
    )
    return ids


def _columns(pairs: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _chunks(ids: Sequence[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield list(ids[start : start + AT_ONCE])
