"""A weekend plan over three villages: quoted, held, and paid in advance at the cashier."""

from collections.abc import Sequence
from datetime import datetime

from yarl import URL

from deploy.local.demo.api import Json, Person
from deploy.local.demo.browser import browser
from deploy.local.demo.choosing import PARTY, PERSONS, Stop, plans
from deploy.local.demo.steps import (
    NAME,
    Figure,
    PaidPlan,
    Stage,
    figure,
    moved,
    new_key,
    of,
    see_letters,
)
from deploy.local.demo.story import StepFailedError, eventually, expect
from shared.core.clock import SHANGHAI
from shared.core.money import Money
from shared.http.client import ProblemAnswer

# What another visitor, who was quicker, leaves of a plan; there are other plans.
TAKEN = frozenset({"pool_exhausted", "day_is_full", "slot_not_available"})


async def plan(stage: Stage) -> PaidPlan:
    """Book one day in three villages, pay all of it at once, and see that it stands."""
    story = stage.story
    story.chapter("A plan over three villages, paid in advance  三村周末，一次付清")
    visitor = await stage.newcomer()
    stops, order, before = await order_by_quote(stage, visitor)
    for stop, line in zip(stops, order["lines"], strict=True):
        start = datetime.fromisoformat(line["starts_at"]).astimezone(SHANGHAI)
        what = f"{line['name']['zh']}, {line['village_name']['zh']}, {Money(line['price_fen'])}"
        story.tell(f"  {start:%a %H:%M} {stop.offering['kind']:<7} {what}")
    await pay(stage, visitor, order)
    order = await confirmed(stage, visitor, order)
    letter = await see_letters(stage, visitor, order["code"], ["预订成功"])
    expect(
        "the payment in the mail",
        f"{Money(order['total_fen'])}，已付款" in letter["text"],
        wanted=True,
    )
    figures = [await moved(stage, earlier, booked=PERSONS) for earlier in before]
    return PaidPlan(visitor, stops, order, figures)


async def order_by_quote(
    stage: Stage, visitor: Person
) -> tuple[Sequence[Stop], Json, Sequence[Figure]]:
    """Have a plan quoted, and order it by the quote, for exactly its price."""
    api = stage.api
    for stops in await plans(api):
        before = [await figure(stage, stop.village, stop.day) for stop in stops]
        body: Json = {"lines": [stop.line(PARTY) for stop in stops]}
        try:
            quote = await api.call("bookings", "POST", "/v1/quotes", body, by=visitor)
            body = {"quote_id": quote["quote_id"], "contact": {"name": NAME}}
            order = await api.call(
                "bookings", "POST", "/v1/orders", body, by=visitor, key=new_key()
            )
        except ProblemAnswer as problem:
            if problem.code not in TAKEN:
                raise
            continue
        expect("the order's state", order["state"], "held")
        prices = [line["price_fen"] for line in order["lines"]]
        expect("the quote's prices", [line["price_fen"] for line in quote["lines"]], prices)
        expect("the quote's total", (quote["total_fen"], sum(prices)), (order["total_fen"],) * 2)
        stage.story.tell(f"order [bold]{order['code']}[/bold] holds it, at the price of its quote")
        return stops, order, before
    raise StepFailedError("no weekend in sight has room for three in three villages")


async def pay(stage: Stage, visitor: Person, order: Json) -> None:
    """Begin to pay, twice as impatient people do, and pay on the cashier's own page."""
    api, path = stage.api, f"{of(order)}/payments"
    begun = [
        await api.call("bookings", "POST", path, {"method": "sandbox"}, by=visitor, key=new_key())
        for _ in range(2)
    ]
    payment, again = (one["payment"] for one in begun)
    expect("the second tap's payment", again["payment_id"], payment["payment_id"])
    expect("what is to be paid", payment["amount_fen"], order["total_fen"])
    async with browser() as phone:
        page = await phone.open(payment["pay_url"])
        yuan, fen = divmod(order["total_fen"], 100)
        expect("the amount on the page", f"¥{yuan:,}.{fen:02d}" in page.text, wanted=True)
        sent_to = await phone.press(page, "action", "pay")
    expect("the page after paying", URL(sent_to).path, f"/orders/{order['order_id']}")
    stage.story.tell(f"paid {Money(order['total_fen'])} on the cashier's page, and was sent back")


async def confirmed(stage: Stage, visitor: Person, order: Json) -> Json:
    """See the order confirmed by the cashier's report, and the money listed to the fen."""
    api = stage.api

    async def look() -> Json | None:
        now: Json = await api.call("bookings", "GET", of(order), by=visitor)
        return now if now["state"] != "held" else None

    now = await eventually("the cashier's report", look)
    expect("the order's state", now["state"], "confirmed")
    expect("what is paid of it", now["paid_fen"], now["total_fen"])
    payments = (await api.call("bookings", "GET", f"{of(order)}/payments", by=visitor))["items"]
    found = [(one["state"], one["captured_fen"], one["refunds"]) for one in payments]
    expect("its payments", found, [("captured", now["total_fen"], [])])
    stage.story.tell("the cashier has reported it: the order is confirmed")
    return now
