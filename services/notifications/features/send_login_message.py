"""Send somebody the one-time code that they asked for."""

from typing import Annotated, Final, Self

import structlog
from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.notifications.domain.recipients import Channel, Recipient, is_email, is_phone
from services.notifications.keys import LETTERS, MAIL_SERVER, OWN_SETTINGS
from services.notifications.mail.message import Postmark, write_message
from services.notifications.mail.server import MailRefused, MailServerAway
from shared.core.errors import Unavailable
from shared.core.localized import DEFAULT_LANGUAGE, Language
from shared.http.access import may
from shared.http.keys import CLOCK, IDS
from shared.http.models import Body
from shared.http.route import route

_log: Final = structlog.get_logger()


class SendLoginMessage(Body):
    """A code and where it goes. Neither shows itself in logs or errors."""

    channel: Channel
    address: Annotated[str, Field(max_length=254, repr=False)]
    code: Annotated[str, Field(pattern=r"^[0-9]{4,10}$", repr=False)]
    language: Language = DEFAULT_LANGUAGE
    expires_in_seconds: Annotated[int, Field(ge=1, le=3600)]

    @model_validator(mode="after")
    def _address_fits_its_channel(self) -> Self:
        fits = is_email if self.channel == "email" else is_phone
        if not fits(self.address):
            raise PydanticCustomError("address", "Input should be an address of its channel")
        return self


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
    app = request.app
    letter = app[LETTERS].login_code(
        body.code, body.expires_in_seconds, body.language, body.channel
    )
    settings = app[OWN_SETTINGS]
    mailbox = Recipient(body.channel, body.address).mailbox(settings.sms_domain)
    postmark = Postmark(settings.sender_address, mailbox, app[CLOCK].now(), str(app[IDS].new()))
    try:
        async with app[MAIL_SERVER].handover(mailbox) as handover:
            await handover.give(write_message(letter, postmark))
    except (MailServerAway, MailRefused) as error:
        _log.warning("login_message.not_taken", channel=body.channel, reason=str(error))
        raise Unavailable(headers={"Retry-After": "5"}) from None
    _log.info("login_message.sent", channel=body.channel)
