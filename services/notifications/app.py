"""The wiring of notifications, on one screen."""

from datetime import timedelta
from typing import Final

from aiohttp import web

from services.notifications import keys
from services.notifications.features import (
    list_deliveries,
    send_contact_notice,
    send_login_message,
    show_person_data,
)
from services.notifications.jobs.delete_old_deliveries import delete_old_deliveries
from services.notifications.jobs.send_deliveries import send_deliveries
from services.notifications.jobs.send_venue_notices import send_venue_notices
from services.notifications.mail.letters import Letters
from services.notifications.mail.server import MailServer
from services.notifications.peers import Peers
from services.notifications.reactions import (
    on_account_erased,
    on_feed_conflict_found,
    on_feed_failing,
    on_licence_expired,
    on_licence_expiring,
    on_licence_renewed,
    on_line_cancelled,
    on_line_changed,
    on_order_cancelled,
    on_order_confirmed,
    on_payment_refunded,
    on_person_affected_by_closure,
    on_waitlist_offered,
)
from services.notifications.settings import NotificationsSettings
from shared.contracts.accounts import AccountErased
from shared.contracts.bookings import (
    LineCancelled,
    LineChanged,
    OrderCancelled,
    OrderConfirmed,
    PaymentRefunded,
    PersonAffectedByClosure,
    WaitlistOffered,
)
from shared.contracts.feeds import FeedConflictFound, FeedFailing
from shared.contracts.venues import LicenceExpired, LicenceExpiring, LicenceRenewed
from shared.core.clock import Clock
from shared.http.app import create_app
from shared.http.client import ServiceClient, TokenSource
from shared.http.jobs import periodic
from shared.http.keys import CATALOGUE, HTTP, SERVICE_TOKENS, Role
from shared.http.resources import database_context
from shared.http.route import Route
from shared.http.tokens import TokenVerifier
from shared.messaging import Reactions
from shared.messaging.run import messaging_context

ROUTES: Final[tuple[Route, ...]] = (
    send_login_message.send_login_message,
    send_contact_notice.send_contact_notice,
    list_deliveries.list_deliveries,
    show_person_data.show_person_data,
)
REACTIONS: Final[Reactions] = {
    AccountErased: on_account_erased.on_account_erased,
    OrderConfirmed: on_order_confirmed.on_order_confirmed,
    OrderCancelled: on_order_cancelled.on_order_cancelled,
    LineCancelled: on_line_cancelled.on_line_cancelled,
    LineChanged: on_line_changed.on_line_changed,
    PaymentRefunded: on_payment_refunded.on_payment_refunded,
    WaitlistOffered: on_waitlist_offered.on_waitlist_offered,
    PersonAffectedByClosure: on_person_affected_by_closure.on_person_affected_by_closure,
    LicenceExpiring: on_licence_expiring.on_licence_expiring,
    LicenceExpired: on_licence_expired.on_licence_expired,
    LicenceRenewed: on_licence_renewed.on_licence_renewed,
    FeedFailing: on_feed_failing.on_feed_failing,
    FeedConflictFound: on_feed_conflict_found.on_feed_conflict_found,
}

# Nobody waits for them by the minute.
NOTICES_EVERY: Final = timedelta(seconds=20)
FORGOTTEN_EVERY: Final = timedelta(days=1)


def build_app(
    settings: NotificationsSettings,
    role: Role = "all",
    *,
    clock: Clock | None = None,
    verifier: TokenVerifier | None = None,
    tokens: TokenSource | None = None,
) -> web.Application:
    """Return the notifications service as an application."""
    app = create_app("notifications", settings, ROUTES, role=role, clock=clock, verifier=verifier)
    tokens = tokens or app[SERVICE_TOKENS]
    app[keys.OWN_SETTINGS] = settings
    app[keys.LETTERS] = Letters(app[CATALOGUE], settings.public_url)
    app[keys.MAIL_SERVER] = MailServer(settings)
    app[keys.PEERS] = Peers(
        accounts=ServiceClient(settings.accounts_url, app[HTTP], tokens),
        bookings=ServiceClient(settings.bookings_url, app[HTTP], tokens),
        # Anybody may ask it what we ask.
        venues=ServiceClient(settings.venues_url, app[HTTP]),
    )
    app.cleanup_ctx.append(
        database_context(settings.database_url, max_size=settings.database_pool_size)
    )
    app.cleanup_ctx.append(send_deliveries)
    periodic(app, "send_venue_notices", NOTICES_EVERY, send_venue_notices)
    periodic(app, "delete_old_deliveries", FORGOTTEN_EVERY, delete_old_deliveries)
    app.cleanup_ctx.append(
        messaging_context(service="notifications", settings=settings, reactions=REACTIONS)
    )
    return app
