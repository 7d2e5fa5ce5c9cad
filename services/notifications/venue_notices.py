"""The rows of what is owed to an organisation about a venue, and of its letters to people.

It is about a licence of the venue, or about another channel's calendar that it follows; the tables
have the name of what was told first. Whoever takes a notice up counts `attempts` and puts `due_at`
forward: that is its lease, and the number of the attempt is its fence, as with the messages about
orders in `deliveries.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.notifications.domain.pauses import pause_after
from services.notifications.domain.recipients import Channel
from shared.contracts.feeds import FeedConflictFound, FeedFailing
from shared.contracts.venues import LicenceExpired, LicenceExpiring, LicenceKind, LicenceRenewed
from shared.core import tracing
from shared.core.ids import new_id
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_all, fetch_first

LicenceNoticeKind = Literal["licence_expiring", "licence_expired", "licence_renewed"]
FeedNoticeKind = Literal["feed_failing", "feed_conflict_found"]
VenueNoticeKind = LicenceNoticeKind | FeedNoticeKind

# Longer than it takes to ask accounts and to hand a few letters to the mail server.
LEASE: Final = timedelta(seconds=60)

OWE_ABOUT_LICENCE: Final = """
insert into licence_notices (
    notice_id, kind, licence_id, days, organisation_id, venue_id, venue_name, licence_kind,
    valid_until, traceparent
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict on constraint licence_notices_one_per_fact do nothing
"""

OWE_ABOUT_FEED: Final = """
insert into licence_notices (
    notice_id, kind, days, feed_id, feed_version, organisation_id, venue_id, venue_name, feed,
    traceparent
)
values ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9)
on conflict on constraint licence_notices_one_per_feed_and_version do nothing
"""

TAKE_UP: Final = """
with due as (
    select notice_id
    from licence_notices
    where state = 'pending' and due_at <= now()
    order by due_at
    limit 1
    for update skip locked
)
update licence_notices n
set attempts = attempts + 1, due_at = now() + $1
from due
where n.notice_id = due.notice_id
returning
    n.notice_id,
    n.kind,
    n.organisation_id,
    n.venue_id,
    n.venue_name,
    n.licence_kind,
    n.valid_until,
    n.feed,
    n.attempts,
    n.traceparent
"""

ADDRESS: Final = """
insert into licence_letters (letter_id, notice_id, account_id)
select letter_id, $1, account_id
from unnest($2::uuid[], $3::uuid[]) as addressed (letter_id, account_id)
on conflict on constraint licence_letters_one_per_person do nothing
"""

OPEN_LETTERS: Final = """
select letter_id, account_id
from licence_letters
where notice_id = $1 and state in ('pending', 'sending')
order by letter_id
"""

# Only by whoever has the notice still: the mail server gets a letter from one at a time.
MARK_SENDING: Final = """
update licence_letters l
set state = 'sending'
from licence_notices n
where
    l.letter_id = $1
    and l.state in ('pending', 'sending')
    and n.notice_id = l.notice_id
    and n.attempts = $2
returning true
"""

MARK_SENT: Final = """
update licence_letters
set state = 'sent', channel = $2, sent_at = now(), reason = null
where letter_id = $1 and state in ('pending', 'sending')
"""

GIVE_UP_LETTER: Final = """
update licence_letters
set state = 'failed', reason = $2
where letter_id = $1 and state in ('pending', 'sending')
"""

FINISH: Final = """
update licence_notices
set state = 'sent', reason = null
where notice_id = $1 and attempts = $2 and state = 'pending'
"""

POSTPONE: Final = """
update licence_notices
set due_at = now() + $3, reason = $4
where notice_id = $1 and attempts = $2 and state = 'pending'
"""

GIVE_UP: Final = """
update licence_notices
set state = 'failed', reason = $3
where notice_id = $1 and attempts = $2 and state = 'pending'
"""


class FeedFacts(BaseModel):
    """What an event said of another channel's calendar; `read_at` is None where it never was."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    offering_name: LocalizedText
    feed_name: str
    fault: str | None = None
    read_at: datetime | None = None
    conflicts: int = 0
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VenueNotice:
    """One notice that this process has taken up: about a licence, or about a calendar."""

    notice_id: UUID
    kind: VenueNoticeKind
    organisation_id: UUID
    venue_id: UUID
    venue_name: LocalizedText
    licence_kind: LicenceKind | None
    valid_until: date | None
    feed: FeedFacts | None
    attempts: int
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """A letter that is not out yet."""

    letter_id: UUID
    account_id: UUID


async def owe_about_licence(
    conn: Connection,
    kind: LicenceNoticeKind,
    event: LicenceExpiring | LicenceExpired | LicenceRenewed,
    days: int = 0,
) -> None:
    """Note that an organisation has to be told, once."""
    await conn.execute(
        OWE_ABOUT_LICENCE,
        new_id(),
        kind,
        event.licence_id,
        days,
        event.organisation_id,
        event.venue_id,
        event.venue_name.model_dump(),
        event.kind,
        event.valid_until,
        tracing.current().traceparent,
    )


async def owe_about_feed(
    conn: Connection, kind: FeedNoticeKind, event: FeedFailing | FeedConflictFound, version: int
) -> None:
    """Note that an organisation has to be told, once for each version of the feed."""
    await conn.execute(
        OWE_ABOUT_FEED,
        new_id(),
        kind,
        event.feed_id,
        version,
        event.organisation_id,
        event.venue_id,
        event.venue_name.model_dump(),
        FeedFacts.model_validate(event.model_dump()).model_dump(mode="json"),
        tracing.current().traceparent,
    )


async def take_up(conn: Connection) -> VenueNotice | None:
    """Take up the notice that is due the longest; None when nothing is due."""
    return await fetch_first(conn, VenueNotice, TAKE_UP, LEASE)


async def address(
    conn: Connection, notice: VenueNotice, account_ids: Sequence[UUID]
) -> list[OpenLetter]:
    """Owe the notice to these people too, and return the letters that are not out yet."""
    ids = [new_id() for _ in account_ids]
    await conn.execute(ADDRESS, notice.notice_id, ids, list(account_ids))
    return await fetch_all(conn, OpenLetter, OPEN_LETTERS, notice.notice_id)


async def mark_sending(conn: Connection, notice: VenueNotice, letter: OpenLetter) -> bool:
    """Note that the mail server is about to get it; False where somebody else took it over."""
    return bool(await conn.fetchval(MARK_SENDING, letter.letter_id, notice.attempts))


async def mark_sent(conn: Connection, letter: OpenLetter, channel: Channel) -> None:
    """Note that the mail server has it."""
    await conn.execute(MARK_SENT, letter.letter_id, channel)


async def give_up_letter(conn: Connection, letter: OpenLetter, reason: str) -> None:
    """Note why one person is not told; the others are."""
    await conn.execute(GIVE_UP_LETTER, letter.letter_id, reason)


async def finish(conn: Connection, notice: VenueNotice) -> None:
    """Note that everybody was told who can be."""
    await conn.execute(FINISH, notice.notice_id, notice.attempts)


async def postpone(conn: Connection, notice: VenueNotice, reason: str) -> None:
    """Note why it failed, to be tried again after a pause, or given up after too many."""
    pause = pause_after(notice.attempts)
    if pause is None:
        await conn.execute(GIVE_UP, notice.notice_id, notice.attempts, reason)
    else:
        await conn.execute(POSTPONE, notice.notice_id, notice.attempts, pause, reason)
