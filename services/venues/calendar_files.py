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
# A venue with fifty offerings has more sessions than anybody's calendar shows. What would be more
# goes by whole days, the last ones: else one offering would look free where another one is full.
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


@dataclass(frozen=True, slots=True)
class Programme:
    """What is on, by offering and time, and the last day of which all of it is here."""

    occasions: Sequence[Occasion]
    last_day: date


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
order by s.day
limit $5
"""


# A venue ($1), or the one of an offering ($2).
PLACE: Final = """
select
    v.venue_id,
    v.organisation_id,
    v.state,
    v.name,
    v.address,
    coalesce(o.held_back, false) as held_back
from venues v
left join offerings o on o.venue_id = v.venue_id and o.offering_id = $2
where
    v.venue_id = $1
    or v.venue_id = (select venue_id from offerings where offering_id = $2)
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The venue that the file is about; `held_back` where it is about an offering that is."""

    venue_id: UUID
    organisation_id: UUID
    state: State
    name: LocalizedText
    address: LocalizedText
    held_back: bool


@dataclass(frozen=True, slots=True)
class Words:
    """What the file says itself, in its language."""

    language: Language
    full: str
    reaches: str


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
    if place is None or not sees(
        caller, place.organisation_id, place.venue_id, place.state, held_back=place.held_back
    ):
        raise NotFound
    return place


def last_whole_day(days: Sequence[date], most: int, last: date) -> date:
    """Return the last day up to which no more than `most` of these days in their order lie."""
    return last if len(days) <= most else days[most] - timedelta(days=1)


async def programme_of(
    conn: Connection, venue_id: UUID, offering_id: UUID | None, now: datetime
) -> Programme:
    """Return what is on at a venue, or of one of its offerings, in the coming 90 days.

    Of a venue that has too much for one file, in fewer days.
    """
    last = local_day(now) + timedelta(days=DAYS)
    found = await fetch_all(
        conn, Occasion, OCCASIONS, venue_id, offering_id, now, last, MOST_OCCASIONS + 1
    )
    last = last_whole_day([one.day for one in found], MOST_OCCASIONS, last)
    kept = [one for one in found if one.day <= last]
    occasions = merged(sorted(kept, key=lambda one: (one.offering_id, one.starts_at)))
    last = last_whole_day(sorted(one.day for one in occasions), MOST_EVENTS, last)
    return Programme([one for one in occasions if one.day <= last], last)


async def calendar_answer(
    request: web.Request,
    caller: Caller | None,
    place: Place,
    programme: Programme,
    language: Language,
) -> web.Response:
    """Return the file, or 304 where the reader has it.

    It is built aside from the event loop, and kept for the next who asks for the same.
    """
    today = local_day(request.app[CLOCK].now())
    tag = _digest(place, programme, language, today)
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
        texts = request.app[CATALOGUE]
        words = Words(
            language,
            full=texts.text("calendar.full", language),
            reaches=texts.text("calendar.reaches", language, day=programme.last_day.isoformat()),
        )
        body = await asyncio.to_thread(_written, place, programme, words, today)
        files[tag] = body
        while len(files) > MOST_FILES:
            files.popitem(last=False)
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)


def _digest(place: Place, programme: Programme, language: Language, today: date) -> str:
    content = repr((place, programme, language, today)).encode()
    return hashlib.sha256(content).hexdigest()[:32]


def _written(place: Place, programme: Programme, words: Words, today: date) -> bytes:
    language = words.language
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", place.name.text(language))
    calendar.add("x-wr-caldesc", words.reaches)
    # The same bytes all day, so that readers know what they have.
    stamp = datetime.combine(today, time(), SHANGHAI).astimezone(UTC)
    for one in programme.occasions:
        event = Event()
        event.add("uid", f"{one.uid}@xiangyou")
        event.add("dtstamp", stamp)
        name = one.name.text(language)
        event.add("summary", f"{name} · {words.full}" if one.is_full else name)
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
