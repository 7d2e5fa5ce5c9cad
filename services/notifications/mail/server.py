"""The way to the mail server (SMTP, RFC 5321), with limits in time and errors in two kinds."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import aiosmtplib
from pydantic import SecretStr

from services.notifications.settings import NotificationsSettings

STEP_SECONDS: Final = 4.0
# A mail server may look at the whole message before it answers.
DATA_SECONDS: Final = 10.0
PERMANENT: Final = 500
# The server speaks of the mailbox itself only in these; 5xx elsewhere is about us, and a mailbox
# that is full (552) is emptied.
MAILBOX_REFUSED: Final = frozenset({550, 551, 553, 556})
# Of these replies it is the policy, of which we may be taken off again (RFC 3463).
POLICY: Final = "5.7."


class MailServerAway(Exception):
    """The mail server could not be reached or can't take the message now; later it may."""


class MailRefused(Exception):
    """The mail server will never take this message, as it is, for this mailbox."""


class MailboxRefused(MailRefused):
    """There is no such mailbox: it will never take any message."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A mail server that knows sender and mailbox, and waits for the message itself."""

    client: aiosmtplib.SMTP

    async def give(self, message: bytes) -> None:
        """Hand the message over; on return the server answers for it.

        Raises MailRefused. MailServerAway may also mean that the server took it and its answer
        was lost.
        """
        with _smtp_errors():
            await self.client.data(message, timeout=DATA_SECONDS)


class MailServer:
    """Hands messages to one mail server, each over a connection of its own."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings
        self._own_domain = settings.sender_address.rpartition("@")[2]

    @asynccontextmanager
    async def handover(self, mailbox: str) -> AsyncIterator[Handover]:
        """Connect and announce one message for one mailbox.

        Nothing is sent before `give`. Raises MailServerAway and MailRefused.
        """
        client = self._client()
        try:
            with _smtp_errors():
                await client.connect()
                await client.mail(self._settings.sender_address)
                await client.rcpt(mailbox)
            yield Handover(client)
            # The message is taken: a server that is rude about the goodbye changes nothing.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=1.0)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username or None,
            password=_reveal(settings.smtp_password),
            # Our name in the greeting; finding out the machine's own could take seconds.
            local_hostname=self._own_domain,
            timeout=STEP_SECONDS,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
        )


def _reveal(secret: SecretStr) -> str | None:
    return secret.get_secret_value() or None


@contextmanager
def _smtp_errors() -> Iterator[None]:
    """Tell what will never work from what may work later. Details may quote the address: none."""
    try:
        yield
    except aiosmtplib.SMTPRecipientRefused as error:
        if error.code in MAILBOX_REFUSED and not error.message.startswith(POLICY):
            raise MailboxRefused("mailbox_refused") from None
        raise MailServerAway("mailbox_deferred") from None
    except aiosmtplib.SMTPDataError as error:
        if error.code >= PERMANENT:
            raise MailRefused("message_refused") from None
        raise MailServerAway("message_deferred") from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailServerAway(type(error).__name__) from None
