"""Handing one-time codes, and notices about an account, to the notifications service."""

from typing import Final, Literal

import structlog
from pydantic import BaseModel

from services.accounts.domain.contacts import Channel, Contact
from services.accounts.domain.login_codes import LIFE_SECONDS
from services.accounts.token_signer import TokenSigner
from shared.core.errors import Unavailable
from shared.core.localized import Language
from shared.http.client import ProblemAnswer, ServiceClient

_CHANNELS: Final[dict[Channel, Literal["email", "sms"]]] = {"email": "email", "phone": "sms"}

# There is no such mailbox; other refusals are about us, and pass once that is mended.
_FOR_GOOD: Final = 409

_log: Final = structlog.get_logger()


class LoginMessage(BaseModel):
    """What notifications is asked to send."""

    channel: Literal["email", "sms"]
    address: str
    code: str
    language: Language
    expires_in_seconds: int


class ContactNotice(BaseModel):
    """What notifications is asked to tell one of an account's contacts."""

    channel: Literal["email", "sms"]
    address: str
    changed: Literal["email", "sms"]
    change: Literal["added", "replaced", "removed"]
    language: Language


class MessageRefused(Exception):
    """Notifications will never send this message to this contact."""


class OwnTokens:
    """Accounts holds the key, so it signs the token by which it calls others itself."""

    def __init__(self, signer: TokenSigner) -> None:
        self._signer = signer

    async def get(self) -> str:
        """Return a new token of this service."""
        return self._signer.for_service("accounts").token


class LoginMessages:
    """Sends codes through the notifications service; `seconds` limits the handing over."""

    def __init__(self, notifications: ServiceClient, seconds: float) -> None:
        self._notifications = notifications
        self._seconds = seconds

    async def send(self, contact: Contact, code: str, language: Language) -> None:
        """Have a code sent. Raises Unavailable where the message was not taken over."""
        message = LoginMessage(
            channel=_CHANNELS[contact.channel],
            address=contact.address,
            code=code,
            language=language,
            expires_in_seconds=LIFE_SECONDS,
        )
        try:
            await self._hand_over("/v1/login-messages", message, "login_message")
        except MessageRefused:
            raise Unavailable(headers={"Retry-After": "5"}) from None

    async def tell_change(
        self,
        contact: Contact,
        changed: Channel,
        change: Literal["added", "replaced", "removed"],
        language: Language,
    ) -> None:
        """Tell a contact what changed.

        Raises Unavailable where the message was not taken over, and MessageRefused where it never
        will be.
        """
        notice = ContactNotice(
            channel=_CHANNELS[contact.channel],
            address=contact.address,
            changed=_CHANNELS[changed],
            change=change,
            language=language,
        )
        await self._hand_over("/v1/contact-notices", notice, "contact_notice")

    async def _hand_over(self, path: str, message: BaseModel, kind: str) -> None:
        try:
            await self._notifications.exchange("POST", path, json=message, seconds=self._seconds)
        except ProblemAnswer as refused:
            # Its detail may quote the address: the code says enough.
            _log.error("message.refused", kind=kind, status=refused.status, code=refused.code)
            if refused.status == _FOR_GOOD:
                raise MessageRefused from None
            raise Unavailable(headers={"Retry-After": "5"}) from None
