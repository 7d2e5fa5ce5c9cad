"""Where the web application and its requests keep their resources."""

from typing import Final

import jinja2
from aiohttp import web

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
from services.web.domain.viewer import Viewer
from services.web.rendering.assets import Assets
from shared.core.localized import Language
from shared.core.sealing import Sealer
from shared.http.client import ServiceClient

ACCOUNTS: Final = web.AppKey("accounts", AccountsClient)
SECURITY: Final = web.AppKey("security", SecurityClient)
PRIVACY: Final = web.AppKey("privacy", PrivacyClient)
PICTURES: Final = web.AppKey("pictures", PicturesClient)
REVIEWS: Final = web.AppKey("reviews", ReviewsClient)
CLOSURES: Final = web.AppKey("closures", ClosuresClient)
VENUES: Final = web.AppKey("venues", VenuesClient)
SEARCH: Final = web.AppKey("search", SearchClient)
BOOKINGS: Final = web.AppKey("bookings", BookingsClient)
WAITLIST: Final = web.AppKey("waitlist", WaitlistClient)
GATE: Final = web.AppKey("gate", GateClient)
STATISTICS: Final = web.AppKey("statistics", StatisticsClient)
ASSETS: Final = web.AppKey("assets", Assets)
TEMPLATES: Final = web.AppKey("templates", jinja2.Environment)
INBOX: Final = web.AppKey("inbox", ServiceClient)
COOKIE_SEALER: Final = web.AppKey("cookie_sealer", Sealer)

VIEWER: Final[web.RequestKey[Viewer | None]] = web.RequestKey("viewer")
SESSION_UNSURE: Final[web.RequestKey[bool]] = web.RequestKey("session_unsure", bool)
LANGUAGE: Final[web.RequestKey[Language]] = web.RequestKey("language")
FORM: Final[web.RequestKey[dict[str, str]]] = web.RequestKey("form", dict)
