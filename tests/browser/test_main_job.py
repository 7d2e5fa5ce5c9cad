"""The whole main job in a browser: plan, order, mail, check-in, figures."""

from itertools import count

import pytest

from deploy.local.demo.api import Api
from tests.browser.conftest import OpenScreen, People
from tests.browser.people import new_operator, tickets_of
from tests.browser.qr import shows
from tests.browser.screen import Screen
from tests.browser.steps import (
    CAMP,
    MASKED_NAME,
    NAME,
    PERSONS,
    WORKSHOP,
    Look,
    Placed,
    new_contact,
    order,
    plan_weekend,
    saturday,
    sign_in,
)
from tests.stack.running import RunningStack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

VILLAGE = "新路村"


async def test_a_visitor_books_a_weekend_the_gate_checks_in_and_the_office_sees_it(
    open_screen: OpenScreen, people: People, api: Api, demo_stack: RunningStack
) -> None:
    numbers = count(1)

    async def look(screen: Screen, name: str) -> None:
        assert await screen.look(f"{next(numbers):02}-{name}") == []

    officer = await open_screen(state=people.officer)
    before = await figures(officer)

    visitor, contact = await open_screen(), new_contact("visitor")
    await plan_weekend(visitor, look)
    await look(visitor, "plan-before-login")
    await visitor.press("main a[href='/login?next=/plan']")
    await sign_in(visitor, contact, look)
    placed = await order(visitor, look)
    await look(visitor, "tickets")
    tickets = await tickets_of(api, demo_stack, placed.order_id)
    assert [len(tickets[WORKSHOP]), len(tickets[CAMP])] == [PERSONS, 1]
    for ticket in (*tickets[WORKSHOP], *tickets[CAMP]):
        place = f"{ticket['line_id']}/{ticket['ordinal']}.svg"
        assert await shows(visitor, f"img[src$='{place}']", ticket["code"])
    await see_the_mail(visitor, contact, placed, look)

    gate = await open_screen()
    await gate.go("/login?next=/gate")
    await sign_in(gate, await new_operator(api, demo_stack))
    await look(gate, "gate")
    codes = [ticket["code"] for ticket in tickets[WORKSHOP]]
    for number, code in enumerate(codes):
        await check_in(gate, code, look if number == 0 else None)
    # For another day it is first of all; with the operator's word it is seen that it was used.
    await show(gate, codes[0])
    await gate.press(".gate.amber form button")
    await look(gate, "gate-red-shown-again")
    assert await gate.page.locator(".gate.red").count() == 1
    await gate.go(f"/operator?date={saturday()}")
    await look(gate, "arrivals")
    # The place sees the end of a code only.
    arrived = gate.page.locator(".arrival", has_text=placed.code[-4:])
    assert await arrived.locator(".checked").count() == PERSONS

    await visitor.go(placed.path)
    await look(visitor, "tickets-used")
    assert await visitor.page.locator(".qr.is-used").count() == PERSONS
    await until_counted(officer, before)
    await look(officer, "office")


async def see_the_mail(visitor: Screen, contact: str, placed: Placed, look: Look) -> None:
    """Find the confirmation in the inbox, once."""
    mailbox = await Screen.open(visitor.page.context)
    letters = mailbox.page.locator(".letters a", has_text=placed.code)
    for _ in range(20):
        await mailbox.go(f"/dev/inbox?to={contact}")
        if await letters.count():
            break
        await mailbox.page.wait_for_timeout(250)
    assert await letters.count() == 1
    async with mailbox.page.expect_navigation():
        await letters.click()
    # What is out of sight is not drawn in a frame of its own.
    await mailbox.page.locator("iframe").scroll_into_view_if_needed()
    pictures = mailbox.page.frame_locator("iframe").locator("img")
    assert await pictures.count() == PERSONS + 1
    assert await pictures.evaluate_all("all => all.every((one) => one.naturalWidth > 0)")
    await look(mailbox, "mail-of-order")
    assert NAME in await mailbox.text("pre")
    await mailbox.page.close()


async def show(gate: Screen, code: str) -> None:
    """Show a ticket at the gate."""
    if not gate.page.url.endswith("/gate") or await gate.page.locator(".gate").count():
        await gate.go("/gate")
    await gate.page.fill("#code", code)
    await gate.press("main form button")


async def check_in(gate: Screen, code: str, look: Look | None) -> None:
    """Check a ticket in that is for another day: amber first, green then."""
    await show(gate, code)
    assert await gate.page.locator(".gate.amber").count() == 1
    if look:
        await look(gate, "gate-amber-another-day")
    await gate.press(".gate form button")
    assert await gate.page.locator(".gate.green").count() == 1
    assert MASKED_NAME in await gate.text(".gate")
    if look:
        await look(gate, "gate-green")


async def figures(officer: Screen) -> tuple[int, int]:
    """Return booked and arrived of the workshop's village on the day, as the office's page says."""
    day = saturday()
    await officer.go(f"/office?from={day}&to={day}")
    table = officer.page.locator("table.visits")
    if not await table.count():
        return 0, 0
    villages = await table.locator("thead th").all_inner_texts()
    cells = await table.locator("tbody tr").first.locator("th, td").all_inner_texts()
    cell = cells[villages.index(VILLAGE)]
    if "/" not in cell:  # nobody yet, or too few to be told
        return 0, 0
    booked, arrived = cell.split("/")
    return int(booked), int(arrived)


async def until_counted(officer: Screen, before: tuple[int, int]) -> None:
    """Wait until the office's page shows the party; too few people are not shown at all."""
    for _ in range(20):
        booked, arrived = await figures(officer)
        if booked >= before[0] + PERSONS and arrived >= before[1] + PERSONS:
            return
        await officer.page.wait_for_timeout(250)
    raise AssertionError(f"before {before}, now {(booked, arrived)}")
