"""Add an offering to a venue."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.venues.changing.new_offerings import ask
from services.venues.changing.offerings import OfferingListing
from services.venues.changing.views import OwnOfferingView, own_offering
from services.venues.domain.life import APPROVED
from services.venues.domain.offers import Offer
from services.venues.errors import (
    LicenceMissing,
    SlugTaken,
    TooManyOfferings,
    VenueStateConflict,
)
from services.venues.fields import (
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
from services.venues.history import Entry, operator, record_edit
from services.venues.offering_writing import (
    check_offer,
    renew_venue,
    replace_prices,
    stored_terms,
)
from services.venues.ownership import LockedVenue, check_editable, lock_own_venue
from services.venues.paths import VenuePath
from services.venues.views import offering_view
from shared.contracts.terms import OfferingKind, PaymentPolicy
from shared.core.errors import NotFound
from shared.db import Connection, constraint_errors, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route

MOST_OFFERINGS: Final = 50


class CreateOffering(Body):
    """An offering as its operator describes it."""

    slug: Slug
    kind: OfferingKind
    name: Name
    description: LongText
    prices: Prices
    payment: PaymentPolicy
    persons_per_unit: PersonsPerUnit | None = None
    duration_minutes: DurationMinutes | None = None
    terms: Terms = Terms()
    expected_visitors: ExpectedVisitors | None = None
    event_permit_number: EventPermitNumber | None = None

    def offer(self) -> Offer:
        """Return the fields that depend on each other."""
        return Offer(
            self.kind,
            self.payment,
            self.prices,
            self.persons_per_unit,
            self.duration_minutes,
            self.terms,
            self.expected_visitors,
            self.event_permit_number,
        )


COUNT: Final = "select count(*) from offerings where venue_id = $1"

INSERT: Final = """
insert into offerings (
    offering_id, venue_id, slug, kind, name, description, payment,
    persons_per_unit, duration_minutes, terms, expected_visitors, event_permit_number, held_back
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


@route(
    "POST",
    "/v1/venues/{venue_id}/offerings",
    access=may("offering.change"),
    status=201,
    idempotent=True,
    errors=(NotFound, SlugTaken, TooManyOfferings, LicenceMissing, VenueStateConflict),
)
async def create_offering(
    request: web.Request,
    caller: Caller,
    path: VenuePath,
    body: CreateOffering,
    idempotency: Idempotency,
) -> OwnOfferingView:
    """Add an offering to a venue of the caller's.

    At a venue that was approved it is held back until the office approves of it, too: it waits as
    `pending_change`, and can be edited and scheduled meanwhile. Where the district has set so, it
    is on sale at once, and told to the office; then LicenceMissing names what it lacks.
    """
    check_offer(body.offer())
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, OwnOfferingView):
            return earlier
        venue = await lock_own_venue(conn, path.venue_id, caller, "offering.change")
        check_editable(venue)
        if await conn.fetchval(COUNT, venue.venue_id) >= MOST_OFFERINGS:
            raise TooManyOfferings(limit=MOST_OFFERINGS)
        offering_id = request.app[IDS].new()
        await _insert(conn, venue, offering_id, body)
        await renew_venue(conn, venue.venue_id)
        view = await offering_view(conn, offering_id)
        proposal_id = None
        if view.held_back:
            proposal_id = await ask(conn, request.app, caller, OfferingListing(venue, view))
        entry = Entry(
            what="offering_added",
            venue_id=venue.venue_id,
            offering_id=offering_id,
            proposal_id=proposal_id,
        )
        await record_edit(conn, request.app, operator(caller), entry, before=None, after=view)
        return await idempotency.keep(conn, (await own_offering(conn, offering_id)).body)


async def _insert(
    conn: Connection, venue: LockedVenue, offering_id: UUID, body: CreateOffering
) -> None:
    with constraint_errors({"offerings_slug_is_unique": lambda: SlugTaken(slug=body.slug)}):
        await conn.execute(
            INSERT,
            offering_id,
            venue.venue_id,
            body.slug,
            body.kind,
            body.name.model_dump(),
            body.description.model_dump(),
            body.payment,
            body.persons_per_unit,
            body.duration_minutes,
            stored_terms(body.terms),
            body.expected_visitors,
            body.event_permit_number,
            venue.state in APPROVED,
        )
    await replace_prices(conn, offering_id, body.kind, body.prices)
