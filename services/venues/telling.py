"""Telling the others what is on sale: each statement raises versions, each row is an event.

Columns are named as the event's fields; `version` is the aggregate's version after the event.
The caller holds the lock on the venue's (or the village's) row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.venues.searching.writing import write_words
from shared.contracts.event import Event
from shared.contracts.venues import (
    OfferingPublished,
    OfferingWithdrawn,
    SlotPublished,
    SlotWithdrawn,
    VenuePublished,
    VenueWithdrawn,
    VillagePublished,
)
from shared.db import Connection, after_commit
from shared.http.kept_answers import forget_kept_answers
from shared.messaging import outbox

TELL_VILLAGE: Final = """
update villages g
set event_version = event_version + 1
from districts d
where g.village_id = $1 and d.district_id = g.district_id
returning
    g.village_id,
    g.district_id,
    g.name,
    g.day_capacity,
    d.day_capacity as district_day_capacity,
    g.hour_capacity,
    g.warn_percent,
    g.steer_percent,
    array(
        select neighbour_id
        from village_neighbours n
        where n.village_id = g.village_id
        order by n.place
    ) as neighbours,
    g.event_version as version
"""

PUBLISH_VENUE: Final = """
update venues
set event_version = event_version + 1
where venue_id = $1
returning
    venue_id, village_id, organisation_id, name, address, day_capacity, event_version as version
"""

WITHDRAW_VENUE: Final = """
update venues
set event_version = event_version + 1
where venue_id = $1
returning venue_id, event_version as version
"""

# All offerings of a venue, or one of them ($2), but for what waits for the office.
PUBLISH_OFFERINGS: Final = """
update offerings o
set published = true, event_version = o.event_version + 1, edit_version = o.edit_version + 1
from venues v
where
    o.venue_id = $1
    and v.venue_id = $1
    and ($2::uuid is null or o.offering_id = $2)
    and not o.held_back
returning
    o.offering_id,
    o.venue_id,
    v.village_id,
    v.organisation_id,
    o.kind,
    o.name,
    (
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
            )
        from offering_prices
        where offering_id = o.offering_id
    ) as prices,
    o.payment,
    o.persons_per_unit,
    o.terms,
    o.event_version as version
"""

WITHDRAW_OFFERINGS: Final = """
update offerings
set published = false, event_version = event_version + 1, edit_version = edit_version + 1
where venue_id = $1 and published
returning offering_id, event_version as version
"""

# Slots that are no longer sold are history: nobody can book them, so nobody is told of them; nor of
# those of an offering that is off sale. $3 are some of the venue's offerings, as in the statement
# that follows; of their slots each statement takes the first $4, so that it ends well before the
# statement timeout, that of a slow machine too.
PUBLISH_SLOTS: Final = """
with untold as (
    select s.slot_id
    from slots s
    join offerings o using (offering_id)
    where
        s.offering_id = any($3::uuid[])
        and o.published
        and s.offered
        and not s.published
        and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $2)
    order by s.starts_at
    limit $4
)
update slots s
set published = true, event_version = s.event_version + 1
from untold, offerings o, venues v, villages g
where
    s.slot_id = untold.slot_id
    and o.offering_id = s.offering_id
    and o.venue_id = $1
    and v.venue_id = $1
    and g.village_id = v.village_id
returning
    s.slot_id,
    s.offering_id,
    o.venue_id,
    v.village_id,
    g.district_id,
    o.kind,
    s.day,
    s.starts_at,
    s.ends_at,
    units_not_blocked(s.capacity, s.parts, s.blocked, s.blocked_parts) as capacity,
    unblocked_parts(s.parts, s.blocked, s.blocked_parts) as parts,
    s.event_version as version
"""

WITHDRAW_SLOTS: Final = """
update slots
set published = false, event_version = event_version + 1
where slot_id = any(
    array(
        select s.slot_id
        from slots s
        join offerings o using (offering_id)
        where
            s.offering_id = any($2::uuid[])
            and s.published
            and is_still_sold(o.kind, s.day, s.starts_at, s.ends_at, $1)
        order by s.starts_at
        limit $3
    )
)
returning slot_id, event_version as version
"""

# Slots that one statement tells of. A café's quarter hours of 90 days are some thousands.
SLOTS_AT_ONCE: Final = 2000

# Events that are built between two looks at the event loop.
BATCH: Final = 500


async def tell_village(conn: Connection, village_id: UUID) -> None:
    """Tell of a village as it is now."""
    await tell(conn, VillagePublished, "village_id", await conn.fetch(TELL_VILLAGE, village_id))


async def publish_venue(conn: Connection, venue_id: UUID) -> None:
    """Tell of a published venue as it is now, without its offerings; and let search know it."""
    await write_words(conn, [venue_id])
    await tell(conn, VenuePublished, "venue_id", await conn.fetch(PUBLISH_VENUE, venue_id))


async def publish_offering(conn: Connection, venue_id: UUID, offering_id: UUID) -> None:
    """Put an offering of a published venue on sale as it is now, and let search know it.

    One that is held back stays off sale.
    """
    await write_words(conn, [venue_id])
    await _publish_offerings(conn, venue_id, offering_id)


async def publish_slots(
    conn: Connection, venue_id: UUID, offering_ids: Sequence[UUID], now: datetime
) -> None:
    """Put slots of a published venue's offerings on sale that are new, changed or withdrawn.

    Also those of a year whose calendar is not known yet: bookings sells none of them until the
    year's calendar is published, because it can't know what kind of day they lie on.
    """
    told = SLOTS_AT_ONCE
    while told == SLOTS_AT_ONCE:
        rows = await conn.fetch(PUBLISH_SLOTS, venue_id, now, offering_ids, SLOTS_AT_ONCE)
        await tell(conn, SlotPublished, "slot_id", rows)
        told = len(rows)


async def publish_all(conn: Connection, venue_id: UUID, now: datetime) -> None:
    """Put a venue with all that it offers on sale, but for what waits for the office."""
    await publish_venue(conn, venue_id)
    offering_ids = await _publish_offerings(conn, venue_id, None)
    await publish_slots(conn, venue_id, offering_ids, now)


async def withdraw_all(conn: Connection, venue_id: UUID, now: datetime) -> None:
    """Take a venue with all that it offers off sale; what was sold stays sold."""
    await tell(conn, VenueWithdrawn, "venue_id", await conn.fetch(WITHDRAW_VENUE, venue_id))
    offerings = await conn.fetch(WITHDRAW_OFFERINGS, venue_id)
    await tell(conn, OfferingWithdrawn, "offering_id", offerings)
    offering_ids = [row["offering_id"] for row in offerings]
    told = SLOTS_AT_ONCE
    while told == SLOTS_AT_ONCE:
        rows = await conn.fetch(WITHDRAW_SLOTS, now, offering_ids, SLOTS_AT_ONCE)
        await tell(conn, SlotWithdrawn, "slot_id", rows)
        told = len(rows)


async def _publish_offerings(
    conn: Connection, venue_id: UUID, offering_id: UUID | None
) -> list[UUID]:
    """Tell of one offering or of all that may be on sale, and return their ids."""
    rows = await conn.fetch(PUBLISH_OFFERINGS, venue_id, offering_id)
    await tell(conn, OfferingPublished, "offering_id", rows)
    return [row["offering_id"] for row in rows]


async def tell(
    conn: Connection, kind: type[Event], subject: str, rows: Sequence[asyncpg.Record]
) -> None:
    """Record one event for each row; `subject` names the column of the aggregate's id.

    What is kept of earlier answers is forgotten, so that who changed something sees it.
    """
    after_commit(conn, forget_kept_answers)
    for start in range(0, len(rows), BATCH):
        await outbox.add_many(
            conn, [_telling(kind, subject, row) for row in rows[start : start + BATCH]]
        )


def _telling(kind: type[Event], subject: str, row: asyncpg.Record) -> outbox.Telling:
    fields = dict(row)
    version = fields.pop("version")
    # Our own rows: a text from jsonb is good enough for an object, a list for a tuple.
    event = kind.model_validate(fields, strict=False)
    return outbox.Telling(event, subject=fields[subject], version=version)
