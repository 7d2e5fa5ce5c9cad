"""Handing one-time codes to the notifications service."""

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

_log: Final = structlog.get_logger()


class LoginMessage(BaseModel):
    """What notifications is asked to send."""

    channel: Literal["email", "sms"]
    address: str
    code: str
    language: Language
    expires_in_seconds: int


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
            await self._notifications.exchange(
                "POST", "/v1/login-messages", json=message, seconds=self._seconds
            )
        except ProblemAnswer as refused:
            # Its detail may quote the address: the code says enough.
            _log.error("login_message.refused", status=refused.status, code=refused.code)
            raise Unavailable(headers={"Retry-After": "5"}) from None
