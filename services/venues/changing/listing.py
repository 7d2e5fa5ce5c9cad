"""What is edited: a venue, or an offering of it, as this transaction finds it."""

from collections.abc import Sequence
from typing import ClassVar, Protocol, Self, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, JsonValue

from services.venues.domain.significance import Significant
from services.venues.fields import Changes
from services.venues.history import What
from services.venues.ownership import LockedVenue
from shared.db import Connection

Body = TypeVar("Body", bound=Changes)


class Listing(Protocol[Body]):
    """A venue or an offering whose venue's row this transaction holds.

    `coupled` are the fields that have to fit each other; `edited` is how history calls an edit.
    """

    coupled: ClassVar[frozenset[str]]
    edited: ClassVar[What]

    @property
    def venue(self) -> LockedVenue:
        """The venue, as it was locked."""
        ...

    @property
    def view(self) -> BaseModel:
        """What it is now; its fields are named as those of the changes."""
        ...

    @property
    def offering_id(self) -> UUID | None:
        """The offering, or None for the venue itself."""
        ...

    @property
    def version(self) -> int:
        """The version that an editor has read."""
        ...

    def read(self, changes: dict[str, JsonValue]) -> Body:
        """Return changes that were kept as a body again."""
        ...

    def faults(self, body: Body) -> Sequence[tuple[str, str]]:
        """Return what would not fit after a change, as pairs of a field and a code."""
        ...

    def significant(self, body: Body) -> list[Significant]:
        """Return what of a change matters to visitors."""
        ...

    async def apply(self, conn: Connection, app: web.Application, body: Body) -> None:
        """Make a change, and tell the others of it. Raises SlugTaken and LicenceMissing."""
        ...

    async def renew(self, conn: Connection) -> None:
        """Give it its next version, so that who has read it before notices."""
        ...

    async def again(self, conn: Connection) -> Self:
        """Return it as it is by now."""
        ...
