"""Send somebody the one-time code that they asked for."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from services.notifications.addressed import Addressed, hand_over
from services.notifications.errors import MessageRefused
from services.notifications.keys import LETTERS
from shared.core.errors import Unavailable
from shared.http.access import may
from shared.http.route import route


class SendLoginMessage(Addressed):
    """A code and where it goes. Neither shows itself in logs or errors."""

    code: Annotated[str, Field(pattern=r"^[0-9]{4,10}$", repr=False)]
    expires_in_seconds: Annotated[int, Field(ge=1, le=3600)]


@route(
    "POST",
    "/v1/login-messages",
    access=may("service.login_message"),
    status=202,
    errors=(Unavailable,),
)
async def send_login_message(request: web.Request, body: SendLoginMessage) -> None:
    """Send a one-time code now: 202 once the mail server took it, 503 where it did not.

    The code is kept nowhere. Asking twice sends twice.
    """
    letter = request.app[LETTERS].login_code(
        body.code, body.expires_in_seconds, body.language, body.channel
    )
    try:
        await hand_over(request.app, body, letter, "login_message")
    except MessageRefused:
        # Whoever asked hears of no difference: it would tell which mailboxes there are.
        raise Unavailable(headers={"Retry-After": "5"}) from None
