"""The variable parts of this service's addresses."""

from uuid import UUID

from shared.http.models import Path


class OrderPath(Path):
    """An order."""

    order_id: UUID


class VenuePath(Path):
    """A venue."""

    venue_id: UUID


class LinePath(Path):
    """A line of an order."""

    line_id: UUID


class OrganisationPath(Path):
    """An organisation that runs venues."""

    organisation_id: UUID
