"""The variable parts of this service's addresses."""

from uuid import UUID

from shared.http.models import Path


class OrderPath(Path):
    """An order."""

    order_id: UUID


class VenuePath(Path):
    """A venue."""

    venue_id: UUID
