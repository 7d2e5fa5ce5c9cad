"""Let the office read what was done in its name."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field

from shared.contracts.audit import Action, Code
from shared.db import acquire, fetch_all
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Instant, Page, Query, Reply
from shared.http.paging import Cursor, Limit, decode_cursor, encode_cursor
from shared.http.route import route
from shared.http.validation import invalid


class AuditQuery(Query):
    """Which entries; `from` is the first moment, `until` the first one that is left out."""

    action: Annotated[Action, Field(examples=["venue.approved"])] | None = None
    actor: Annotated[UUID, Field(description="The account that acted.")] | None = None
    subject: Annotated[Code, Field(description="What it was done to.")] | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    until: Instant | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class AuditEntryView(Reply):
    """One entry; `position` counts all of the log's, without gaps."""

    position: int
    entry_id: UUID
    service: str
    action: str
    actor: str
    subject: str
    details: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    hash: str


FIND: Final = """
    select position, entry_id, service, action, actor, subject, details, occurred_at, recorded_at,
        encode(hash, 'hex') as hash
    from audit_entries
    where actor_kind = 'office'
        and ($1::bigint is null or position < $1)
        and ($2::text is null or action = $2)
        and ($3::text is null or actor = $3)
        and ($4::text is null or subject = $4)
        and ($5::timestamptz is null or occurred_at >= $5)
        and ($6::timestamptz is null or occurred_at < $6)
    order by position desc
    limit $7
"""


@route("GET", "/v1/audit-entries", access=may("audit.read"))
async def list_audit_entries(request: web.Request, query: AuditQuery) -> Page[AuditEntryView]:
    """List what people of the office did, the latest first.

    What operators, visitors and our services did is not shown here. The log only grows, and
    `python -m services.accounts verify-audit` finds whatever was changed in it.
    """
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn,
            AuditEntryView,
            FIND,
            _before(query.cursor),
            query.action,
            query.actor and f"account:{query.actor}",
            query.subject,
            query.from_,
            query.until,
            query.limit + 1,
        )
    items = found[: query.limit]
    following = None
    if len(found) > query.limit:
        following = encode_cursor({"before": items[-1].position})
    return Page[AuditEntryView](items=items, next=following)


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    position = decode_cursor(cursor).get("before")
    # bool is an int, and the database's numbers end somewhere.
    if type(position) is not int or not 0 < position < 2**63:
        raise invalid("query", "/cursor", "cursor")
    return position
