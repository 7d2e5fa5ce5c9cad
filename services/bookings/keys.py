"""What the application of this service carries besides what every service does."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from services.bookings.engine.placing import Desk
from services.bookings.engine.planning import Catalogue
from services.bookings.engine.touched import TouchedPools
from services.bookings.gates.ticket_keys import TicketKeys
from services.bookings.payments.provider import PaymentProvider
from services.bookings.waiting.bookmark import Bookmark
from shared.contracts.bookings import OnlineMethod
from shared.core.sealing import Sealer

TICKET_KEYS: Final = web.AppKey("ticket_keys", TicketKeys)
CONTACT_SEALER: Final = web.AppKey("contact_sealer", Sealer)
# What the accounts and addresses of those who guess are hashed with.
GUESSER_KEY: Final = web.AppKey("guesser_key", bytes)
HOLD_MINUTES: Final = web.AppKey("hold_minutes", int)
OFFER_MINUTES: Final = web.AppKey("offer_minutes", int)
REPLANNED_TO: Final = web.AppKey("replanned_to", Bookmark)
CATALOGUE_ON_SALE: Final = web.AppKey("catalogue_on_sale", Catalogue)
DESK: Final = web.AppKey("desk", Desk)
TOUCHED_POOLS: Final = web.AppKey("touched_pools", TouchedPools)
PROVIDERS: Final[web.AppKey[Mapping[OnlineMethod, PaymentProvider]]] = web.AppKey("providers")
# Our own address, and that of our pages, as the world sees them.
PUBLIC_URL: Final = web.AppKey("public_url", str)
SITE_URL: Final = web.AppKey("site_url", str)
