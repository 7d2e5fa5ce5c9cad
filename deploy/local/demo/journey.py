"""`make demo-journey`: the main job over HTTP, from a login code to the office's figure.

Every step looks for its effect, waits five seconds for it at most, and fails loudly without it.
"""

import asyncio
import os
import secrets
import sys
import time
from dataclasses import replace
from datetime import date, datetime

from rich.console import Console
from yarl import URL

from deploy.local.demo.api import Api, Json, Person, connected
from deploy.local.demo.choosing import PARTY, PERSONS, Choice, choose
from deploy.local.demo.sessions import OFFICE, Sessions
from deploy.local.demo.story import StepFailedError, Story, eventually, expect
from deploy.local.errors import LocalError
from deploy.local.options import BASE_PORTS, Options
from deploy.local.state import is_running, read_state
from shared.core.clock import SHANGHAI
from shared.core.errors import Unavailable
from shared.core.money import Money
from shared.http.client import ProblemAnswer


async def journey(api: Api, options: Options, story: Story) -> None:
    """Do the main job once."""
    story.chapter("A visitor plans the weekend  游客计划周末")
    visitor = await sign_in_newcomer(api, story)
    choice = await choose(api, story)
    office = await Sessions(api, options.data_dir).of(OFFICE)
    operators = [await operator_of(api, office, venue) for venue in (choice.workshop, choice.camp)]
    before = [await figure(api, office, offering, choice.day) for offering in pair(choice)]

    story.chapter("One order over two villages, all or nothing  一单两村，成则全成")
    order = await place(api, story, visitor, choice)
    await confirm_by_mail(api, story, visitor, order)

    story.chapter("At the gate  到场核销")
    tickets = (await api.call("bookings", "GET", f"{of(order)}/tickets", by=visitor))["items"]
    for ticket in tickets:
        await check_in(api, ticket, operators, order)
    story.tell(f"{len(tickets)} tickets checked in; shown again, each is refused")

    story.chapter("The tourism office sees it  文旅局看到数据")
    for offering, earlier in zip(pair(choice), before, strict=True):
        await count(api, story, office, offering, (choice.day, earlier))

    story.chapter("Plans change  计划有变")
    await change_mind(api, story, visitor, choice)


def pair(choice: Choice) -> tuple[Json, Json]:
    """Return both offerings of a choice."""
    return choice.workshop, choice.camp


def of(order: Json) -> str:
    """Return the path of an order."""
    return f"/v1/orders/{order['order_id']}"


async def sign_in_newcomer(api: Api, story: Story) -> Person:
    """Sign in as somebody who was never here, by a code from the inbox."""
    contact = {"email": f"journey-{secrets.token_hex(4)}@xiangyou.example"}
    person = await api.sign_in(contact)
    body = {"name": "陈小溪"}
    me = await api.call("accounts", "PATCH", "/v1/me", body, by=person)
    expect("the name on the account", me["name"], "陈小溪")
    story.tell(f"signed in as {contact['email']} by a code from the inbox")
    return person


async def operator_of(api: Api, office: Person, offering: Json) -> Person:
    """Return a member of the offering's organisation, whom the office has just let in."""
    contact = {"email": f"gate-{secrets.token_hex(4)}@xiangyou.example"}
    path = f"/v1/organisations/{offering['organisation_id']}/members"
    key = secrets.token_hex(8)
    await api.call("accounts", "POST", path, contact, by=office, key=key)
    return await api.sign_in(contact)


async def figure(api: Api, office: Person, offering: Json, day: date) -> Json | None:
    """Return the office's figure of a village's day; one of fewer than ten people is hidden."""
    params = {"from": day, "to": day, "group_by": "village,day"}
    answer = await api.call("statistics", "GET", "/v1/visits", by=office, params=params)
    village_id = offering["village"]["village_id"]
    found = [item for item in answer["items"] if item["village_id"] == village_id]
    return found[0] if found else None


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


async def place(api: Api, story: Story, visitor: Person, choice: Choice) -> Json:
    """Order both at once; tap twice, as impatient people do."""
    body = {
        "lines": lines_of(choice),
        "contact": {"name": "陈小溪"},
        "payment_method": "on_site",
    }
    key = secrets.token_hex(16)
    order: Json = await api.call("bookings", "POST", "/v1/orders", body, by=visitor, key=key)
    again = await api.call("bookings", "POST", "/v1/orders", body, by=visitor, key=key)
    expect("the second tap's order", again["order_id"], order["order_id"])
    expect("the order's state", order["state"], "confirmed")
    total = Money(order["total_fen"])
    story.tell(f"order [bold]{order['code']}[/bold] confirmed, {total}, to be paid at the venues")
    return order


async def confirm_by_mail(api: Api, story: Story, visitor: Person, order: Json) -> None:
    """Find exactly one mail about the order, with tickets and calendar."""

    async def look() -> list[Json] | None:
        letters = [
            one for one in await api.letters(visitor.contact) if order["code"] in one["text"]
        ]
        return letters or None

    letters = await eventually("the confirmation's mail", look)
    expect("the number of mails", len(letters), 1)
    attachments = letters[0]["attachments"]
    calendars = [one for one in attachments if one["content_type"] == "text/calendar"]
    expect("the number of calendars in it", len(calendars), 1)
    story.tell(f"one mail arrived: “{letters[0]['subject']}”, with its calendar")


async def check_in(api: Api, ticket: Json, operators: list[Person], order: Json) -> None:
    """Check a ticket in at its own venue; show it again and see it refused."""
    body = {"code": ticket["code"], "admit_on_another_day": True}
    for operator in operators:
        try:
            done = await api.call("bookings", "POST", "/v1/check-ins", body, by=operator)
        except ProblemAnswer as problem:
            if problem.code != "not_found":
                raise
            continue
        expect("the order at the gate", done["order_code"], order["code"])
        try:
            await api.call("bookings", "POST", "/v1/check-ins", body, by=operator)
        except ProblemAnswer as problem:
            expect("the second showing", problem.code, "ticket_already_used")
            return
        raise StepFailedError("a ticket was admitted twice")
    raise StepFailedError("no operator could find the ticket")


async def count(
    api: Api, story: Story, office: Person, offering: Json, before: tuple[date, Json | None]
) -> None:
    """See the party in the office's figure of a village's day."""
    day, earlier = before
    booked, arrived = _known(earlier)

    async def look() -> Json | None:
        now = await figure(api, office, offering, day)
        if now is None or (now["suppressed"] and booked):
            return None
        grown = now["suppressed"] or (
            now["booked"] >= booked + PERSONS and now["arrived"] >= arrived + PERSONS
        )
        return now if grown else None

    now = await eventually("the visit in the office's figures", look)
    village = offering["village"]["name"]["zh"]
    if now["suppressed"]:
        story.tell(f"{village}: fewer than ten people so far, so the figure is hidden")
    else:
        story.tell(
            f"{village}: booked {booked} → {now['booked']}, arrived {arrived} → {now['arrived']}"
        )


def _known(item: Json | None) -> tuple[int, int]:
    """Return what a figure shows: nothing, where there is none or it is hidden."""
    return (0, 0) if item is None or item["suppressed"] else (item["booked"], item["arrived"])


async def change_mind(api: Api, story: Story, visitor: Person, choice: Choice) -> None:
    """Hold places, give them back, and see them free again."""
    body = {"lines": lines_of(choice)[:1], "contact": {"name": "陈小溪"}}
    key = secrets.token_hex(16)
    order = await api.call("bookings", "POST", "/v1/orders", body, by=visitor, key=key)
    expect("the order's state", order["state"], "held")
    until = datetime.fromisoformat(order["hold_expires_at"]).astimezone(SHANGHAI)
    story.tell(f"order {order['code']} holds its places until {until:%H:%M}")
    order = await api.call("bookings", "POST", f"{of(order)}/cancellations", {}, by=visitor)
    expect("the order's state", order["state"], "cancelled")
    story.tell("cancelled; its places are free again")


async def run(options: Options, story: Story) -> None:
    """Do the journey against the running stack."""
    async with connected(options) as api:
        await journey(api, options, story)


def of_running_stack(options: Options) -> Options:
    """Return the options with the ports of the stack that runs on the same data, if one does."""
    state = read_state(options.data_dir)
    if not state or not is_running(options.data_dir):
        return options
    port = URL(state["url"]).port or options.ports.of("web")
    return replace(options, port_offset=port - BASE_PORTS["web"])


def main() -> int:
    """Do the journey; return 1, and say why, where an effect is missing."""
    options = of_running_stack(Options.from_environment(os.environ))
    story = Story(Console(highlight=False, soft_wrap=True), time.monotonic())
    try:
        asyncio.run(run(options, story))
    except (StepFailedError, LocalError, Unavailable, TimeoutError) as error:
        story.console.print(f"\n[bold red]✗ {type(error).__name__}: {error}[/bold red]")
        return 1
    seconds = time.monotonic() - story.began
    story.console.print(f"\n[bold green]✓ the whole journey in {seconds:.1f} s[/bold green]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
