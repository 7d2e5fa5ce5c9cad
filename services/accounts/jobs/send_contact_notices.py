"""Tell people that their account's contacts have changed."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from services.accounts.contact_changes import Change
from services.accounts.domain.contacts import Channel, Contact
from services.accounts.keys import CONTACTS, MESSAGES
from shared.core.errors import Unavailable
from shared.core.localized import Language
from shared.db import acquire, fetch_all
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


# Put off before it is sent, because nothing is sent in a transaction: whoever dies in between
# leaves it to the next minute, and some message may come twice.
TAKE: Final = """
    update contact_notices as notice
    set next_try_at = now() + interval '1 minute'
    from accounts as account
    where account.id = notice.account_id
        and notice_id in (
            select notice_id
            from contact_notices
            where next_try_at <= now()
            order by next_try_at
            limit 50
            for update skip locked
        )
    returning
        notice_id, account_id, channel, address, changed_channel, change, account.language
"""
DELETE: Final = "delete from contact_notices where notice_id = $1"
GIVE_UP: Final = "delete from contact_notices where created_at < now() - interval '1 day'"

_log: Final = structlog.get_logger()


async def send_contact_notices(app: web.Application) -> None:
    """Send what waits, and forget it; what nobody took over in a day is given up."""
    contacts = app[CONTACTS]
    async with acquire(app[DATABASE]) as conn:
        await conn.execute(GIVE_UP)
        notices = await fetch_all(conn, Notice, TAKE)
    for notice in notices:
        address = contacts.open(notice.address, notice.channel, notice.account_id) or ""
        try:
            await app[MESSAGES].tell_change(
                Contact(notice.channel, address),
                notice.changed_channel,
                notice.change,
                notice.language,
            )
        except Unavailable:
            _log.warning("contact_notice.not_taken", channel=notice.channel)
            continue
        async with acquire(app[DATABASE]) as conn:
            await conn.execute(DELETE, notice.notice_id)
