"""Send the messages that are owed, each until the mail server has it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import structlog
from aiohttp import web

from services.notifications import deliveries
from services.notifications.deliveries import Delivery
from services.notifications.domain.recipients import Recipient, recipient_of
from services.notifications.gathering import Undeliverable, gather
from services.notifications.keys import LETTERS, MAIL_SERVER, OWN_SETTINGS, PEERS
from services.notifications.mail.letters import Letters
from services.notifications.mail.message import Postmark, write_message
from services.notifications.mail.server import MailRefused, MailServer, MailServerAway
from services.notifications.peers import NOT_FOUND, Peers
from services.notifications.settings import NotificationsSettings
from services.notifications.waking import new_alarm, wake_senders
from shared.core import log_values, tracing
from shared.core.clock import Clock
from shared.core.errors import ApiError, Unavailable
from shared.db import CommitUnknown, Database, transaction
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK, DATABASE, ROLE

# How long a message can wait that another process owed, or whose pause is over.
POLL_SECONDS: Final = 1.0
PAUSE_WHILE_AWAY: Final = 1.0
# Asking accounts and bookings, together; with the mail server's steps it fits into a lease.
PREPARE_SECONDS: Final = 8.0
# How long, and how often, the row of a message that is out is tried to be marked so: more often
# than others look for work, who would send it again.
MARK_TRIES: Final = 200
MARK_PAUSE: Final = 0.2

_log: Final = structlog.get_logger()


class Sender:
    """Takes up messages one at a time and sends them. Several work side by side."""

    def __init__(
        self,
        *,
        database: Database,
        peers: Peers,
        letters: Letters,
        mail_server: MailServer,
        settings: NotificationsSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._peers = peers
        self._letters = letters
        self._mail_server = mail_server
        self._settings = settings
        self._clock = clock

    async def run(self, stopping: asyncio.Event) -> None:
        """Send what is due, as it becomes due, until told to stop; finish the one in hand."""
        alarm = new_alarm()
        while not stopping.is_set():
            alarm.clear()
            try:
                worked = await self.send_next()
            except ApiError:  # the database is away; the row's lease brings it back
                await _pause(stopping, PAUSE_WHILE_AWAY)
            except Exception:  # noqa: BLE001 - senders work on, whatever one message does
                _log.exception("delivery.sender_failed")
                await _pause(stopping, PAUSE_WHILE_AWAY)
            else:
                if not worked:
                    await _pause(alarm, POLL_SECONDS)

    async def send_next(self) -> bool:
        """Work on the message that is due the longest. Tell whether there was one."""
        async with transaction(self._database) as conn:
            delivery = await deliveries.take_up(conn)
        if delivery is None:
            return False
        tracing.continue_from(delivery.traceparent)
        with log_values.added(
            delivery_id=str(delivery.id), kind=delivery.kind, attempt=delivery.attempts
        ):
            await self._attempt(delivery)
        return True

    async def _attempt(self, delivery: Delivery) -> None:
        if delivery.found_as == "sending":
            _log.warning("delivery.outcome_unknown", hint="sent again with the same Message-ID")
        try:
            await self._send(delivery)
        except (Undeliverable, MailRefused) as error:
            await self._fail(delivery, str(error), final=True)
        except (MailServerAway, Unavailable, CommitUnknown, ProblemAnswer) as error:
            await self._fail(delivery, str(error), final=False)
        except Exception as error:  # noqa: BLE001 - what is wrong with one must not stop others
            _log.exception("delivery.attempt_failed")
            await self._fail(delivery, type(error).__name__, final=False)

    async def _send(self, delivery: Delivery) -> None:
        recipient, message = await self._prepare(delivery)
        mailbox = recipient.mailbox(self._settings.sms_domain)
        async with self._mail_server.handover(mailbox) as handover:
            # The last moment before the message can arrive. All that can fail or take long lies
            # before it, and whoever took too long finds here that it lost the row.
            async with transaction(self._database) as conn:
                if not await deliveries.mark_sending(conn, delivery):
                    _log.warning("delivery.lost_to_another")
                    return
            await handover.give(message)
            await self._mark_sent(delivery, recipient)

    async def _prepare(self, delivery: Delivery) -> tuple[Recipient, bytes]:
        """Ask who and what, and write it all down. Raises Undeliverable and Unavailable."""
        try:
            async with asyncio.timeout(PREPARE_SECONDS):
                contact, order = await asyncio.gather(
                    self._peers.contact(delivery.account_id, delivery.kind),
                    self._peers.order(delivery.order_id),
                )
                recipient = recipient_of(contact.email, contact.phone)
                if recipient is None:
                    raise Undeliverable("no_address")
                matter = await gather(
                    self._peers, delivery, order, contact.language, recipient.channel
                )
        except TimeoutError:
            raise Unavailable from None
        except ProblemAnswer as problem:
            if problem.status == NOT_FOUND:
                raise Undeliverable("person_or_order_unknown") from None
            raise
        postmark = Postmark(
            self._settings.sender_address,
            recipient.mailbox(self._settings.sms_domain),
            self._clock.now(),
            str(delivery.id),
        )

        def write() -> bytes:
            return write_message(self._letters.about_order(matter, recipient.channel), postmark)

        return recipient, await asyncio.to_thread(write)

    async def _mark_sent(self, delivery: Delivery, recipient: Recipient) -> None:
        """Mark a message that is out, however long the database is away within reason."""
        for tries_left in reversed(range(MARK_TRIES)):
            try:
                async with transaction(self._database) as conn:
                    await deliveries.mark_sent(conn, delivery, recipient.channel)
            except (Unavailable, CommitUnknown):
                # After a lost COMMIT, too: marking what is marked already does nothing.
                if tries_left == 0:
                    raise
                await asyncio.sleep(MARK_PAUSE)
            else:
                break
        _log.info("delivery.sent", channel=recipient.channel)
        # The order's next message may have waited for this one.
        wake_senders()

    async def _fail(self, delivery: Delivery, reason: str, *, final: bool) -> None:
        async with transaction(self._database) as conn:
            given_up = await deliveries.mark_failed(conn, delivery, reason, final=final)
        if given_up:
            _log.error("delivery.given_up", reason=reason)
            wake_senders()
        else:
            _log.warning("delivery.postponed", reason=reason)


async def _pause(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not longer than some seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def send_deliveries(app: web.Application) -> AsyncIterator[None]:
    """Run the senders of a process with the worker's role, as a cleanup context."""
    if app[ROLE] == "api":
        yield
        return
    settings = app[OWN_SETTINGS]
    sender = Sender(
        database=app[DATABASE],
        peers=app[PEERS],
        letters=app[LETTERS],
        mail_server=app[MAIL_SERVER],
        settings=settings,
        clock=app[CLOCK],
    )
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(sender.run(stopping)) for _ in range(settings.senders)]
    yield
    stopping.set()
    wake_senders()
    _done, late = await asyncio.wait(tasks, timeout=settings.shutdown_timeout)
    for task in late:
        _log.warning("delivery.sender_cancelled")
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
