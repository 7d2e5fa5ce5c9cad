"""Change an offering: its texts, prices and terms, how it is paid, how long it takes."""

from typing import Final

from aiohttp import web

from services.venues.domain.offers import Offer
from services.venues.errors import LicenceMissing, SlugTaken
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
from services.venues.licensing import no_new_gaps
from services.venues.offering_writing import (
    LARGE_EVENT_RULE,
    check_offer,
    renew_venue,
    replace_prices,
    stored_terms,
)
from services.venues.ownership import lock_own_venue
from services.venues.paths import VenueOfferingPath
from services.venues.slots import fit_slots
from services.venues.telling import publish_offering
from services.venues.views import OfferingView, offering_view
from shared.contracts.terms import PaymentPolicy
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import Connection, constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import CLOCK, DATABASE
from shared.http.route import route


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


@route(
    "PATCH",
    "/v1/venues/{venue_id}/offerings/{offering_id}",
    access=may("offering.change"),
    errors=(NotFound, PreconditionFailed, SlugTaken, LicenceMissing),
)
async def change_offering(
    request: web.Request,
    caller: Caller,
    path: VenueOfferingPath,
    body: ChangeOffering,
    if_match: IfMatch,
) -> Versioned[OfferingView]:
    """Change an offering of the caller's; one that is on sale is published again.

    Orders that stand keep their prices and times. With If-Match the change goes through only
    where nobody else made one in between; without the header the last one wins.
    """
    async with transaction(request.app[DATABASE]) as conn:
        venue = await lock_own_venue(conn, path.venue_id, caller, "offering.change")
        view = await offering_view(conn, path.offering_id)
        if view.venue_id != venue.venue_id:
            raise NotFound
        if_match.check(view.version)
        if body.model_fields_set:
            check_offer(body.applied_to(view))
            async with no_new_gaps(conn, venue, request.app[CLOCK].now()):
                await _update(conn, view, body)
            await renew_venue(conn, venue.venue_id)
            if venue.on_sale:
                await publish_offering(conn, venue.venue_id, view.offering_id)
            if body.resizes_slots(view):
                now = request.app[CLOCK].now()
                await fit_slots(conn, venue, [view.offering_id], now)
            view = await offering_view(conn, path.offering_id)
    return Versioned(view, view.version)


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
