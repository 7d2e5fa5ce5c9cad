"""What the service shows of licences, and how it reads that."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.venues.domain.documents import DocumentType
from services.venues.domain.licences import LicenceState
from shared.contracts.venues import LicenceKind
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_all, fetch_first
from shared.http.models import Reply


class LicenceView(Reply):
    """A licence as its operator entered it, and what the office said.

    `days_left` counts from today: 0 on the last day, below 0 after it.
    """

    licence_id: UUID
    venue_id: UUID
    organisation_id: UUID
    venue_name: LocalizedText
    kind: LicenceKind
    number: str
    issued_by: str
    valid_from: date
    valid_until: date
    days_left: int
    document_type: DocumentType | None
    state: LicenceState
    refused_because: str | None
    entered_at: datetime
    decided_at: datetime | None
    version: int


ONE: Final = """
select
    l.licence_id,
    l.venue_id,
    v.organisation_id,
    v.name as venue_name,
    l.kind,
    l.number,
    l.issued_by,
    l.valid_from,
    l.valid_until,
    l.valid_until - $2::date as days_left,
    l.document_type,
    l.state,
    l.refused_because,
    l.entered_at,
    l.decided_at,
    l.edit_version as version
from licences l
join venues v using (venue_id)
where l.licence_id = $1
"""

# The longest valid of each kind first.
OF_VENUE: Final = """
select
    l.licence_id,
    l.venue_id,
    v.organisation_id,
    v.name as venue_name,
    l.kind,
    l.number,
    l.issued_by,
    l.valid_from,
    l.valid_until,
    l.valid_until - $2::date as days_left,
    l.document_type,
    l.state,
    l.refused_because,
    l.entered_at,
    l.decided_at,
    l.edit_version as version
from licences l
join venues v using (venue_id)
where l.venue_id = $1
order by l.kind, l.valid_until desc, l.licence_id desc
"""


async def licence_view(conn: Connection, licence_id: UUID, today: date) -> LicenceView:
    """Return a licence, whoever asks. Raises NotFound."""
    view = await fetch_first(conn, LicenceView, ONE, licence_id, today)
    if view is None:
        raise NotFound
    return view


async def licences_of(conn: Connection, venue_id: UUID, today: date) -> list[LicenceView]:
    """Return all licences of a venue by kind, whoever asks."""
    return await fetch_all(conn, LicenceView, OF_VENUE, venue_id, today)
