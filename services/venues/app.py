"""The wiring of venues, on one screen."""

import asyncio
from collections import OrderedDict
from datetime import timedelta
from typing import Final

from aiohttp import web

from services.venues import keys, picture_queue, slot_alarm
from services.venues.calendar_files import FILES
from services.venues.features import (
    add_feed,
    add_photo,
    answer_review,
    approve_calendar_import,
    approve_change,
    approve_closure,
    approve_venue,
    archive_venue,
    change_district,
    change_feed,
    change_offering,
    change_photo,
    change_venue,
    change_village,
    confirm_licence,
    create_district,
    create_offering,
    create_venue,
    create_village,
    delete_feed,
    delete_photo,
    edit_review,
    enter_licence,
    find_licences,
    hide_review,
    import_calendar,
    list_calendar_versions,
    list_calendars,
    list_change_proposals,
    list_closed_times,
    list_closures,
    list_current_closures,
    list_decisions,
    list_feed_conflicts,
    list_feeds,
    list_photos,
    list_reviews,
    list_slots,
    list_venue_licences,
    list_venues,
    list_villages,
    list_visits,
    order_closure,
    order_photos,
    pause_venue,
    preview_schedule,
    refresh_feed,
    refuse_licence,
    reject_change,
    reject_closure,
    reject_venue,
    reopen_closure,
    restore_review,
    restore_venue,
    resume_venue,
    set_calendar,
    set_schedule,
    show_calendar,
    show_calendar_import,
    show_closure,
    show_district,
    show_history,
    show_licence_document,
    show_offering,
    show_offering_calendar,
    show_person_data,
    show_picture,
    show_review,
    show_schedule,
    show_venue,
    show_venue_calendar,
    show_village,
    submit_offering,
    submit_venue,
    trace_review,
    upload_licence_document,
    upload_photo,
    withdraw_change,
    write_review,
)
from services.venues.feeds import waking
from services.venues.jobs import (
    forget_past_days,
    forget_people,
    forget_visits,
    import_bundled_calendars,
    make_coming_slots,
    make_pictures,
    read_feeds,
    report_missing_years,
    sweep_licence_documents,
    sweep_pictures,
    watch_licences,
    write_missing_words,
)
from services.venues.pictures.pool import POOL, PicturePool
from services.venues.reactions import (
    on_account_erased,
    on_line_changed,
    on_order_confirmed,
    on_places_changed,
    on_ticket_check_in_undone,
    on_ticket_checked_in,
)
from services.venues.settings import VenuesSettings
from services.venues.storage.opening import storage_context
from shared.contracts import accounts, bookings
from shared.core.clock import Clock
from shared.http.app import create_app
from shared.http.client import ServiceClient, TokenSource
from shared.http.jobs import periodic, sweep_idempotency_keys
from shared.http.keys import HTTP, SERVICE_TOKENS, Role
from shared.http.outbound import Outbound
from shared.http.outbound_urls import exempt_hosts
from shared.http.resources import database_context
from shared.http.route import Route
from shared.http.tokens import TokenVerifier
from shared.messaging import Reactions
from shared.messaging.run import messaging_context

ROUTES: Final[tuple[Route, ...]] = (
    create_district.create_district,
    show_district.show_district,
    change_district.change_district,
    create_village.create_village,
    change_village.change_village,
    list_villages.list_villages,
    show_village.show_village,
    create_venue.create_venue,
    change_venue.change_venue,
    list_venues.list_venues,
    show_venue.show_venue,
    submit_venue.submit_venue,
    approve_venue.approve_venue,
    reject_venue.reject_venue,
    pause_venue.pause_venue,
    resume_venue.resume_venue,
    archive_venue.archive_venue,
    restore_venue.restore_venue,
    list_decisions.list_decisions,
    show_history.show_history,
    list_change_proposals.list_change_proposals,
    approve_change.approve_change,
    reject_change.reject_change,
    withdraw_change.withdraw_change,
    create_offering.create_offering,
    change_offering.change_offering,
    submit_offering.submit_offering,
    show_offering.show_offering,
    set_schedule.set_schedule,
    preview_schedule.preview_schedule,
    show_schedule.show_schedule,
    show_person_data.show_person_data,
    list_slots.list_slots,
    set_calendar.set_calendar,
    list_calendars.list_calendars,
    list_calendar_versions.list_calendar_versions,
    import_calendar.import_calendar,
    show_calendar_import.show_calendar_import,
    approve_calendar_import.approve_calendar_import,
    show_calendar.show_calendar,
    enter_licence.enter_licence,
    list_venue_licences.list_venue_licences,
    find_licences.find_licences,
    confirm_licence.confirm_licence,
    refuse_licence.refuse_licence,
    upload_licence_document.upload_licence_document,
    show_licence_document.show_licence_document,
    show_venue_calendar.show_venue_calendar,
    show_offering_calendar.show_offering_calendar,
    add_feed.add_feed,
    list_feeds.list_feeds,
    change_feed.change_feed,
    delete_feed.delete_feed,
    refresh_feed.refresh_feed,
    list_feed_conflicts.list_feed_conflicts,
    order_closure.order_closure,
    list_closures.list_closures,
    list_current_closures.list_current_closures,
    show_closure.show_closure,
    approve_closure.approve_closure,
    reject_closure.reject_closure,
    reopen_closure.reopen_closure,
    list_closed_times.list_closed_times,
    add_photo.add_photo,
    list_photos.list_photos,
    order_photos.order_photos,
    change_photo.change_photo,
    delete_photo.delete_photo,
    upload_photo.upload_photo,
    show_picture.show_picture,
    write_review.write_review,
    list_reviews.list_reviews,
    show_review.show_review,
    edit_review.edit_review,
    answer_review.answer_review,
    hide_review.hide_review,
    restore_review.restore_review,
    trace_review.trace_review,
    list_visits.list_visits,
)
REACTIONS: Final[Reactions] = {
    accounts.AccountErased: on_account_erased.on_account_erased,
    bookings.PlacesChanged: on_places_changed.on_places_changed,
    bookings.TicketCheckInUndone: on_ticket_check_in_undone.on_ticket_check_in_undone,
    bookings.TicketCheckedIn: on_ticket_checked_in.on_ticket_checked_in,
    bookings.LineChanged: on_line_changed.on_line_changed,
    bookings.OrderConfirmed: on_order_confirmed.on_order_confirmed,
}
JOBS: Final = (
    # Edits of what is published write their words themselves.
    (write_missing_words.write_missing_words, timedelta(seconds=5)),
    (forget_past_days.forget_past_days, timedelta(hours=6)),
    # Once would do; but whoever starts while the database is away must not wait for long.
    (import_bundled_calendars.import_bundled_calendars, timedelta(hours=1)),
    (report_missing_years.report_missing_years, timedelta(days=1)),
    (sweep_pictures.sweep_pictures, timedelta(hours=1)),
    (forget_visits.forget_visits, timedelta(hours=6)),
    (forget_people.forget_people, timedelta(seconds=30)),
    (sweep_licence_documents.sweep_licence_documents, timedelta(hours=1)),
)
# Woken by what happens in this process; other processes look as often as this.
WOKEN_JOBS: Final = (
    # When a year becomes known.
    (make_coming_slots.make_coming_slots, timedelta(minutes=15), slot_alarm.new_alarm),
    # By an upload.
    (make_pictures.make_pictures, timedelta(seconds=2), picture_queue.new_alarm),
    # Where somebody asks for a feed to be read now.
    (read_feeds.read_feeds, timedelta(seconds=30), waking.new_alarm),
)


def build_app(
    settings: VenuesSettings,
    role: Role = "all",
    *,
    clock: Clock | None = None,
    verifier: TokenVerifier | None = None,
    tokens: TokenSource | None = None,
) -> web.Application:
    """Return the venues service as an application."""
    app = create_app("venues", settings, ROUTES, role=role, clock=clock, verifier=verifier)
    app[keys.BOOKINGS] = ServiceClient(
        settings.bookings_url, app[HTTP], tokens or app[SERVICE_TOKENS]
    )
    app.cleanup_ctx.append(
        database_context(settings.database_url, max_size=settings.database_pool_size)
    )
    app.cleanup_ctx.append(
        # One by one: what is left of a slot changes the row of its day, as schedules do.
        messaging_context(service="venues", settings=settings, reactions=REACTIONS, together=False)
    )
    app.cleanup_ctx.append(storage_context(settings))
    app[FILES] = OrderedDict()
    app[keys.EXEMPT_HOSTS] = exempt_hosts(settings.outbound_exempt_hosts)
    app[keys.OUTBOUND] = Outbound(app[keys.EXEMPT_HOSTS])
    app[POOL] = PicturePool(settings.picture_processes)
    app[upload_licence_document.DOCUMENT_UPLOADS] = asyncio.Semaphore(
        upload_licence_document.DOCUMENTS_AT_ONCE
    )
    app[upload_photo.UPLOADS] = asyncio.Semaphore(upload_photo.UPLOADS_AT_ONCE)
    _add_jobs(app)
    return app


def _add_jobs(app: web.Application) -> None:
    for job, every in JOBS:
        periodic(app, job.__name__, every, job)
    for job, every, new_alarm in WOKEN_JOBS:
        periodic(app, job.__name__, every, job, new_alarm=new_alarm)
    # A licence ends at midnight, and with it the sale.
    watch = watch_licences.watch_licences
    periodic(app, watch.__name__, timedelta(minutes=5), watch, at_midnight=True)
    sweep_idempotency_keys(app)
