"""The main job: one order over two villages, the gate, the office's figures, plans that change."""

from datetime import datetime

from deploy.local.demo.api import Json, Person
from deploy.local.demo.chapters.reviewing import review
from deploy.local.demo.choosing import PARTY, PERSONS, Choice, choose
from deploy.local.demo.steps import NAME, Stage, figure, moved, new_key, of, see_letters
from deploy.local.demo.story import StepFailedError, expect
from shared.core.clock import SHANGHAI
from shared.core.money import Money
from shared.http.client import ProblemAnswer


async def visit(stage: Stage) -> None:
    """Find two things for a weekend day, book both at once, come, and be counted."""
    story = stage.story
    story.chapter("A visitor plans the weekend  游客计划周末")
    visitor = await stage.newcomer()
    story.tell(f"signed in as {visitor.contact['email']} by a code from the inbox")
    choice = await choose(stage.api, story)
    both = (choice.workshop, choice.camp)
    operators = [await stage.operator_of(offering) for offering in both]
    before = [await figure(stage, offering["village"], choice.day) for offering in both]

    story.chapter("One order over two villages, all or nothing  一单两村，成则全成")
    order = await place(stage, visitor, choice)
    letter = await see_letters(stage, visitor, order["code"], ["预订成功"])
    calendars = [one for one in letter["attachments"] if one["content_type"] == "text/calendar"]
    expect("the number of calendars in it", len(calendars), 1)

    story.chapter("At the gate  到场核销")
    tickets = (await stage.api.call("bookings", "GET", f"{of(order)}/tickets", by=visitor))["items"]
    for ticket in tickets:
        await check_in(stage, ticket, operators, order)
    story.tell(f"{len(tickets)} tickets checked in; shown again, each is refused")

    story.chapter("Those who came say how it was  来过的人说")
    await review(stage, visitor, choice.workshop)

    story.chapter("The tourism office sees it  文旅局看到数据")
    for earlier in before:
        await moved(stage, earlier, booked=PERSONS, arrived=PERSONS)

    story.chapter("Plans change  计划有变")
    await change_mind(stage, visitor, choice)


def lines_of(choice: Choice) -> list[Json]:
    """Return the order's two lines."""
    return [
        {
            "offering_id": choice.workshop["offering_id"],
            "starts_at": choice.starts_at,
            "tickets": PARTY,
        },
        {
            "offering_id": choice.camp["offering_id"],
            "date": choice.day.isoformat(),
            "nights": 1,
            "tickets": PARTY,
        },
    ]


async def place(stage: Stage, visitor: Person, choice: Choice) -> Json:
    """Order both at once; tap twice, as impatient people do."""
    api, key = stage.api, new_key()
    body = {"lines": lines_of(choice), "contact": {"name": NAME}, "payment_method": "on_site"}
    order: Json = await api.call("bookings", "POST", "/v1/orders", body, by=visitor, key=key)
    again = await api.call("bookings", "POST", "/v1/orders", body, by=visitor, key=key)
    expect("the second tap's order", again["order_id"], order["order_id"])
    expect("the order's state", order["state"], "confirmed")
    total = Money(order["total_fen"])
    stage.story.tell(
        f"order [bold]{order['code']}[/bold] confirmed, {total}, to be paid at the venues"
    )
    return order


async def check_in(stage: Stage, ticket: Json, operators: list[Person], order: Json) -> None:
    """Check a ticket in at its own venue; show it again and see it refused."""
    body = {"code": ticket["code"], "admit_on_another_day": True}
    for operator in operators:
        try:
            done = await stage.api.call("bookings", "POST", "/v1/check-ins", body, by=operator)
        except ProblemAnswer as problem:
            if problem.code != "not_found":
                raise
            continue
        expect("the order at the gate", done["order_code"][-4:], order["code"][-4:])
        try:
            await stage.api.call("bookings", "POST", "/v1/check-ins", body, by=operator)
        except ProblemAnswer as problem:
            expect("the second showing", problem.code, "ticket_already_used")
            return
        raise StepFailedError("a ticket was admitted twice")
    raise StepFailedError("no operator could find the ticket")


async def change_mind(stage: Stage, visitor: Person, choice: Choice) -> None:
    """Hold places, give them back, and see them free again."""
    api = stage.api
    body = {"lines": lines_of(choice)[:1], "contact": {"name": NAME}}
    order = await api.call("bookings", "POST", "/v1/orders", body, by=visitor, key=new_key())
    expect("the order's state", order["state"], "held")
    until = datetime.fromisoformat(order["hold_expires_at"]).astimezone(SHANGHAI)
    stage.story.tell(f"order {order['code']} holds its places until {until:%H:%M}")
    order = await api.call("bookings", "POST", f"{of(order)}/cancellations", {}, by=visitor)
    expect("the order's state", order["state"], "cancelled")
    stage.story.tell("cancelled; its places are free again")
