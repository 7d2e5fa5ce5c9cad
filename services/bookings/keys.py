"""What the application of this service carries besides what every service does."""

from typing import Final

from aiohttp import web

from services.bookings.placing import Desk
from services.bookings.planning import Catalogue
from services.bookings.ticket_keys import TicketKeys
from shared.core.sealing import Sealer

TICKET_KEYS: Final = web.AppKey("ticket_keys", TicketKeys)
CONTACT_SEALER: Final = web.AppKey("contact_sealer", Sealer)
HOLD_MINUTES: Final = web.AppKey("hold_minutes", int)
CATALOGUE_ON_SALE: Final = web.AppKey("catalogue_on_sale", Catalogue)
DESK: Final = web.AppKey("desk", Desk)
