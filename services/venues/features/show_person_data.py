"""Tell accounts all that is held here about one person, for the archive that they take away."""

from typing import Final

from aiohttp import web

from shared.db import transaction
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.people import MOST_ITEMS, PersonData, PersonPath, person_section
from shared.http.route import route

# What a person did for a listing. It stays in the listing's history, under the account's id.
LISTING_HISTORY: Final = """
select venue_id, offering_id, what, role, done_at, note
from venue_history
where done_by = $1
order by entry_id desc
limit $2
"""
DECISIONS: Final = """
select venue_id, decision, decided_at, reason
from venue_decisions
where decided_by = $1
order by decision_id desc
limit $2
"""
PROPOSALS: Final = """
select venue_id, offering_id, changes, state, proposed_at, decided_at, reason
from change_proposals
where proposed_by = $1
order by proposal_id desc
limit $2
"""
LICENCES: Final = """
select venue_id, kind, number, issued_by, valid_from, valid_until, state, entered_at
from licences
where entered_by = $1
order by licence_id desc
limit $2
"""
LICENCE_DECISIONS: Final = """
select venue_id, kind, number, state, refused_because, decided_at
from licences
where decided_by = $1
order by licence_id desc
limit $2
"""
LICENCE_READINGS: Final = """
select licence_id, read_at
from licence_document_reads
where read_by = $1
order by read_id desc
limit $2
"""
FEEDS: Final = """
select offering_id, name, url, entered_at
from feeds
where entered_by = $1
order by feed_id desc
limit $2
"""
CLOSURES: Final = """
select ordered_by, cause, reason, closed_from, closed_until, state, entered_at
from closures
where entered_by = $1
order by closure_id desc
limit $2
"""
VISITS: Final = """
select
    line_id,
    order_id,
    venue_id,
    offering_id,
    day,
    (select min(checked_in_at) from visit_tickets where line_id = visits.line_id) as checked_in_at
from visits
where account_id = $1
order by line_id desc
limit $2
"""
# Each version of each review: what was said before an edit is held too.
REVIEWS: Final = """
select
    r.review_id,
    r.venue_id,
    r.offering_id,
    r.visited_in,
    r.written_at,
    r.state,
    r.hidden_because,
    v.version,
    v.rating,
    v.text,
    v.language
from reviews r
join review_versions v using (review_id)
where r.account_id = $1
order by r.review_id desc, v.version
limit $2
"""
SECTIONS: Final = {
    "listing_history": LISTING_HISTORY,
    "decisions": DECISIONS,
    "proposals": PROPOSALS,
    "licences": LICENCES,
    "licence_decisions": LICENCE_DECISIONS,
    "licence_readings": LICENCE_READINGS,
    "feeds": FEEDS,
    "closures": CLOSURES,
    "visits": VISITS,
    "reviews": REVIEWS,
}


@route("GET", "/v1/people/{account_id}/data", access=may("service.person_data"))
async def show_person_data(request: web.Request, path: PersonPath) -> PersonData:
    """Tell what a person did here, where they came, what they wrote; of each the latest 5,000."""
    async with transaction(request.app[DATABASE], one_moment=True) as conn:
        sections = [
            person_section(
                name,
                map(dict, await conn.fetch(statement, path.account_id, MOST_ITEMS + 1)),
            )
            for name, statement in SECTIONS.items()
        ]
    return PersonData(service="venues", sections=sections)
