"""Tell people that their account's contacts have changed."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.contact_changes import Change
from services.accounts.domain.contacts import Channel, Contact
from services.accounts.keys import CONTACTS, MESSAGES
from services.accounts.messages import MessageRefused
from shared.core.errors import Unavailable
from shared.core.localized import Language
from shared.db import acquire, fetch_first
from shared.http.keys import DATABASE


@dataclass(frozen=True, slots=True)
class Notice:
    """One message that has to go out."""

    notice_id: UUID
    account_id: UUID
    channel: Channel
    address: bytes
    changed_channel: Channel
    change: Change
    language: Language


# What one run sends at most; the next one goes on.
MOST_AT_ONCE: Final = 100

# Put off before it is sent, because nothing is sent in a transaction: whoever dies in between
# leaves it to the next minute, and some message may come twice.
TAKE: Final = """
    update contact_notices as notice
    set next_try_at = now() + interval '1 minute'
    from accounts as account
    where account.id = notice.account_id
        and notice_id = (
            select notice_id
            from contact_notices
            where next_try_at <= now()
            order by next_try_at
            limit 1
            for update skip locked
        )
    returning
        notice_id, account_id, channel, address, changed_channel, change, account.language
"""
DELETE: Final = "delete from contact_notices where notice_id = $1"
GIVE_UP: Final = "delete from contact_notices where created_at < now() - interval '1 day'"

_log: Final = structlog.get_logger()


async def send_contact_notices(app: web.Application) -> None:
    """Send what waits, one after the other, and forget it.

    What is refused for good is forgotten, too; what nobody took over in a day is given up.
    """
    async with acquire(app[DATABASE]) as conn:
        await conn.execute(GIVE_UP)
    for _ in range(MOST_AT_ONCE):
        async with acquire(app[DATABASE]) as conn:
            notice = await fetch_first(conn, Notice, TAKE)
        if notice is None:
            return
        if await _is_done(app, notice):
            async with acquire(app[DATABASE]) as conn:
                await conn.execute(DELETE, notice.notice_id)


async def _is_done(app: web.Application, notice: Notice) -> bool:
    """Send one; tell whether it needs no further try."""
    address = app[CONTACTS].open(notice.address, notice.channel, notice.account_id) or ""
    contact = Contact(notice.channel, address)
    try:
        await app[MESSAGES].tell_change(
            contact, notice.changed_channel, notice.change, notice.language
        )
    except Unavailable:
        _log.warning("contact_notice.not_taken", channel=notice.channel)
        return False
    except MessageRefused:
        _log.warning("contact_notice.refused", channel=notice.channel)
    return True
