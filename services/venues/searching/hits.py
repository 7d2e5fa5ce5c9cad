"""Which venues have the words that were asked for, and how well they fit.

Each statement's first five arguments are the caller's sight.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.venues.domain.ranking import Fit
from services.venues.domain.search_query import Mode
from services.venues.domain.search_words import folded
from services.venues.searching.asking import Asked
from shared.db import Connection, fetch_all

# $6 the question with its meanings, $7 as it is written, $8 a pattern for the whole text as it
# stands (words of new venues may not be written yet), $9 the text itself, folded as names are.
FIND_ALL: Final = """
with hits as (
    select venue_id from venue_words where all_words @@ $6::text::tsquery
    union
    select venue_id from venues where search_text ilike $8
    union
    select venue_id from offerings where search_text ilike $8 and not held_back
)
select
    v.venue_id,
    case
        when $9 = any (w.names_folded) then 'exact_name'
        when w.name_words @@ $7::text::tsquery then 'name'
        when w.offering_words @@ $7::text::tsquery then 'offering'
        when w.village_words @@ $7::text::tsquery then 'village'
        when w.all_words @@ $7::text::tsquery or v.search_text ilike $8 then 'text'
        when w.all_words @@ $6::text::tsquery then 'meaning'
        else 'text'
    end as fit
from hits
join venues v using (venue_id)
left join venue_words w using (venue_id)
where
    v.state = any ($1::text[])
    and (
        v.state = 'published'
        or $2
        or exists (
            select from unnest($3::uuid[], $4::uuid[]) as reach (organisation_id, venue_id)
            where
                reach.organisation_id = v.organisation_id
                and coalesce(reach.venue_id = v.venue_id, true)
        )
    )
    and ($5::uuid is null or v.organisation_id = $5)
"""

# Each part is found by its sound ($6), or is spelt nearly as something in the names ($7).
FIND_SIMILAR: Final = """
select v.venue_id, 'similar' as fit
from venue_words w
join venues v using (venue_id)
where
    not exists (
        select from unnest($6::text[], $7::text[]) as part (question, misspelt)
        where
            not w.all_words @@ part.question::tsquery
            and not (part.misspelt <> '' and part.misspelt <% w.spelled)
    )
    and v.state = any ($1::text[])
    and (
        v.state = 'published'
        or $2
        or exists (
            select from unnest($3::uuid[], $4::uuid[]) as reach (organisation_id, venue_id)
            where
                reach.organisation_id = v.organisation_id
                and coalesce(reach.venue_id = v.venue_id, true)
        )
    )
    and ($5::uuid is null or v.organisation_id = $5)
"""

_ESCAPES: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


@dataclass(frozen=True, slots=True)
class Hit:
    """A venue that has the words, and how well."""

    venue_id: UUID
    fit: Fit


@dataclass(frozen=True, slots=True)
class Hits:
    """All venues that have the words, and how they had to be looked for."""

    mode: Mode
    fits: dict[UUID, Fit]


async def find_hits(conn: Connection, asked: Asked, mode: Mode | None = None) -> Hits | None:
    """Return the venues that have the words; None where no words were asked for.

    Looks for all words, then for misspelt ones, then for some of several, until there are venues;
    or in the named way only, as on an earlier page.
    """
    if not asked.words:
        return None
    several = len(asked.query.terms) > 1
    modes: tuple[Mode, ...] = (mode,) if mode else ("all", "similar", "some")
    for tried in modes:
        if tried == "some" and not several:
            continue
        if found := await _find(conn, asked, tried):
            return Hits(tried, {hit.venue_id: hit.fit for hit in found})
    return Hits(mode or "all", {})


async def _find(conn: Connection, asked: Asked, mode: Mode) -> list[Hit]:
    query, words = asked.query, asked.words or ""
    sight = asked.sight.arguments
    if mode == "similar":
        if not query.terms:
            return []
        questions = [term.by_sound for term in query.terms]
        misspelt = [term.misspelt for term in query.terms]
        return await fetch_all(conn, Hit, FIND_SIMILAR, *sight, questions, misspelt)
    pattern = f"%{words.translate(_ESCAPES)}%"
    found = await fetch_all(
        conn, Hit, FIND_ALL, *sight, query.broad(mode), query.literal, pattern, folded(words)
    )
    return [Hit(hit.venue_id, "some") for hit in found] if mode == "some" else found
