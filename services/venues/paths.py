"""The variable parts of paths that several routes share."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.venues.domain.calendar import FIRST_YEAR, LAST_YEAR
from services.venues.fields import SlugOrId
from shared.http.models import Path


class VillagePath(Path):
    """Names a village."""

    village: SlugOrId


class VenuePath(Path):
    """Names a venue."""

    venue_id: UUID


class OfferingPath(Path):
    """Names an offering."""

    offering_id: UUID


class VenueOfferingPath(Path):
    """Names an offering of a venue."""

    venue_id: UUID
    offering_id: UUID


class ReviewPath(Path):
    """Names a review."""

    review_id: UUID


class PhotoPath(Path):
    """Names a photo."""

    photo_id: UUID


class LicencePath(Path):
    """Names a licence."""

    licence_id: UUID


class DistrictPath(Path):
    """Names a district."""

    district_id: UUID


class ProposalPath(Path):
    """Names a proposed change."""

    proposal_id: UUID


class FeedPath(Path):
    """Names a feed."""

    feed_id: UUID


class CalendarPath(Path):
    """Names a year."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class ClosurePath(Path):
    """Names a closure."""

    closure_id: UUID


class CalendarImportPath(Path):
    """Names a year that was read from a file."""

    import_id: UUID
