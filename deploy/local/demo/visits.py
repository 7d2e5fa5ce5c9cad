"""The district's visitors: those of the past weeks, and those of the coming weekend."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.district import Offering
from deploy.local.demo.listings import Listed
from deploy.local.demo.people import Visitor, visitors
from deploy.local.demo.sessions import Sessions
from shared.core.clock import SHANGHAI
from shared.http.client import ProblemAnswer

WEEKS_BACK: Final = 6
SATURDAY: Final = 6
GUESTS: Final = 8
MOST_ENTRIES: Final = 500
PARTIES: Final[tuple[Json, ...]] = (
    {"adult": 2},
    {"adult": 2, "child": 1},
    {"adult": 2, "child": 2},
    {"adult": 3},
    {"adult": 1, "child": 1},
    {"adult": 4},
    {"adult": 2, "senior": 1},
)
# How full the coming weekend is already, of the places of each offering.
FULLEST: Final = 0.6
MOST_BOOKED: Final = 14


async def record_past(api: Api, listed: Sequence[Listed], office: Person, today: date) -> int:
    """Take over the visits of past weeks, up to yesterday; return the number of entries."""
    entries = list(_past(listed, today))
    for first in range(0, len(entries), MOST_ENTRIES):
        items = entries[first : first + MOST_ENTRIES]
        await api.call("bookings", "POST", "/v1/past-visits", {"items": items}, by=office)
    return len(entries)


def _past(listed: Sequence[Listed], today: date) -> Iterator[Json]:
    """Make up the past, the same one each time it is made up on the same day."""
    for one in listed:
        random = Random(f"{one.offering.slug} {today.isoformat()}")  # noqa: S311 - a demo's dice
        for back in range(1, WEEKS_BACK * 7):
            day = today - timedelta(days=back)
            if day.isoweekday() not in one.offering.weekdays:
                continue
            weekend = 1.0 if day.isoweekday() >= SATURDAY else 0.45
            share = weekend * random.uniform(0.3, 0.8)
            persons = max(1, round(one.offering.persons_a_day * share))
            yield {
                "reference": f"demo {one.offering.slug} {day.isoformat()}",
                "offering_id": one.offering_id,
                "day": day.isoformat(),
                "persons": persons,
                "arrived": round(persons * random.uniform(0.82, 0.98)),
            }


async def fill_weekend(
    api: Api,
    sessions: Sessions,
    listed: Sequence[Listed],
    saturday: date,
    done: Callable[[], None],
) -> None:
    """Let visitors book the weekend of `saturday`, until it is partly full."""
    orders = list(_orders(listed, saturday))
    guests = visitors(GUESTS)

    async def work(place: int, guest: Visitor) -> None:
        person = await sessions.of(guest.contact)
        order_ids = []
        # Each order is always the same guest's, so that a second run repeats it and adds none.
        for lines in orders[place::GUESTS]:
            key = f"demo-{saturday.isoformat()}-{lines['key']}"
            order_ids.append(await _order(api, person, guest, lines, key))
            done()
        for order_id in order_ids:
            if order_id is not None:
                await _until_confirmed(api, person, order_id)

    await asyncio.gather(*(work(place, guest) for place, guest in enumerate(guests)))


async def _until_confirmed(api: Api, person: Person, order_id: str) -> None:
    """Wait until the order's letter is out, so that nothing of the demo is left to do."""
    params = {"order_id": order_id}
    while True:
        answer = await api.call("notifications", "GET", "/v1/deliveries", by=person, params=params)
        if any(delivery["state"] == "sent" for delivery in answer["items"]):
            return
        await asyncio.sleep(0.5)


async def _order(api: Api, person: Person, guest: Visitor, lines: Json, key: str) -> str | None:
    """Place an order and return its id; None where there was no room left."""
    body = {
        "lines": [lines["line"]],
        "contact": {"name": guest.name},
        "payment_method": lines["payment"],
    }
    try:
        order = await api.call("bookings", "POST", "/v1/orders", body, by=person, key=key)
    except ProblemAnswer as problem:
        # Somebody was quicker, or the time has come: a demo weekend is full enough without it.
        if problem.code not in {"day_is_full", "pool_exhausted", "slot_not_available"}:
            raise
        return None
    order_id: str = order["order_id"]
    return order_id


def count_orders(listed: Sequence[Listed], saturday: date) -> int:
    """Return how many orders `fill_weekend` will place."""
    return sum(1 for _ in _orders(listed, saturday))


def _orders(listed: Sequence[Listed], saturday: date) -> Iterator[Json]:
    for one in listed:
        if one.offering.payment == "online":
            # Nobody of the demo's has an account to pay from: these are left to people.
            continue
        random = Random(f"{one.offering.slug} {saturday.isoformat()}")  # noqa: S311 - as above
        share = random.uniform(0.25, FULLEST)
        days = [
            day
            for day in (saturday, saturday + timedelta(days=1))
            if day.isoweekday() in one.offering.weekdays
        ]
        times = [(day, hour) for day in days for hour in one.offering.starts or [""]]
        orders = (order for when in times for order in _until_full(one, *when, share, random))
        for number, order in enumerate(orders):
            yield {**order, "key": f"{one.offering.slug}-{number}"}


def _until_full(one: Listed, day: date, hour: str, share: float, random: Random) -> Iterator[Json]:
    offering = one.offering
    by_unit = offering.kind in {"stay", "table"}
    wanted = min(offering.units * share, MOST_BOOKED)
    taken = 0.0
    while taken < wanted:
        tickets = {
            ticket: count
            for ticket, count in random.choice(PARTIES).items()
            if by_unit or ticket in offering.prices
        }
        line = {"offering_id": one.offering_id, "tickets": tickets, **_when(offering, day, hour)}
        if offering.kind == "stay" and offering.terms.options:
            line["option"] = random.choice(offering.terms.options).code
        yield {"line": line, "payment": offering.payment}
        taken += 1 if by_unit else sum(tickets.values())


def _when(offering: Offering, day: date, hour: str) -> Json:
    if hour:
        starts_at = datetime.combine(day, time.fromisoformat(hour), SHANGHAI)
        return {"starts_at": starts_at.isoformat()}
    if offering.kind == "entry":
        return {"date": day.isoformat()}
    return {"date": day.isoformat(), "nights": 1}
