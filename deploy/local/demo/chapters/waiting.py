"""A small offering is full; a party joins the waiting list, is offered places, and takes them."""

from datetime import datetime

from deploy.local.demo.api import Json, Person
from deploy.local.demo.choosing import Stop, on_sale, slots_of
from deploy.local.demo.steps import NAME, Stage, new_key, of, see_letters
from deploy.local.demo.story import StepFailedError, eventually, expect
from shared.core.clock import SHANGHAI
from shared.http.client import ProblemAnswer

PARTY = {"adult": 2}
WAITING_PERSONS = 2
# A party of somebody else who waits for the same may go first.
LEAST_LEFT = 4
MOST_LEFT = 60
# The largest party where the offering does not say it.
MOST_TOGETHER = 20
TAKEN = frozenset({"pool_exhausted", "day_is_full", "slot_not_available", "too_many_for_account"})


async def wait_in_line(stage: Stage) -> None:
    """Fill what is small, wait for it, and get it."""
    api, story = stage.api, stage.story
    story.chapter("Full, but not for long  满了，但有人退")
    holder, waiter = await stage.newcomer(), await stage.newcomer()
    stop, held = await fill(stage, holder)
    entry = await join(stage, waiter, stop)
    await api.call("bookings", "POST", f"{of(held)}/cancellations", {}, by=holder)
    story.tell("the others have given their places back")

    order = await offered(stage, waiter, entry)
    until = datetime.fromisoformat(order["hold_expires_at"]).astimezone(SHANGHAI)
    letter = await see_letters(stage, waiter, order["code"], ["候补有名额了"])
    for words in (f"{until:%H:%M}", f"/orders/{order['order_id']}"):
        expect(f"“{words}” in the mail", words in letter["text"], wanted=True)
    method = order["accepted_payment"]
    body, path = {"method": method}, f"{of(order)}/payments"
    taken = await api.call("bookings", "POST", path, body, by=waiter, key=new_key())
    expect("the order's state", taken["state"], "confirmed")
    await ended(stage, waiter, entry)
    await see_letters(stage, waiter, order["code"], ["候补有名额了", "预订成功"])


async def fill(stage: Stage, holder: Person) -> tuple[Stop, Json]:
    """Hold all that is left of the smallest session or entry, as a large group does."""
    for stop in await _small_stops(stage):
        left, most = stop.slot["left"], _most_together(stop.offering)
        parties = [min(most, left - first) for first in range(0, left, most)]
        body = {
            "lines": [stop.line({"adult": persons}) for persons in parties],
            "contact": {"name": NAME},
        }
        try:
            held: Json = await stage.api.call(
                "bookings", "POST", "/v1/orders", body, by=holder, key=new_key()
            )
        except ProblemAnswer as problem:
            if problem.code not in TAKEN:
                raise
            continue
        expect("the order's state", held["state"], "held")
        name = stop.offering["name"]["zh"]
        stage.story.tell(f"the last {left} places of {name} on {stop.day:%A %d %B} are held")
        return stop, held
    raise StepFailedError("nothing in sight is small enough to be filled")


async def _small_stops(stage: Stage) -> list[Stop]:
    """Return what nobody has to pay in advance, the fullest first."""
    offerings = {
        name: offering
        for name, offering in (await on_sale(stage.api)).items()
        if offering["kind"] in {"session", "entry"}
        and offering["payment"] != "online"
        and offering["terms"]["most_per_account"] is None
        and offering["terms"]["party_least"] <= WAITING_PERSONS <= _most_together(offering)
        and any(price["ticket_type"] == "adult" for price in offering["prices"])
    }
    stops = [
        Stop(offerings[slot["offering_id"]], slot)
        for slot in await slots_of(stage.api, sorted(offerings), WAITING_PERSONS)
        if LEAST_LEFT <= slot["left"] <= MOST_LEFT and slot["fits"]
    ]
    return sorted(stops, key=lambda stop: stop.slot["left"])


def _most_together(offering: Json) -> int:
    return offering["terms"]["party_most"] or MOST_TOGETHER


async def join(stage: Stage, waiter: Person, stop: Stop) -> Json:
    """Find no place, and wait for one."""
    api, line = stage.api, stop.line(PARTY)
    contact = {"name": NAME}
    try:
        body: Json = {"lines": [line], "contact": contact}
        await api.call("bookings", "POST", "/v1/orders", body, by=waiter, key=new_key())
    except ProblemAnswer as problem:
        if problem.code not in TAKEN:
            raise
    else:
        raise StepFailedError("what is full was sold")
    wish = {"starts_at": line["starts_at"]}
    body = {
        "offering_id": line["offering_id"],
        "tickets": PARTY,
        "wishes": [wish],
        "contact": contact,
    }
    entry: Json = await api.call(
        "bookings", "POST", "/v1/waitlist-entries", body, by=waiter, key=new_key()
    )
    expect("the entry's state", entry["state"], "waiting")
    stage.story.tell(f"a party of two waits; {entry['rank']} stand before it")
    return entry


async def offered(stage: Stage, waiter: Person, entry: Json) -> Json:
    """See the entry get an offer; return the order that holds its places."""
    path = f"/v1/waitlist-entries/{entry['entry_id']}"

    async def look() -> Json | None:
        now = await stage.api.call("bookings", "GET", path, by=waiter)
        found: Json | None = now["offer"]
        return found

    offer = await eventually("the offer to the party that waits", look)
    order: Json = await stage.api.call(
        "bookings", "GET", f"/v1/orders/{offer['order_id']}", by=waiter
    )
    expect("the state of what is offered", order["state"], "held")
    expect("the people it is for", order["lines"][0]["persons"], WAITING_PERSONS)
    stage.story.tell(f"order [bold]{order['code']}[/bold] holds places for it")
    return order


async def ended(stage: Stage, waiter: Person, entry: Json) -> None:
    """See that the party waits no longer, because it has what it waited for."""
    path = f"/v1/waitlist-entries/{entry['entry_id']}"

    async def look() -> Json | None:
        now: Json = await stage.api.call("bookings", "GET", path, by=waiter)
        return now if now["state"] != "offered" else None

    now = await eventually("the end of the waiting", look)
    expect("how the waiting ended", now["state"], "taken")
    stage.story.tell("taken: the order is confirmed, and the waiting is over")
