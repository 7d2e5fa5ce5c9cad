"""What licences a venue lacks, and what follows: nothing is published, and what is on sale ends.

Whoever calls holds the lock on the venue's row, and knows today's date (Asia/Shanghai).
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues import telling
from services.venues.domain.differences import Difference
from services.venues.errors import LicenceMissing
from services.venues.history import PLATFORM, Entry, What, record
from services.venues.ownership import LockedVenue, lock_venue
from shared.contracts.venues import LicenceKind
from shared.core.clock import local_day
from shared.core.errors import NotFound
from shared.db import Connection, fetch_all
from shared.http.access import Caller
from shared.http.keys import CLOCK


@dataclass(frozen=True, slots=True)
class Gap:
    """A licence that a venue needs and lacks; whether it had one at some time.

    `number` is that of an event's permit, empty where the event names none; None for other kinds.
    """

    kind: LicenceKind
    number: str | None
    held_before: bool


@dataclass(frozen=True, slots=True)
class Lacked:
    """A licence that is lacking, and for which event, of how many visitors on how many days.

    On each of the `days`, the last of which is `until`, there are as many visitors or more; days
    that a permit covers are none of them. An event has one for each number of visitors, and no days
    without a schedule. Other kinds are for the whole venue.
    """

    kind: LicenceKind
    number: str | None
    offering_id: UUID | None
    visitors: int | None
    days: int
    until: date | None

    def is_within(self, other: "Lacked") -> bool:
        """Tell whether it is for the same as the other one, neither larger nor longer."""
        return (
            (self.kind, self.number, self.offering_id)
            == (other.kind, other.number, other.offering_id)
            and (self.visitors or 0) <= (other.visitors or 0)
            and self.days <= other.days
            and (self.until or date.min) <= (other.until or date.min)
        )


GAPS: Final = "select kind, number, held_before from licence_gaps($1, $2) order by kind, number"

LACKED: Final = """
select distinct
    g.kind,
    g.number,
    e.offering_id,
    e.visitors,
    count(e.day) over so_large as days,
    max(e.day) over so_large as until
from licence_gaps($1, $2) g
left join large_days_without_permit($1, $2) e on e.number = g.number and g.kind = 'event_permit'
window so_large as (partition by g.kind, g.number, e.offering_id order by e.visitors desc)
order by g.kind, g.number, e.offering_id, e.visitors
"""

VENUE_OF_LICENCE: Final = "select venue_id from licences where licence_id = $1"

SUSPEND: Final = """
update venues
set licence_suspended_at = $2, edit_version = edit_version + 1
where venue_id = $1
"""

LIFT: Final = """
update venues
set licence_suspended_at = null, edit_version = edit_version + 1
where venue_id = $1
"""


async def gaps(conn: Connection, venue_id: UUID, today: date) -> list[Gap]:
    """Return what a venue lacks on a day, by kind."""
    return await fetch_all(conn, Gap, GAPS, venue_id, today)


def kinds_of(lacking: Iterable[Gap | Lacked]) -> list[LicenceKind]:
    """Return the kinds that are lacking, each once, in the order of the alphabet."""
    return sorted({gap.kind for gap in lacking})


async def require_licences(conn: Connection, venue_id: UUID, now: datetime) -> None:
    """Raise LicenceMissing where a venue may not be published today; its `kinds` say why."""
    if lacking := await gaps(conn, venue_id, local_day(now)):
        raise LicenceMissing(kinds=[*kinds_of(lacking)])


@asynccontextmanager
async def no_new_gaps(conn: Connection, venue: LockedVenue, now: datetime) -> AsyncIterator[None]:
    """Make sure that what is done to a published venue needs no licence that it lacks.

    Where it lacked one before, it may be edited, but no event becomes larger or longer. Raises
    LicenceMissing, after which the transaction has to end without a commit.
    """
    if venue.state != "published":
        yield
        return
    today = local_day(now)
    before = await fetch_all(conn, Lacked, LACKED, venue.venue_id, today)
    yield
    after = await fetch_all(conn, Lacked, LACKED, venue.venue_id, today)
    if added := [one for one in after if not any(one.is_within(other) for other in before)]:
        raise LicenceMissing(kinds=[*kinds_of(added)])


async def fit_sale(conn: Connection, app: web.Application, venue: LockedVenue) -> None:
    """Take a published venue off sale that lost a licence, or put it back that has it again.

    A venue that never had a licence of a kind was published before licences were asked for: it
    stays on sale, and needs them all when it is next published. What happens stands in its history
    as done by the platform.
    """
    if venue.state != "published":
        return
    now = app[CLOCK].now()
    found = await gaps(conn, venue.venue_id, local_day(now))
    lost = kinds_of(gap for gap in found if gap.held_before)
    if bool(lost) == venue.licence_suspended:
        return
    if lost:
        await telling.withdraw_all(conn, venue.venue_id, now)
        await conn.execute(SUSPEND, venue.venue_id, now)
        changes = [
            Difference("on_sale", before=True, after=False),
            Difference("missing", [], [*lost]),
        ]
    else:
        await telling.publish_all(conn, venue.venue_id, now)
        await conn.execute(LIFT, venue.venue_id)
        changes = [Difference("on_sale", before=False, after=True)]
    what: What = "taken_off_sale" if lost else "put_back_on_sale"
    await record(conn, app, PLATFORM, Entry(what=what, venue_id=venue.venue_id, changes=changes))


async def lock_for_licences(conn: Connection, venue_id: UUID, caller: Caller) -> LockedVenue:
    """Lock a venue whose licences the caller may change. Raises NotFound."""
    venue = await lock_venue(conn, venue_id)
    if not caller.may("licence.change", venue.organisation_id, venue_id):
        raise NotFound
    return venue


async def lock_venue_of_licence(conn: Connection, licence_id: UUID) -> LockedVenue:
    """Lock the venue of a licence. Raises NotFound."""
    venue_id = await conn.fetchval(VENUE_OF_LICENCE, licence_id)
    if venue_id is None:
        raise NotFound
    return await lock_venue(conn, venue_id)
