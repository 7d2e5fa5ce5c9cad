"""What the handlers and jobs of notifications find in the application."""

from typing import Final

from aiohttp import web

from services.notifications.mail.letters import Letters
from services.notifications.mail.server import MailServer
from services.notifications.peers import Peers
from services.notifications.settings import NotificationsSettings

LETTERS: Final = web.AppKey("letters", Letters)
MAIL_SERVER: Final = web.AppKey("mail_server", MailServer)
PEERS: Final = web.AppKey("peers", Peers)
OWN_SETTINGS: Final = web.AppKey("own_settings", NotificationsSettings)
