"""The wiring of statistics, on one screen."""

from typing import Final

from aiohttp import web

from services.statistics.features import show_person_data, show_visits
from services.statistics.reactions import (
    on_check_in_undone,
    on_line_cancelled,
    on_line_changed,
    on_order_cancelled,
    on_order_confirmed,
    on_past_visit_recorded,
    on_ticket_checked_in,
    on_venue_published,
    on_village_published,
)
from services.statistics.settings import StatisticsSettings
from shared.contracts.bookings import (
    LineCancelled,
    LineChanged,
    OrderCancelled,
    OrderConfirmed,
    PastVisitRecorded,
    TicketCheckedIn,
    TicketCheckInUndone,
)
from shared.contracts.venues import VenuePublished, VillagePublished
from shared.core.clock import Clock
from shared.http.app import create_app
from shared.http.keys import Role
from shared.http.resources import database_context
from shared.http.route import Route
from shared.http.tokens import TokenVerifier
from shared.messaging import Reactions
from shared.messaging.run import messaging_context

ROUTES: Final[tuple[Route, ...]] = (
    show_visits.show_visits,
    show_person_data.show_person_data,
)
REACTIONS: Final[Reactions] = {
    VillagePublished: on_village_published.on_village_published,
    VenuePublished: on_venue_published.on_venue_published,
    OrderConfirmed: on_order_confirmed.on_order_confirmed,
    OrderCancelled: on_order_cancelled.on_order_cancelled,
    LineCancelled: on_line_cancelled.on_line_cancelled,
    LineChanged: on_line_changed.on_line_changed,
    TicketCheckedIn: on_ticket_checked_in.on_ticket_checked_in,
    TicketCheckInUndone: on_check_in_undone.on_check_in_undone,
    PastVisitRecorded: on_past_visit_recorded.on_past_visit_recorded,
}


def build_app(
    settings: StatisticsSettings,
    role: Role = "all",
    *,
    clock: Clock | None = None,
    verifier: TokenVerifier | None = None,
) -> web.Application:
    """Return the statistics service as an application."""
    app = create_app("statistics", settings, ROUTES, role=role, clock=clock, verifier=verifier)
    app.cleanup_ctx.append(
        database_context(settings.database_url, max_size=settings.database_pool_size)
    )
    app.cleanup_ctx.append(
        messaging_context(service="statistics", settings=settings, reactions=REACTIONS)
    )
    return app
