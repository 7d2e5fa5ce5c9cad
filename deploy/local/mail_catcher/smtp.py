"""The SMTP side: accepts every message for every address."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mail_catcher.store import BeingKeptError, Inbox

LARGEST_MESSAGE = 16 * 1024 * 1024


class CatchAll:
    """Handler of aiosmtpd: says 250 only after the message is on disk."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a message."""
        del server, session
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 5.6.0 Message is not bytes"
        try:
            number = self._inbox.take_number(envelope.rcpt_tos, content)
        except BeingKeptError:
            return "451 4.3.0 Being kept, try again"
        if number is None:
            return "250 2.0.0 Here already"
        try:
            await asyncio.to_thread(
                self._inbox.write, number, envelope.mail_from or "", envelope.rcpt_tos, content
            )
        except OSError as error:
            self._inbox.forget(number)
            print(f"inbox.write_failed reason={error.strerror}", flush=True)
            return "452 4.3.1 Insufficient system storage"
        self._inbox.add(number)
        return f"250 2.0.0 Kept as {number}"


def protocol(inbox: Inbox) -> SMTP:
    """Return the protocol of one connection."""
    return SMTP(
        CatchAll(inbox),
        hostname="localhost",
        ident="Xiangyou development inbox",
        data_size_limit=LARGEST_MESSAGE,
        enable_SMTPUTF8=True,
        loop=asyncio.get_running_loop(),
    )
