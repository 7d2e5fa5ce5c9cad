"""List the money of an operator's month order by order."""

from typing import Final
from uuid import UUID

from aiohttp import web

from services.bookings.money.statements import MonthText, check_reader, month_of
from services.bookings.paths import OrganisationPath
from shared.core.errors import NotFound
from shared.core.masking import CodeEnd
from shared.core.money import Fen
from shared.db import acquire, fetch_all
from shared.http.access import Caller, may
from shared.http.keys import DATABASE
from shared.http.models import Page, Query, Reply
from shared.http.paging import Cursor, Limit, page_of, position_of
from shared.http.route import route


class StatementOrdersQuery(Query):
    """Which month, as `2026-10`, and which page of its orders."""

    month: MonthText
    cursor: Cursor | None = None
    limit: Limit = 50


class OrderMoney(Reply):
    """What moved for one order within the month, at this operator, in fen.

    `open_fen` is what its visitor still owed at the end of the month, from any month; below zero
    where more came than was owed: cash for what was cancelled or made smaller afterwards, which
    is to be given back at the venue.
    """

    order_id: UUID
    order_code: CodeEnd
    sold_fen: Fen
    reversed_fen: Fen
    fees_fen: Fen
    paid_fen: Fen
    cash_fen: Fen
    refunds_requested_fen: Fen
    refunds_done_fen: Fen
    open_fen: int


FIND_ORDERS: Final = """
with listed as (
    select distinct order_id
    from ledger_movements
    where organisation_id = $1
        and moved_at >= $2
        and moved_at < $3
        and ($4::uuid is null or order_id > $4)
    order by order_id
    limit $5
), moved as (
    select
        order_id, debit, credit, amount_fen,
        case when moved_at >= $2 then kind end as kind_in_month
    from listed
    join ledger_movements using (order_id)
    where organisation_id = $1 and moved_at < $3
)
select
    order_id, orders.code as order_code,
    coalesce(sum(amount_fen) filter (where kind_in_month = 'sale'), 0)::bigint as sold_fen,
    coalesce(sum(amount_fen) filter (where kind_in_month = 'sale_reversed'), 0)::bigint
        as reversed_fen,
    coalesce(sum(amount_fen) filter (where kind_in_month = 'fee'), 0)::bigint as fees_fen,
    coalesce(sum(amount_fen) filter (where kind_in_month = 'payment'), 0)::bigint as paid_fen,
    coalesce(sum(amount_fen) filter (where kind_in_month = 'cash'), 0)::bigint as cash_fen,
    coalesce(sum(amount_fen) filter (where kind_in_month = 'refund_requested'), 0)::bigint
        as refunds_requested_fen,
    coalesce(sum(amount_fen) filter (where kind_in_month = 'refund_done'), 0)::bigint
        as refunds_done_fen,
    coalesce(sum(
        case 'receivable' when debit then amount_fen when credit then -amount_fen end
    ), 0)::bigint as open_fen
from moved
join orders using (order_id)
group by order_id, orders.code
order by order_id
"""


@route(
    "GET",
    "/v1/organisations/{organisation_id}/statement/orders",
    access=may("statement.read"),
    errors=(NotFound,),
)
async def list_statement_orders(
    request: web.Request, caller: Caller, path: OrganisationPath, query: StatementOrdersQuery
) -> Page[OrderMoney]:
    """List the orders for which money moved in a month, oldest first, with what moved.

    An order that goes to several operators shows each of them its own share only.
    """
    check_reader(caller, path.organisation_id)
    month, after = month_of(query.month), position_of(query.cursor)
    async with acquire(request.app[DATABASE]) as conn:
        found = await fetch_all(
            conn,
            OrderMoney,
            FIND_ORDERS,
            path.organisation_id,
            month.begins,
            month.ends,
            after,
            query.limit + 1,
        )
    items, following = page_of(found, query.limit, lambda order: order.order_id)
    return Page(items=items, next=following)
