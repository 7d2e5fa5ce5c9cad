"""What goes out at once to an address that accounts names, and is kept nowhere."""

from typing import Annotated, Final, Self

import structlog
from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.notifications.domain.recipients import Channel, Recipient, is_email, is_phone
from services.notifications.errors import MessageRefused
from services.notifications.keys import MAIL_SERVER, OWN_SETTINGS
from services.notifications.mail.message import Letter, Postmark, write_message
from services.notifications.mail.server import MailboxRefused, MailRefused, MailServerAway
from shared.core.errors import Unavailable
from shared.core.localized import DEFAULT_LANGUAGE, Language
from shared.http.keys import CLOCK, IDS
from shared.http.models import Body

_log: Final = structlog.get_logger()


class Addressed(Body):
    """Where a message goes. The address does not show itself in logs or errors."""

    channel: Channel
    address: Annotated[str, Field(max_length=254, repr=False)]
    language: Language = DEFAULT_LANGUAGE

    @model_validator(mode="after")
    def _address_fits_its_channel(self) -> Self:
        fits = is_email if self.channel == "email" else is_phone
        if not fits(self.address):
            raise PydanticCustomError("address", "Input should be an address of its channel")
        return self


async def hand_over(app: web.Application, to: Addressed, letter: Letter, what: str) -> None:
    """Give a letter to the mail server now.

    Raises Unavailable where it was not taken, and MessageRefused where there is no such mailbox:
    what a mail server has against one message, it may not have against it tomorrow.
    `what` is what the log calls it.
    """
    settings = app[OWN_SETTINGS]
    mailbox = Recipient(to.channel, to.address).mailbox(settings.sms_domain)
    postmark = Postmark(settings.sender_address, mailbox, app[CLOCK].now(), str(app[IDS].new()))
    try:
        async with app[MAIL_SERVER].handover(mailbox) as handover:
            await handover.give(write_message(letter, postmark))
    except (MailServerAway, MailRefused) as error:
        _log.warning("message.not_taken", kind=what, channel=to.channel, reason=str(error))
        if isinstance(error, MailboxRefused):
            raise MessageRefused from None
        raise Unavailable(headers={"Retry-After": "5"}) from None
    _log.info("message.sent", kind=what, channel=to.channel)
