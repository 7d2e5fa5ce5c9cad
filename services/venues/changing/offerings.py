"""An offering that is edited: its texts, prices and terms, how it is paid, how long it takes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import JsonValue
from pydantic_core import to_json

from services.venues.domain.offers import Offer
from services.venues.domain.significance import Significant, of_offer
from services.venues.errors import LicenceMissing, SlugTaken
from services.venues.feeds.fields import check_options_of_feeds
from services.venues.fields import (
    Changes,
    DurationMinutes,
    EventPermitNumber,
    ExpectedVisitors,
    LongText,
    Name,
    PersonsPerUnit,
    Prices,
    Slug,
    Terms,
)
from services.venues.history import What
from services.venues.licensing import no_new_gaps
from services.venues.offering_writing import (
    LARGE_EVENT_RULE,
    renew_venue,
    replace_prices,
    stored_terms,
)
from services.venues.ownership import LockedVenue
from services.venues.slot_changes import TouchedSlot, find_touched
from services.venues.slot_plans import plan_resized
from services.venues.slots import fit_slots
from services.venues.telling import publish_offering
from services.venues.views import OfferingView, offering_view
from shared.contracts.terms import PaymentPolicy
from shared.db import Connection, constraint_errors
from shared.http.keys import CLOCK


class ChangeOffering(Changes):
    """What to change of an offering; its kind stays. `prices` replaces all of them, `terms` too."""

    slug: Slug | None = None
    name: Name | None = None
    description: LongText | None = None
    prices: Prices | None = None
    payment: PaymentPolicy | None = None
    persons_per_unit: PersonsPerUnit | None = None
    duration_minutes: DurationMinutes | None = None
    terms: Terms | None = None
    expected_visitors: ExpectedVisitors | None = None
    event_permit_number: EventPermitNumber | None = None

    def applied_to(self, before: OfferingView) -> Offer:
        """Return the fields that depend on each other, as they are after the change."""
        return Offer(
            before.kind,
            self.payment or before.payment,
            self.prices or before.prices,
            self.persons_per_unit or before.persons_per_unit,
            self.duration_minutes or before.duration_minutes,
            self.terms or before.terms,
            self.expected_visitors or before.expected_visitors,
            self.event_permit_number or before.event_permit_number,
        )

    def resizes_slots(self, before: OfferingView) -> bool:
        """Tell whether slots that lie ahead end at other times or have other units."""
        units = self.terms and [(option.code, option.units) for option in self.terms.options]
        had = [(option.code, option.units) for option in before.terms.options]
        return self.duration_minutes is not None or (units is not None and units != had)


UPDATE: Final = """
update offerings
set
    slug = coalesce($2, slug),
    name = coalesce($3, name),
    description = coalesce($4, description),
    payment = coalesce($5, payment),
    persons_per_unit = coalesce($6, persons_per_unit),
    duration_minutes = coalesce($7, duration_minutes),
    terms = coalesce($8, terms),
    expected_visitors = coalesce($9, expected_visitors),
    event_permit_number = coalesce($10, event_permit_number),
    edit_version = edit_version + 1
where offering_id = $1
"""


RENEW: Final = "update offerings set edit_version = edit_version + 1 where offering_id = $1"


@dataclass(frozen=True, slots=True)
class OfferingListing:
    """An offering whose venue's row this transaction holds."""

    coupled: ClassVar[frozenset[str]] = frozenset(
        {"prices", "payment", "persons_per_unit", "duration_minutes", "terms"}
    )
    edited: ClassVar[What] = "offering_changed"

    venue: LockedVenue
    view: OfferingView

    @property
    def offering_id(self) -> UUID:
        """The offering."""
        return self.view.offering_id

    @property
    def version(self) -> int:
        """The version that an editor has read."""
        return self.view.version

    def read(self, changes: dict[str, JsonValue]) -> ChangeOffering:
        """Return changes that were kept as a body again."""
        return ChangeOffering.model_validate_json(to_json(changes))

    def faults(self, body: ChangeOffering) -> list[tuple[str, str]]:
        """Return what would not fit after a change, as pairs of a field and a code."""
        return body.applied_to(self.view).faults()

    def significant(self, body: ChangeOffering) -> list[Significant]:
        """Return what of a change matters to visitors: nothing, until they are offered it."""
        if self.view.held_back:
            return []
        return of_offer(ChangeOffering().applied_to(self.view), body.applied_to(self.view))

    async def touched(
        self, conn: Connection, body: ChangeOffering, now: datetime
    ) -> frozenset[TouchedSlot]:
        """Return the slots ahead that a change would cut, whether or not anybody booked them."""
        if not body.resizes_slots(self.view):
            return frozenset()
        options = body.terms.options if body.terms else None
        plan = await plan_resized(conn, self.offering_id, body.duration_minutes, options, now)
        return await find_touched(conn, [plan], now) if plan else frozenset()

    async def apply(self, conn: Connection, app: web.Application, body: ChangeOffering) -> None:
        """Change the offering; one that is on sale is published again, and its slots fit.

        Raises SlugTaken, LicenceMissing, and ValidationFailed where a feed takes units of an option
        that would go.
        """
        now = app[CLOCK].now()
        await self.check_feeds(conn, body)
        async with no_new_gaps(conn, self.venue, now):
            await _update(conn, self.view, body)
        await renew_venue(conn, self.venue.venue_id)
        if self.venue.on_sale:
            await publish_offering(conn, self.venue.venue_id, self.offering_id)
        if body.resizes_slots(self.view):
            await fit_slots(conn, self.venue, [self.offering_id], now)

    async def check_feeds(self, conn: Connection, body: ChangeOffering) -> None:
        """Raise ValidationFailed where a feed takes units of an option that would go.

        What was sold elsewhere would be on sale again.
        """
        if body.terms is not None:
            codes = [option.code for option in body.terms.options]
            await check_options_of_feeds(conn, self.offering_id, codes)

    async def renew(self, conn: Connection) -> None:
        """Give the offering and its venue their next versions."""
        await conn.execute(RENEW, self.offering_id)
        await renew_venue(conn, self.venue.venue_id)

    async def again(self, conn: Connection) -> Self:
        """Return the offering as it is by now."""
        return replace(self, view=await offering_view(conn, self.offering_id))


async def _update(conn: Connection, before: OfferingView, body: ChangeOffering) -> None:
    with constraint_errors(
        {
            "offerings_slug_is_unique": lambda: SlugTaken(slug=body.slug),
            LARGE_EVENT_RULE: lambda: LicenceMissing(kinds=["event_permit"]),
        }
    ):
        await conn.execute(
            UPDATE,
            before.offering_id,
            body.slug,
            body.name and body.name.model_dump(),
            body.description and body.description.model_dump(),
            body.payment,
            body.persons_per_unit,
            body.duration_minutes,
            body.terms and stored_terms(body.terms),
            body.expected_visitors,
            body.event_permit_number,
        )
    if body.prices is not None:
        await replace_prices(conn, before.offering_id, before.kind, body.prices)
