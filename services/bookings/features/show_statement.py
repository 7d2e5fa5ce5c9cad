"""Show an operator what its bookings earned, received and owe in a month."""

from typing import Final, get_args

from aiohttp import web

from services.bookings.money.statements import (
    Account,
    Month,
    MonthText,
    Movement,
    MovementKind,
    check_reader,
    find_movements,
    month_of,
)
from services.bookings.paths import OrganisationPath
from shared.core.errors import NotFound
from shared.core.money import Fen
from shared.db import Connection, fetch_all, transaction
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query, Reply
from shared.http.paging import Cursor, Limit, decode_cursor, encode_cursor
from shared.http.route import route
from shared.http.validation import invalid

ACCOUNTS: Final[tuple[Account, ...]] = get_args(Account)


class StatementQuery(Query):
    """Which month, as `2026-10`, and which page of its movements."""

    month: MonthText
    cursor: Cursor | None = None
    limit: Limit = 50


class AccountBalance(Reply):
    """What stood in an account when the month began and when it ended, or now if it has not."""

    account: Account
    opening_fen: int
    closing_fen: int


class AccountSum(Reply):
    """What movements of one kind did to one account within the month."""

    account: Account
    kind: MovementKind
    movements: int
    debit_fen: Fen
    credit_fen: Fen


class Statement(Reply):
    """A month of an operator's ledger.

    Balances are debits minus credits, and sum to zero over all accounts. `receivable` is what
    visitors still owe; cash that is to be given back to them lowers it, also below zero.
    `provider` is what lies at the payment providers, `refunds_owed` what is on its way back to
    visitors. A closing balance is the opening one and the month's sums.
    """

    month: str
    balances: list[AccountBalance]
    sums: list[AccountSum]
    movements: Page[Movement]


FIND_BALANCES: Final = """
select
    account,
    coalesce(sum(amount_fen) filter (where moved_at < $2), 0)::bigint as opening_fen,
    coalesce(sum(amount_fen), 0)::bigint as closing_fen
from ledger_entries
where organisation_id = $1 and moved_at < $3
group by account
"""

FIND_SUMS: Final = """
select
    account, kind, count(*)::integer as movements,
    coalesce(sum(amount_fen) filter (where amount_fen > 0), 0)::bigint as debit_fen,
    coalesce(-sum(amount_fen) filter (where amount_fen < 0), 0)::bigint as credit_fen
from ledger_entries
where organisation_id = $1 and moved_at >= $2 and moved_at < $3
group by account, kind
order by account, kind
"""


@route(
    "GET",
    "/v1/organisations/{organisation_id}/statement",
    access=may("statement.read"),
    errors=(NotFound,),
)
async def show_statement(
    request: web.Request, caller: Caller, path: OrganisationPath, query: StatementQuery
) -> Statement:
    """Show an operator its month: balances, sums by account and kind, and each movement.

    Everything is read from the ledger at one moment. Another operator's is not found.
    """
    check_reader(caller, path.organisation_id)
    month, after = month_of(query.month), _position(query.cursor)
    async with transaction(request.app[DATABASE], one_moment=True) as conn:
        bounds = (path.organisation_id, month.begins, month.ends)
        return Statement(
            month=query.month,
            balances=await _balances(conn, path, month),
            sums=await fetch_all(conn, AccountSum, FIND_SUMS, *bounds),
            movements=_page(
                await find_movements(conn, path.organisation_id, month, after, query.limit + 1),
                query.limit,
            ),
        )


async def _balances(conn: Connection, path: OrganisationPath, month: Month) -> list[AccountBalance]:
    """Return all accounts, also those in which nothing ever moved."""
    moved = {
        balance.account: balance
        for balance in await fetch_all(
            conn, AccountBalance, FIND_BALANCES, path.organisation_id, month.begins, month.ends
        )
    }
    return [
        moved.get(account) or AccountBalance(account=account, opening_fen=0, closing_fen=0)
        for account in ACCOUNTS
    ]


def _page(found: list[Movement], limit: int) -> Page[Movement]:
    items = found[:limit]
    more = len(found) > limit
    return Page(items=items, next=encode_cursor({"after": items[-1].movement_id}) if more else None)


def _position(cursor: str | None) -> int:
    after = decode_cursor(cursor).get("after") if cursor is not None else 0
    if not isinstance(after, int) or not 0 <= after < 2**63:
        raise invalid("query", "/cursor", "cursor")
    return after
