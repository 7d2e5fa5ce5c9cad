"""The wiring of bookings, on one screen."""

import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

from aiohttp import web

from services.bookings import keys
from services.bookings.closures import waking
from services.bookings.engine.placing import Desk
from services.bookings.engine.planning import Catalogue
from services.bookings.engine.touched import TouchedPools
from services.bookings.features import (
    acknowledge_closure,
    cancel_line_as_operator,
    cancel_order,
    change_line,
    check_in_ticket,
    count_closure_impact,
    count_taken_places,
    export_statement,
    find_affected_orders,
    find_orders,
    join_waitlist,
    leave_waitlist,
    list_arrivals,
    list_cancellations,
    list_orders,
    list_payment_methods,
    list_scan_conflicts,
    list_statement_orders,
    list_waitlist,
    list_waitlist_entries,
    look_up_order,
    name_merchant,
    pay_order,
    place_order,
    preview_cancellation,
    preview_change,
    quote_order,
    read_guest_contact,
    record_cash,
    record_past_visits,
    refuse_offer,
    retry_refund,
    show_availability,
    show_calendar,
    show_closure_notice,
    show_closure_progress,
    show_number_inside,
    show_order,
    show_payments,
    show_person_data,
    show_person_obligations,
    show_statement,
    show_ticket_keys,
    show_tickets,
    show_waitlist_entry,
    take_payment_callback,
    undo_check_in,
)
from services.bookings.gates.ticket_keys import TicketKeys
from services.bookings.jobs import (
    ask_payments,
    call_off_closed,
    close_orders,
    end_waiting,
    expire_holds,
    forget_old_orders,
    forget_people,
    lapse_changes,
    offer_places,
    replan_wishes,
    send_refunds,
    sweep_guesses,
    tell_places,
)
from services.bookings.payments.registry import add_providers
from services.bookings.reactions import (
    on_account_erased,
    on_calendar_published,
    on_closure_lifted,
    on_closure_ordered,
    on_offering_published,
    on_offering_withdrawn,
    on_slot_published,
    on_slot_withdrawn,
    on_venue_published,
    on_venue_withdrawn,
    on_village_published,
)
from services.bookings.settings import BookingsSettings
from services.bookings.waiting import released
from services.bookings.waiting.bookmark import Bookmark
from shared.contracts import accounts, venues
from shared.core.clock import Clock
from shared.core.sealing import Sealer
from shared.core.secret_keys import keys_by_id
from shared.http.app import create_app
from shared.http.jobs import periodic, sweep_idempotency_keys
from shared.http.keys import DATABASE, Role
from shared.http.resources import database_context
from shared.http.route import Route
from shared.http.tokens import TokenVerifier
from shared.messaging import Reactions
from shared.messaging.run import messaging_context

ROUTES: Final[tuple[Route, ...]] = (
    show_availability.show_availability,
    quote_order.quote_order,
    place_order.place_order,
    list_orders.list_orders,
    look_up_order.look_up_order,
    find_orders.find_orders,
    show_order.show_order,
    pay_order.pay_order,
    show_payments.show_payments,
    list_payment_methods.list_payment_methods,
    take_payment_callback.take_payment_callback,
    record_cash.record_cash,
    retry_refund.retry_refund,
    name_merchant.name_merchant,
    preview_cancellation.preview_cancellation,
    cancel_order.cancel_order,
    list_cancellations.list_cancellations,
    cancel_line_as_operator.cancel_line_as_operator,
    preview_change.preview_change,
    change_line.change_line,
    show_tickets.show_tickets,
    show_calendar.show_calendar,
    show_ticket_keys.show_ticket_keys,
    check_in_ticket.check_in_ticket,
    undo_check_in.undo_check_in,
    count_closure_impact.count_closure_impact,
    show_closure_progress.show_closure_progress,
    show_closure_notice.show_closure_notice,
    acknowledge_closure.acknowledge_closure,
    list_scan_conflicts.list_scan_conflicts,
    show_number_inside.show_number_inside,
    list_arrivals.list_arrivals,
    record_past_visits.record_past_visits,
    find_affected_orders.find_affected_orders,
    count_taken_places.count_taken_places,
    show_statement.show_statement,
    list_statement_orders.list_statement_orders,
    export_statement.export_statement,
    join_waitlist.join_waitlist,
    list_waitlist_entries.list_waitlist_entries,
    show_waitlist_entry.show_waitlist_entry,
    refuse_offer.refuse_offer,
    leave_waitlist.leave_waitlist,
    list_waitlist.list_waitlist,
    read_guest_contact.read_guest_contact,
    show_person_data.show_person_data,
    show_person_obligations.show_person_obligations,
)
REACTIONS: Final[Reactions] = {
    accounts.AccountErased: on_account_erased.on_account_erased,
    venues.VillagePublished: on_village_published.on_village_published,
    venues.VenuePublished: on_venue_published.on_venue_published,
    venues.VenueWithdrawn: on_venue_withdrawn.on_venue_withdrawn,
    venues.OfferingPublished: on_offering_published.on_offering_published,
    venues.OfferingWithdrawn: on_offering_withdrawn.on_offering_withdrawn,
    venues.SlotPublished: on_slot_published.on_slot_published,
    venues.SlotWithdrawn: on_slot_withdrawn.on_slot_withdrawn,
    venues.CalendarPublished: on_calendar_published.on_calendar_published,
    venues.ClosureOrdered: on_closure_ordered.on_closure_ordered,
    venues.ClosureLifted: on_closure_lifted.on_closure_lifted,
}
JOBS: Final = (
    (expire_holds.expire_holds, timedelta(seconds=5)),
    (ask_payments.ask_payments, timedelta(seconds=2)),
    (send_refunds.send_refunds, timedelta(seconds=1)),
    (lapse_changes.lapse_changes, timedelta(seconds=5)),
    (close_orders.close_orders, timedelta(minutes=1)),
    (sweep_guesses.sweep_guesses, timedelta(hours=1)),
    (forget_people.forget_people, timedelta(seconds=30)),
    (forget_old_orders.forget_old_orders, timedelta(days=1)),
    (replan_wishes.replan_wishes, timedelta(seconds=10)),
    (end_waiting.end_waiting, timedelta(seconds=10)),
)
# Woken by what happens in this process; other processes look as often as this.
WOKEN_JOBS: Final = (
    # By whatever gives places back.
    (offer_places.offer_places, timedelta(seconds=1), released.new_alarm),
    # By whoever obeys a closure.
    (call_off_closed.call_off_closed, timedelta(seconds=1), waking.new_alarm),
)


async def desk_context(app: web.Application) -> AsyncIterator[None]:
    """Open the desk where orders are placed; at the end, place what is queued."""
    app[keys.DESK] = Desk(app[DATABASE], app[keys.HOLD_MINUTES])
    yield
    await app[keys.DESK].close()


def build_app(
    settings: BookingsSettings,
    role: Role = "all",
    *,
    clock: Clock | None = None,
    verifier: TokenVerifier | None = None,
) -> web.Application:
    """Return the bookings service as an application."""
    app = create_app("bookings", settings, ROUTES, role=role, clock=clock, verifier=verifier)
    _add_keys(app, settings)
    app[keys.HOLD_MINUTES] = settings.hold_minutes
    app[keys.OFFER_MINUTES] = settings.offer_minutes
    app[keys.REPLANNED_TO] = Bookmark()
    app[keys.CATALOGUE_ON_SALE] = Catalogue()
    add_providers(app, settings)
    app.cleanup_ctx.append(
        database_context(settings.database_url, max_size=settings.database_pool_size)
    )
    app.cleanup_ctx.append(desk_context)
    app.cleanup_ctx.append(
        # One by one: reactions lock pools, as orders do.
        messaging_context(
            service="bookings", settings=settings, reactions=REACTIONS, together=False
        )
    )
    _add_jobs(app)
    return app


def _add_keys(app: web.Application, settings: BookingsSettings) -> None:
    app[keys.TICKET_KEYS] = TicketKeys(keys_by_id(settings.ticket_keys), settings.ticket_key_id)
    sealing_keys = keys_by_id(settings.sealing_keys)
    app[keys.CONTACT_SEALER] = Sealer(sealing_keys, settings.sealing_key_id)
    # Kept for an hour only: another key just begins to count anew.
    app[keys.GUESSER_KEY] = hmac.digest(
        sealing_keys[settings.sealing_key_id], b"who guesses", "sha256"
    )


def _add_jobs(app: web.Application) -> None:
    for job, every in JOBS:
        periodic(app, job.__name__, every, job)
    for job, every, new_alarm in WOKEN_JOBS:
        periodic(app, job.__name__, every, job, new_alarm=new_alarm)
    # Sleeps until a transaction of this process touches a pool.
    touched = app[keys.TOUCHED_POOLS] = TouchedPools()
    tell = tell_places.tell_places
    periodic(app, tell.__name__, tell_places.SWEEP_EVERY, tell, new_alarm=lambda: touched)
    sweep_idempotency_keys(app)
