"""What is on, as calendar files (RFC 5545) for people's calendars and for other channels.

Events with places left are transparent: they take nobody's time. What is full is opaque, and so
busy for every channel that follows the file. Nights are dates, all else has its hours in
Asia/Shanghai; the quarters of tables are put together. What was written by people is escaped by
the library.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from aiohttp import hdrs, web
from icalendar import Calendar, Event

from services.venues.domain.life import State
from services.venues.ownership import sees
from shared.contracts.terms import OfferingKind
from shared.core.clock import SHANGHAI, local_day
from shared.core.errors import NotFound
from shared.core.localized import Language, LocalizedText
from shared.db import Connection, fetch_all, fetch_first
from shared.http.access import Caller
from shared.http.etags import is_known
from shared.http.keys import CATALOGUE, CLOCK

DAYS: Final = 90
# A venue with fifty offerings has more sessions than anybody's calendar shows.
MOST_OCCASIONS: Final = 20_000
MOST_EVENTS: Final = 5_000
CACHE_SECONDS: Final = 300
PRODUCT: Final = "-//Xiangyou//Venues//ZH"

# Files that were built, by what is in them.
MOST_FILES: Final = 64
FILES: Final[web.AppKey["OrderedDict[str, bytes]"]] = web.AppKey("calendar_files")


@dataclass(frozen=True, slots=True)
class Occasion:
    """A slot that is on sale, or several of a table that follow each other."""

    uid: str
    offering_id: UUID
    kind: OfferingKind
    name: LocalizedText
    day: date
    starts_at: datetime
    ends_at: datetime
    is_full: bool


# The slots of a venue ($1), or of one of its offerings ($2), that are on sale from now ($3) until
# a day ($4). Full is what has no place left of any option.
OCCASIONS: Final = """
select
    s.slot_id::text as uid,
    o.offering_id,
    o.kind,
    o.name,
    s.day,
    s.starts_at,
    s.ends_at,
    coalesce(
        (
            select sum(coalesce(known.places_left, part.capacity))
            from (
                select '' as option, s.capacity - s.blocked as capacity
                where s.parts = '[]'
                union all
                select listed ->> 'option', (listed -> 'capacity')::integer
                from jsonb_array_elements(
                    unblocked_parts(s.parts, s.blocked, s.blocked_parts)
                ) as listed
            ) as part
            left join place_projections known
                on known.subject_id = s.slot_id
                and known.day = s.day
                and known.option = part.option
        ),
        0
    ) <= 0 as is_full
from slots s
join offerings o using (offering_id)
where
    o.venue_id = $1
    and ($2::uuid is null or o.offering_id = $2)
    and o.published
    and s.offered
    and s.ends_at > $3
    and s.day <= $4
order by o.offering_id, s.starts_at
limit $5
"""


# A venue ($1), or the one of an offering ($2).
PLACE: Final = """
select venue_id, organisation_id, state, name, address
from venues
where venue_id = $1 or venue_id = (select venue_id from offerings where offering_id = $2)
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The venue that the file is about."""

    venue_id: UUID
    organisation_id: UUID
    state: State
    name: LocalizedText
    address: LocalizedText


def merged(occasions: Sequence[Occasion]) -> list[Occasion]:
    """Return tables' quarters that follow each other, and are equally full, as one occasion."""
    found: list[Occasion] = []
    for one in occasions:
        last = found[-1] if found else None
        if (
            last is not None
            and one.kind == "table"
            and (last.offering_id, last.day, last.is_full)
            == (one.offering_id, one.day, one.is_full)
            and last.ends_at == one.starts_at
        ):
            found[-1] = replace(last, ends_at=one.ends_at)
        else:
            found.append(one)
    return found


async def visible_place(
    conn: Connection, caller: Caller | None, venue_id: UUID | None, offering_id: UUID | None
) -> Place:
    """Return a venue, or that of an offering, that the caller may see. Raises NotFound."""
    place = await fetch_first(conn, Place, PLACE, venue_id, offering_id)
    if place is None or not sees(caller, place.organisation_id, place.venue_id, place.state):
        raise NotFound
    return place


async def occasions_of(
    conn: Connection, venue_id: UUID, offering_id: UUID | None, now: datetime
) -> list[Occasion]:
    """Return what is on at a venue, or of one of its offerings, in the coming 90 days."""
    last = local_day(now) + timedelta(days=DAYS)
    return merged(
        await fetch_all(conn, Occasion, OCCASIONS, venue_id, offering_id, now, last, MOST_OCCASIONS)
    )[:MOST_EVENTS]


async def calendar_answer(
    request: web.Request,
    caller: Caller | None,
    place: Place,
    occasions: Sequence[Occasion],
    language: Language,
) -> web.Response:
    """Return the file, or 304 where the reader has it.

    It is built aside from the event loop, and kept for the next who asks for the same.
    """
    today = local_day(request.app[CLOCK].now())
    tag = _digest(place, occasions, language, today)
    headers = {
        hdrs.ETAG: f'"{tag}"',
        hdrs.VARY: "Authorization",
        hdrs.CACHE_CONTROL: f"public, max-age={CACHE_SECONDS}"
        if caller is None
        else "private, no-cache",
    }
    if is_known(request.headers.get(hdrs.IF_NONE_MATCH), headers[hdrs.ETAG]):
        return web.Response(status=304, headers=headers)
    files = request.app[FILES]
    body = files.get(tag)
    if body is None:
        full = request.app[CATALOGUE].text("calendar.full", language)
        body = await asyncio.to_thread(_written, place, occasions, (language, full), today)
        files[tag] = body
        while len(files) > MOST_FILES:
            files.popitem(last=False)
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)


def _digest(place: Place, occasions: Sequence[Occasion], language: Language, today: date) -> str:
    content = repr((place, occasions, language, today)).encode()
    return hashlib.sha256(content).hexdigest()[:32]


def _written(
    place: Place, occasions: Sequence[Occasion], words: tuple[Language, str], today: date
) -> bytes:
    language, full = words
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", place.name.text(language))
    # The same bytes all day, so that readers know what they have.
    stamp = datetime.combine(today, time(), SHANGHAI).astimezone(UTC)
    for one in occasions:
        event = Event()
        event.add("uid", f"{one.uid}@xiangyou")
        event.add("dtstamp", stamp)
        name = one.name.text(language)
        event.add("summary", f"{name} · {full}" if one.is_full else name)
        event.add("location", place.address.text(language))
        event.add("transp", "OPAQUE" if one.is_full else "TRANSPARENT")
        if one.kind == "stay":
            event.add("dtstart", one.day)
            event.add("dtend", one.day + timedelta(days=1))
        else:
            event.add("dtstart", one.starts_at.astimezone(SHANGHAI))
            event.add("dtend", one.ends_at.astimezone(SHANGHAI))
        calendar.add_component(event)
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written
