"""The pages, wired: addresses, what surrounds them, and the services that they ask."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web

from services.web import keys
from services.web.browser.address import pass_on_address
from services.web.browser.csrf import check_forms
from services.web.browser.jar import cookie_sealer, set_cookies
from services.web.browser.language import open_jar
from services.web.browser.problems import translate_problems
from services.web.browser.session import know_viewer
from services.web.clients.accounts import AccountsClient
from services.web.clients.bookings import BookingsClient
from services.web.clients.closures import ClosuresClient
from services.web.clients.gate import GateClient
from services.web.clients.photos import PicturesClient
from services.web.clients.privacy import PrivacyClient
from services.web.clients.reviews import ReviewsClient
from services.web.clients.search import SearchClient
from services.web.clients.security import SecurityClient
from services.web.clients.statistics import StatisticsClient
from services.web.clients.venues import VenuesClient
from services.web.clients.waitlist import WaitlistClient
from services.web.pages import (
    approvals,
    authenticator,
    cancel,
    change,
    choose_language,
    contacts,
    development_inbox,
    gate,
    login,
    lookup,
    me,
    my_data,
    new_passkey,
    offering,
    office,
    operator,
    operator_venues,
    order,
    order_payment,
    passkey_login,
    picture,
    plan,
    privacy,
    second_factor,
    security,
    static_files,
    this_weekend,
    venue,
    village,
    visits,
    waitlist,
)
from services.web.rendering.assets import Assets
from services.web.rendering.environment import template_environment
from services.web.rendering.error_pages import render_error_page
from services.web.settings import WebSettings
from shared.core.clock import Clock
from shared.core.secret_keys import key_bytes
from shared.http.app import create_app
from shared.http.client import ServiceClient
from shared.http.keys import HTTP, Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/", this_weekend.show),
    ("GET", "/villages/{slug}", village.show),
    ("GET", "/venues/{venue_id}", venue.show),
    ("GET", "/offerings/{offering_id}", offering.show),
    ("POST", "/offerings/{offering_id}", offering.add),
    ("GET", "/plan", plan.show),
    ("POST", "/plan/removals", plan.remove),
    ("POST", "/plan/orders", plan.order),
    ("GET", "/login", login.show),
    ("POST", "/login", login.send_code),
    ("GET", "/login/code", login.show_code),
    ("POST", "/login/code", login.sign_in),
    ("GET", "/login/second", second_factor.show),
    ("POST", "/login/second", second_factor.check),
    ("GET", "/login/passkey", passkey_login.show),
    ("POST", "/login/passkey", passkey_login.sign_in),
    ("POST", "/logout", login.sign_out),
    ("GET", "/orders/{order_id}", order.show),
    ("GET", "/orders/{order_id}/tickets.ics", order.show_calendar),
    ("GET", r"/orders/{order_id}/tickets/{line_id}/{ordinal:[0-9]{1,4}}.svg", order.show_ticket),
    ("GET", "/orders/{order_id}/payments/{payment_id}.svg", order.show_payment),
    ("POST", "/orders/{order_id}/payments", order_payment.pay),
    ("GET", "/orders/{order_id}/cancel", cancel.ask),
    ("POST", "/orders/{order_id}/cancel", cancel.cancel),
    ("GET", "/orders/{order_id}/lines/{line_id}/change", change.choose),
    ("POST", "/orders/{order_id}/lines/{line_id}/change", change.preview),
    ("POST", "/orders/{order_id}/lines/{line_id}/changes", change.change),
    ("GET", "/offerings/{offering_id}/waitlist", waitlist.ask),
    ("POST", "/offerings/{offering_id}/waitlist", waitlist.join),
    ("GET", "/waitlist/{entry_id}", waitlist.show),
    ("POST", "/waitlist/{entry_id}/refusals", waitlist.refuse),
    ("POST", "/waitlist/{entry_id}/withdrawals", waitlist.leave),
    ("GET", "/lookup", lookup.show),
    ("POST", "/lookup", lookup.look_up),
    ("GET", "/me", me.show),
    ("POST", "/me", me.change),
    ("GET", "/me/security", security.show),
    ("GET", "/me/security/setup", security.set_up),
    ("POST", "/me/security/sessions/endings", security.end_session),
    ("POST", "/me/security/sessions/all-endings", security.end_other_sessions),
    ("POST", "/me/security/authenticator", authenticator.start),
    ("GET", "/me/security/authenticator", authenticator.show),
    ("POST", "/me/security/authenticator/confirmations", authenticator.confirm),
    ("POST", "/me/security/authenticator/removals", security.remove_authenticator),
    ("POST", "/me/security/recovery-codes", security.new_recovery_codes),
    ("GET", "/me/security/passkeys/new", new_passkey.show),
    ("POST", "/me/security/passkeys", new_passkey.add),
    ("POST", "/me/security/passkeys/removals", security.remove_passkey),
    ("GET", "/me/contacts", contacts.show),
    ("POST", "/me/contacts", contacts.send_code),
    ("GET", "/me/contacts/code", contacts.show_code),
    ("POST", "/me/contacts/code", contacts.confirm),
    ("POST", "/me/contacts/removals", contacts.remove),
    ("GET", "/me/data", my_data.show),
    ("POST", "/me/data/archive", my_data.take_away),
    ("POST", "/me/data/consents", my_data.agree),
    ("POST", "/me/data/children", my_data.add_child),
    ("POST", "/me/data/children/removals", my_data.remove_child),
    ("GET", "/me/data/erase", my_data.ask_to_erase),
    ("POST", "/me/data/erase", my_data.erase),
    ("GET", "/privacy", privacy.show),
    ("GET", "/operator", operator.show),
    ("POST", "/operator/check-ins", operator.check_in),
    ("GET", "/operator/venues", operator_venues.show),
    ("POST", "/operator/venues/submissions", operator_venues.submit),
    ("GET", "/gate", gate.show),
    ("POST", "/gate", gate.check),
    ("GET", "/office", office.show),
    ("GET", "/office/approvals", approvals.show),
    ("POST", "/office/approvals", approvals.approve),
    ("POST", "/office/rejections", approvals.reject),
    ("GET", "/language", choose_language.choose),
    ("GET", "/visits", visits.show),
    ("GET", "/visits/{line_id}", visits.ask),
    ("POST", "/visits/{line_id}", visits.write),
    (
        "GET",
        r"/photos/{digest:[0-9a-f]{64}}/{name:[0-9]{1,4}\.(?:avif|webp|jpeg)}",
        picture.show,
    ),
    ("GET", "/static/{path:.+}", static_files.show),
)


def build_app(settings: WebSettings, role: Role, *, clock: Clock | None = None) -> web.Application:
    """Return the application of the pages; in the role `worker` it serves health only."""
    app = create_app(
        "web",
        settings,
        role=role,
        clock=clock,
        middlewares=(pass_on_address, open_jar, know_viewer, check_forms, translate_problems),
        render_error=render_error_page,
    )
    _add_resources(app, settings)
    if role != "worker":
        for method, path, handler in PAGES:
            _add(app, method, path, handler)
        if settings.development_inbox_url:
            _add(app, "GET", "/dev/inbox{path:.*}", development_inbox.show)
    return app


def _add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    app.router.add_route(method, path, handler)
    if method == hdrs.METH_GET:
        app.router.add_route(hdrs.METH_HEAD, path, handler)


def _add_resources(app: web.Application, settings: WebSettings) -> None:
    assets = app[keys.ASSETS] = Assets.load()
    app[keys.TEMPLATES] = template_environment(assets)
    app[keys.COOKIE_SEALER] = cookie_sealer(key_bytes(settings.cookie_key))
    app.on_response_prepare.append(set_cookies)
    http = app[HTTP]
    bookings = ServiceClient(settings.bookings_url, http)
    accounts = ServiceClient(settings.accounts_url, http)
    app[keys.ACCOUNTS] = AccountsClient(accounts)
    app[keys.SECURITY] = SecurityClient(accounts)
    app[keys.PRIVACY] = PrivacyClient(accounts)
    venues = ServiceClient(settings.venues_url, http)
    app[keys.VENUES] = VenuesClient(venues)
    app[keys.SEARCH] = SearchClient(venues)
    app[keys.PICTURES] = PicturesClient(venues)
    app[keys.REVIEWS] = ReviewsClient(venues)
    app[keys.CLOSURES] = ClosuresClient(venues)
    app[keys.BOOKINGS] = BookingsClient(bookings)
    app[keys.WAITLIST] = WaitlistClient(bookings)
    app[keys.GATE] = GateClient(bookings)
    app[keys.STATISTICS] = StatisticsClient(ServiceClient(settings.statistics_url, http))
    app[keys.INBOX] = ServiceClient(settings.development_inbox_url, http)
