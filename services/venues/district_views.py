"""What the service shows of a district."""

from typing import Final, Literal
from uuid import UUID

from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_first
from shared.http.models import Reply

SignificantChanges = Literal["after_approval", "at_once"]


class DistrictView(Reply):
    """A district; `version` counts its edits, for ETag and If-Match.

    `significant_changes` says whether changes of a listing on sale that matter to visitors, and
    offerings that are added to it, wait for the office's approval, or go live at once and are told
    to it.
    """

    district_id: UUID
    slug: str
    name: LocalizedText
    day_capacity: int
    significant_changes: SignificantChanges = "after_approval"
    version: int = 1


DISTRICT: Final = """
select
    district_id,
    slug,
    name,
    day_capacity,
    significant_changes,
    edit_version as version
from districts
where district_id = $1
"""


async def district_view(conn: Connection, district_id: UUID) -> DistrictView:
    """Return a district. Raises NotFound."""
    view = await fetch_first(conn, DistrictView, DISTRICT, district_id)
    if view is None:
        raise NotFound
    return view
