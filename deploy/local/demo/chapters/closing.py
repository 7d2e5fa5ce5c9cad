"""A storm is coming: the campsites of two villages are closed by two people, the cafés not."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Final

from deploy.local.demo.api import Json, Person
from deploy.local.demo.steps import NAME, Opened, Stage, new_key, of
from deploy.local.demo.story import StepFailedError, eventually, expect
from shared.core.clock import SHANGHAI, SystemClock, today
from shared.http.client import ProblemAnswer

# Beyond what the demo's own visitors have booked. Which of these days it is differs from run to
# run: one that stopped half-way has left its closure behind.
DAYS_AHEAD: Final = range(33, 54)
REASON: Final = {"zh": "台风过境，营地停业", "en": "A typhoon passes; the campsites are closed"}


async def close_campsites(stage: Stage, opened: Opened) -> None:
    """Dry-run, propose and approve a closure; see it obeyed, and open again in stages."""
    stage.story.chapter("A typhoon closes two villages' campsites  台风：两村营地停业")
    day = today(SystemClock()) + timedelta(days=secrets.choice(DAYS_AHEAD))
    visitor = await stage.newcomer()
    order = await book_night(stage, visitor, opened.camp, day)
    body = closure_of(opened, day)
    await count(stage, body)
    closure = await decide(stage, body)
    await obeyed(stage, opened, day, order, visitor)
    await progress(stage, closure)
    await reopen(stage, opened, day, closure)


def closure_of(opened: Opened, day: date) -> Json:
    """Return the closure's body: campsites only, from noon of one day to the next evening."""
    begins = datetime.combine(day, time(12), tzinfo=SHANGHAI)
    return {
        "villages": [village["village_id"] for village in opened.villages],
        "kinds": ["stay"],
        "from": begins.isoformat(),
        "until": (begins + timedelta(hours=30)).isoformat(),
        "cause": "disaster",
        "orders": "cancel",
        "reason": REASON,
    }


async def book_night(stage: Stage, visitor: Person, camp: Json, day: date) -> Json:
    """Book a pitch for the night that will be closed."""
    line = {"offering_id": camp["offering_id"], "date": day, "nights": 1, "tickets": {"adult": 2}}
    body = {
        "lines": [{**line, "date": day.isoformat()}],
        "contact": {"name": NAME},
        "payment_method": "on_site",
    }
    order: Json = await stage.api.call(
        "bookings", "POST", "/v1/orders", body, by=visitor, key=new_key()
    )
    expect("the order's state", order["state"], "confirmed")
    stage.story.tell(f"order {order['code']}: a pitch for two on {day:%A %d %B}")
    return order


async def count(stage: Stage, body: Json) -> None:
    """Count what a closure would touch, without closing anything."""
    dry = {**body, "dry_run": True}
    answer = await stage.api.call(
        "venues", "POST", "/v1/closures", dry, by=stage.office, key=new_key()
    )
    expect("the closure after a dry run", answer["closure"], None)
    impact = answer["impact"]
    expect("that the dry run finds the order", impact["orders"] >= 1, wanted=True)
    stage.story.tell(
        f"dry run: {impact['orders']} orders, {impact['people']} people, "
        f"{impact['venues']} venues, {impact['slots']} nights"
    )


async def decide(stage: Stage, body: Json) -> Json:
    """Propose, see the proposer refused as the second person, and have another one approve."""
    api = stage.api
    answer = await api.call("venues", "POST", "/v1/closures", body, by=stage.office, key=new_key())
    closure: Json = answer["closure"]
    path = f"/v1/closures/{closure['closure_id']}/approvals"
    version = closure["version"]
    try:
        await api.call("venues", "POST", path, by=stage.office, if_match=version)
    except ProblemAnswer as problem:
        expect("what the proposer is told", problem.code, "second_person_needed")
    else:
        raise StepFailedError("one person alone has closed two villages")
    colleague = await second_person(stage)
    approved: Json = await api.call("venues", "POST", path, by=colleague, if_match=version)
    expect("the closure's state", approved["state"], "in_force")
    stage.story.tell("proposed by one, refused as their own approval, approved by another")
    return approved


async def second_person(stage: Stage) -> Person:
    """Return a new approver of the office, whom its director has just appointed."""
    contact = {"email": f"approver-{secrets.token_hex(4)}@xiangyou.example"}
    body = {**contact, "role": "office_approver"}
    await stage.api.call(
        "accounts", "POST", "/v1/office-members", body, by=stage.office, key=new_key()
    )
    return await stage.api.sign_in(contact)


async def obeyed(stage: Stage, opened: Opened, day: date, order: Json, visitor: Person) -> None:
    """See that nothing more is sold there, cafés are, and the order is called off and told."""
    api = stage.api

    async def shut() -> bool | None:
        return (await slot_of(stage, opened.camp, day))["closed"] or None

    await eventually("the end of sales", shut)
    try:
        await book_night(stage, visitor, opened.camp, day)
    except ProblemAnswer as problem:
        stage.story.tell(f"a new order for that night is refused: {problem.code}")
    else:
        raise StepFailedError("a night in a closed village was sold")
    cafe = await slot_of(stage, opened.cafe, day)
    expect("the café's table that day", (cafe["closed"], cafe["left"] > 0), (False, True))

    async def cancelled() -> Json | None:
        now: Json = await api.call("bookings", "GET", of(order), by=visitor)
        return now if now["state"] == "cancelled" else None

    await eventually("the end of the order", cancelled)

    async def told() -> list[Json] | None:
        wanted = (order["code"], REASON["zh"])
        letters = await api.letters(visitor.contact)
        return [one for one in letters if all(text in one["text"] for text in wanted)] or None

    letters = await eventually("the letter with the reason", told)
    expect("the letters about the closure", len(letters), 1)
    stage.story.tell(f"the order is called off; one mail says why: “{letters[0]['subject']}”")


async def slot_of(stage: Stage, offering: Json, day: date) -> Json:
    """Return the first slot of an offering's day."""
    params = {"offering": offering["offering_id"], "from": day, "to": day}
    answer = await stage.api.call("bookings", "GET", "/v1/availability", params=params)
    first: Json = answer["items"][0]
    return first


async def progress(stage: Stage, closure: Json) -> None:
    """See the office's count: what was found, called off and told."""
    path = f"/v1/closures/{closure['closure_id']}/progress"

    async def look() -> Json | None:
        now: Json = await stage.api.call("bookings", "GET", path, by=stage.office)
        return now if now["done_at"] else None

    done = await eventually("the closure's end of work", look)
    expect("what is left to do", done["orders_waiting"], 0)
    stage.story.tell(
        f"obeyed: {done['orders_cancelled']} of {done['orders_found']} orders called off, "
        f"{done['people_told']} people told"
    )


async def reopen(stage: Stage, opened: Opened, day: date, closure: Json) -> None:
    """Open one village first, then the other; when nothing is left the closure is over."""
    api = stage.api
    path = f"/v1/closures/{closure['closure_id']}"
    for village, state in zip(reversed(opened.villages), ("in_force", "ended"), strict=True):
        body = {"villages": [village["village_id"]]}
        now = await api.call(
            "venues", "POST", f"{path}/reopenings", body, by=stage.office, key=new_key()
        )
        expect(f"the closure after {village['name']['zh']} opened", now["state"], state)

    async def open_again() -> bool | None:
        return not (await slot_of(stage, opened.camp, day))["closed"] or None

    await eventually("sales again", open_again)
    stage.story.tell("both villages are open again, one after the other; the night is on sale")
