"""Send what is owed about venues to everybody who runs the organisation."""

import asyncio
from typing import Final

import structlog
from aiohttp import web

from services.notifications import venue_notices
from services.notifications.domain.recipients import Recipient, recipient_of
from services.notifications.keys import LETTERS, MAIL_SERVER, OWN_SETTINGS, PEERS
from services.notifications.mail.message import Postmark, write_message
from services.notifications.mail.server import MailRefused, MailServerAway
from services.notifications.mail.venue_letters import VenueMatter
from services.notifications.peers import MemberContact
from services.notifications.venue_notices import OpenLetter, VenueNotice
from shared.core import log_values, tracing
from shared.core.errors import Unavailable
from shared.db import CommitUnknown, transaction
from shared.http.client import ProblemAnswer
from shared.http.keys import CLOCK, DATABASE

# What one run sends at most; the next one goes on.
MOST_AT_ONCE: Final = 100

_log: Final = structlog.get_logger()


class NobodyToTell(Exception):
    """Nobody runs the organisation, as far as accounts knows: perhaps only not yet."""


async def send_venue_notices(app: web.Application) -> None:
    """Send the notices that are due, one after the other, each to all of its people.

    What fails is tried again after a pause, and so is what nobody is there to be told; who has a
    letter already gets no second one. Raises Unavailable where the database is away.
    """
    for _ in range(MOST_AT_ONCE):
        async with transaction(app[DATABASE]) as conn:
            notice = await venue_notices.take_up(conn)
        if notice is None:
            return
        tracing.continue_from(notice.traceparent)
        with log_values.added(
            notice_id=str(notice.notice_id), kind=notice.kind, attempt=notice.attempts
        ):
            await _attempt(app, notice)


async def _attempt(app: web.Application, notice: VenueNotice) -> None:
    try:
        await _send(app, notice)
    except NobodyToTell:
        _log.warning("venue_notice.nobody_to_tell")
        async with transaction(app[DATABASE]) as conn:
            await venue_notices.postpone(conn, notice, "nobody")
    except (MailServerAway, Unavailable, CommitUnknown, ProblemAnswer) as error:
        _log.warning("venue_notice.postponed", reason=str(error))
        async with transaction(app[DATABASE]) as conn:
            await venue_notices.postpone(conn, notice, type(error).__name__)


async def _send(app: web.Application, notice: VenueNotice) -> None:
    """Ask whom, and write to each; the contacts are asked for again at every attempt.

    Raises NobodyToTell, and what asking and writing raise.
    """
    contacts = await app[PEERS].organisation_contacts(
        notice.organisation_id, notice.venue_id, notice.kind
    )
    by_account = {contact.account_id: contact for contact in contacts}
    if not by_account:
        raise NobodyToTell
    async with transaction(app[DATABASE]) as conn:
        letters = await venue_notices.address(conn, notice, list(by_account))
    for letter in letters:
        try:
            await _send_letter(app, notice, letter, by_account.get(letter.account_id))
        except MailRefused as error:
            await _give_up(app, letter, str(error))
    async with transaction(app[DATABASE]) as conn:
        await venue_notices.finish(conn, notice)


async def _send_letter(
    app: web.Application,
    notice: VenueNotice,
    letter: OpenLetter,
    contact: MemberContact | None,
) -> None:
    """Write to one person. Raises MailRefused and MailServerAway."""
    recipient = None if contact is None else recipient_of(contact.email, contact.phone)
    if contact is None or recipient is None:
        await _give_up(app, letter, "no_address")
        return
    mailbox = recipient.mailbox(app[OWN_SETTINGS].sms_domain)
    message = await asyncio.to_thread(_write, app, notice, letter, (contact, recipient))
    async with app[MAIL_SERVER].handover(mailbox) as handover:
        async with transaction(app[DATABASE]) as conn:
            if not await venue_notices.mark_sending(conn, notice, letter):
                _log.warning("venue_notice.lost_to_another")
                return
        await handover.give(message)
    async with transaction(app[DATABASE]) as conn:
        await venue_notices.mark_sent(conn, letter, recipient.channel)
    _log.info("venue_notice.sent", channel=recipient.channel)


def _write(
    app: web.Application,
    notice: VenueNotice,
    letter: OpenLetter,
    to: tuple[MemberContact, Recipient],
) -> bytes:
    contact, recipient = to
    settings = app[OWN_SETTINGS]
    matter = VenueMatter(
        notice.kind, notice.venue_name, notice.licence_kind, notice.valid_until, notice.feed
    )
    postmark = Postmark(
        settings.sender_address,
        recipient.mailbox(settings.sms_domain),
        app[CLOCK].now(),
        str(letter.letter_id),
    )
    return write_message(
        app[LETTERS].about_venue(matter, contact.language, recipient.channel), postmark
    )


async def _give_up(app: web.Application, letter: OpenLetter, reason: str) -> None:
    _log.warning("venue_notice.person_not_told", reason=reason)
    async with transaction(app[DATABASE]) as conn:
        await venue_notices.give_up_letter(conn, letter, reason)
