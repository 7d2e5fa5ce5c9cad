"""A real mail server for tests, which keeps what it takes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

OK: Final = "250 Taken"


class MailSink:
    """A mail server that keeps what it takes; a test may make it rude."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.mailboxes: list[str] = []
        self.rcpt_reply = OK
        # Instead of it, for some addresses.
        self.rcpt_replies: dict[str, str] = {}
        self.data_reply = OK
        self.before_taking: Callable[[], Awaitable[None]] | None = None
        self.after_taking: Callable[[], Awaitable[None]] | None = None
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        reply = self.rcpt_replies.get(address, self.rcpt_reply)
        if reply == OK:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.data_reply != OK:
            return self.data_reply
        if self.before_taking is not None:
            await self.before_taking()
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(message_from_bytes(content, policy=policy.default))
        self.mailboxes.extend(envelope.rcpt_tos)
        if self.after_taking is not None:
            await self.after_taking()
        return OK

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["MailSink"]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, hostname="sink.example", loop=loop), "127.0.0.1", self.port
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.taken]
