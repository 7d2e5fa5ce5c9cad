"""Tell one of an account's contacts that they have changed."""

from typing import Literal

from aiohttp import web

from services.notifications.addressed import Addressed, hand_over
from services.notifications.domain.recipients import Channel
from services.notifications.errors import MessageRefused
from services.notifications.keys import LETTERS
from shared.core.errors import Unavailable
from shared.http.access import may
from shared.http.route import route


class SendContactNotice(Addressed):
    """Whom to tell, and what happened to a contact of which kind.

    The contact itself is not told, because whoever reads the message may be a stranger by now.
    """

    changed: Channel
    change: Literal["added", "replaced", "removed"]


@route(
    "POST",
    "/v1/contact-notices",
    access=may("service.login_message"),
    status=202,
    errors=(Unavailable, MessageRefused),
)
async def send_contact_notice(request: web.Request, body: SendContactNotice) -> None:
    """Tell it now: 202 once the mail server took it, 503 where it did not, 409 where it never will.

    Nothing is kept of it. Asking twice sends twice.
    """
    letter = request.app[LETTERS].contact_changed(
        f"{body.change}_{body.changed}", body.language, body.channel
    )
    await hand_over(request.app, body, letter, "contact_notice")
