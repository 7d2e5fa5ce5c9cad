from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from tests.bookings.payments.stage import Cashier, Paying
from tests.bookings.world import serve_bookings
from tests.conftest import DatabaseUrl

UNBALANCED = """
select order_id
from (
    select
        orders.order_id,
        coalesce((
            select sum(case kind when 'payment' then amount_fen else -amount_fen end)
            from ledger_movements as moved
            where moved.order_id = orders.order_id and kind in ('payment', 'refund_done')
        ), 0) as in_the_books,
        coalesce((
            select sum(captured_fen) from payments where payments.order_id = orders.order_id
        ), 0) - coalesce((
            select sum(amount_fen)
            from refunds
            where refunds.order_id = orders.order_id and state = 'done'
        ), 0) as at_the_provider
    from orders
) as sums
where in_the_books <> at_the_provider
"""
NEITHER_NOR = """
select payment_id
from payments
where state = 'captured' and not honoured and refunded_fen <> captured_fen
"""


@pytest.fixture
async def cashier(tmp_path: Path) -> AsyncIterator[Cashier]:
    running = Cashier(tmp_path / "cashier.sqlite", free_port())
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def paying(database_url: DatabaseUrl, cashier: Cashier) -> AsyncIterator[Paying]:
    port = free_port()
    async with serve_bookings(
        database_url("bookings"),
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        sandbox_url=cashier.url,
    ) as bookings:
        yield Paying(bookings, cashier)
        assert await bookings.leaks() == []
        assert await bookings.fetch_rows(UNBALANCED) == []
        assert await bookings.fetch_rows(NEITHER_NOR) == []
