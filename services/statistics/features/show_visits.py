"""Show how many visits were booked and how many took place."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.statistics.domain.suppression import is_suppressed
from services.statistics.domain.visit_questions import (
    MOST_DAYS,
    Dimension,
    is_too_long,
    read_dimensions,
)
from shared.contracts.terms import OfferingKind
from shared.core.localized import LocalizedText
from shared.core.texts import Catalogue
from shared.db import acquire, fetch_all
from shared.http.access import may
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.models import Day, Query, Reply
from shared.http.route import route
from shared.http.validation import invalid

# More cells than a person or a chart can use; the answer would only be slow.
MOST_CELLS: Final = 20_000


class VisitsQuery(Query):
    """A period, both days included, and by what visits are told apart."""

    first: Annotated[Day, Field(alias="from", description="First day, in the villages.")]
    last: Annotated[Day, Field(alias="to", description="Last day, included.")]
    group_by: Annotated[
        str,
        Field(
            max_length=40,
            description="Dimensions separated by commas: village, venue, kind, day.",
        ),
    ] = "village,day"
    village: Annotated[UUID | None, Field(description="Only this village.")] = None


class VisitsCell(Reply):
    """The people of one cell; a dimension that was not asked for is null."""

    village_id: UUID | None
    village_name: LocalizedText | None
    venue_id: UUID | None
    venue_name: LocalizedText | None
    kind: OfferingKind | None
    day: date | None
    booked: Annotated[int | None, Field(description="Null where suppressed.")]
    arrived: Annotated[int | None, Field(description="Null where suppressed.")]
    suppressed: Annotated[
        bool, Field(description="Fewer than 10 people were booked, so the figures are withheld.")
    ]


class VisitsDefinitions(Reply):
    """What the figures mean, in words."""

    booked: LocalizedText
    arrived: LocalizedText
    suppressed: LocalizedText
    complete_until: LocalizedText


class VisitsView(Reply):
    """Figures about visits, with what they mean and how far they reach."""

    items: list[VisitsCell]
    definitions: VisitsDefinitions
    complete_until: Annotated[
        datetime | None,
        Field(description="Time of the newest event that the figures include; null before any."),
    ]


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the figures, before small ones are withheld."""

    village_id: UUID | None
    village_name_zh: str | None
    village_name_en: str | None
    venue_id: UUID | None
    venue_name_zh: str | None
    venue_name_en: str | None
    kind: OfferingKind | None
    day: date | None
    booked: int
    arrived: int


REACH: Final = "select max(newest) from taken_in"

ADD_UP_VISITS: Final = """
with cell as (
    select case when 'village' = any ($4::text[]) then village_id end as village_id,
           case when 'venue' = any ($4::text[]) then venue_id end as venue_id,
           case when 'kind' = any ($4::text[]) then kind end as kind,
           case when 'day' = any ($4::text[]) then day end as day,
           sum(booked)::integer as booked,
           sum(arrived)::integer as arrived
    from visits_daily
    where day between $1 and $2 and ($3::uuid is null or village_id = $3)
    group by 1, 2, 3, 4
    having sum(booked) > 0
)
select cell.village_id, villages.name_zh as village_name_zh, villages.name_en as village_name_en,
       cell.venue_id, venues.name_zh as venue_name_zh, venues.name_en as venue_name_en,
       cell.kind, cell.day, cell.booked, cell.arrived
from cell
left join villages using (village_id)
left join venues using (venue_id)
order by cell.day, villages.name_zh, cell.village_id, venues.name_zh, cell.venue_id, cell.kind
limit $5
"""


@route("GET", "/v1/visits", access=may("statistics.read"))
async def show_visits(request: web.Request, query: VisitsQuery) -> VisitsView:
    """Show visits booked and arrived in a period of at most 400 days.

    A visit is counted on its first day. Cells without anybody are absent; cells with fewer than
    ten booked people are suppressed (docs/domain.md rule 13).
    """
    database, texts = request.app[DATABASE], request.app[CATALOGUE]
    dimensions = _check(query)
    async with acquire(database) as conn:
        # Asked first: events that are taken in between the two make the figures reach further
        # than is said, never less far.
        complete_until: datetime | None = await conn.fetchval(REACH)
        cells = await fetch_all(
            conn,
            Cell,
            ADD_UP_VISITS,
            query.first,
            query.last,
            query.village,
            dimensions,
            MOST_CELLS + 1,
        )
    if len(cells) > MOST_CELLS:
        raise invalid("query", "/group_by", "too_many_cells", limit=MOST_CELLS)
    return VisitsView(
        items=[_show(cell) for cell in cells],
        definitions=_definitions(texts),
        complete_until=complete_until,
    )


def _check(query: VisitsQuery) -> tuple[Dimension, ...]:
    if query.last < query.first:
        raise invalid("query", "/to", "ends_before_start")
    if is_too_long(query.first, query.last):
        raise invalid("query", "/to", "period_too_long", limit=MOST_DAYS)
    try:
        return read_dimensions(query.group_by)
    except ValueError:
        raise invalid("query", "/group_by", "not_a_grouping") from None


def _show(cell: Cell) -> VisitsCell:
    suppressed = is_suppressed(cell.booked)
    return VisitsCell(
        village_id=cell.village_id,
        village_name=_name(cell.village_name_zh, cell.village_name_en),
        venue_id=cell.venue_id,
        venue_name=_name(cell.venue_name_zh, cell.venue_name_en),
        kind=cell.kind,
        day=cell.day,
        booked=None if suppressed else cell.booked,
        arrived=None if suppressed else cell.arrived,
        suppressed=suppressed,
    )


def _name(zh: str | None, en: str | None) -> LocalizedText | None:
    return None if zh is None or en is None else LocalizedText(zh=zh, en=en)


def _definitions(texts: Catalogue) -> VisitsDefinitions:
    return VisitsDefinitions(
        booked=texts.both("definition.booked"),
        arrived=texts.both("definition.arrived"),
        suppressed=texts.both("definition.suppressed"),
        complete_until=texts.both("definition.complete_until"),
    )
