"""Orders while the bookings service and the broker are killed in the middle of them."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import pytest

from deploy.local.demo.api import Api, Json, Person
from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer
from tests.chaos.market import Market, open_market
from tests.chaos.rest import at_rest, letters_of
from tests.stack.running import RunningStack, until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

ORDERS: Final = "/v1/orders"
CLIENTS: Final = 6
PARTY: Final = {"adult": 2}
SEATS: Final = 400
ACCEPTED: Final = 200
ATTEMPTS: Final = 215
# After how many answers who is killed.
KILLS: Final = ((40, "bookings"), (100, "broker"), (160, "bookings"))
AWAY_SECONDS: Final = 60.0
AGAIN_AFTER: Final = 0.1

ORDERS_OF: Final = """
select order_id::text
from bookings.orders
where account_id = any ($1::uuid[]) and state = 'confirmed'
"""
POOL: Final = """
select taken from bookings.pools join bookings.slots on pools.id = (slots.own_pools ->> '')::bigint
where offering_id = $1
"""


@dataclass
class Storm:
    """Many orders by several people, and what they were answered."""

    market: Market
    accepted: list[Json] = field(default_factory=list)
    refused: int = 0
    again: int = 0

    async def has_answered(self, number: int) -> None:
        await until(lambda: len(self.accepted) + self.refused >= number, AWAY_SECONDS)

    async def run(self, api: Api, people: list[Person]) -> None:
        """Place all orders; each is asked for until there is an answer."""
        numbers = iter(range(ATTEMPTS))

        async def client(person: Person) -> None:
            for number in numbers:
                await self._order(api, person, number)

        async with asyncio.TaskGroup() as clients:
            for person in people:
                clients.create_task(client(person))

    async def _order(self, api: Api, person: Person, number: int) -> None:
        body = {
            "lines": self.market.lines(PARTY, with_camp=number % 4 == 0),
            "contact": {"name": f"Visitor {number}"},
            "payment_method": "on_site",
        }
        key = secrets.token_hex(16)
        async with asyncio.timeout(AWAY_SECONDS):
            while True:
                try:
                    order = await api.call(
                        "bookings", "POST", "/v1/orders", body, by=person, key=key
                    )
                except Unavailable:  # no connection, a broken one, 5xx
                    self.again += 1
                except ProblemAnswer as problem:
                    if problem.code == "pool_exhausted":
                        self.refused += 1
                        return
                    if problem.code != "request_in_flight":
                        raise
                    self.again += 1
                else:
                    self.accepted.append(order)
                    return
                await asyncio.sleep(AGAIN_AFTER)


async def test_no_accepted_order_is_lost_or_told_twice_when_bookings_and_broker_are_killed(
    chaos_stack: RunningStack,
) -> None:
    async with chaos_stack.api() as api:
        market = await open_market(api, SEATS)
        contacts = [f"storm-{secrets.token_hex(4)}@xiangyou.example" for _ in range(CLIENTS)]
        people = [await api.sign_in({"email": contact}) for contact in contacts]
        storm = Storm(market)
        running = asyncio.create_task(storm.run(api, people))
        killed = []
        for answers, victim in KILLS:
            await storm.has_answered(answers)
            killed.append(chaos_stack.kill(victim))
        await running
        await chaos_stack.whole(*killed)
        seconds = await at_rest(chaos_stack)
        print(f"{storm.again} requests were sent again; at rest after {seconds:.1f} s more")  # noqa: T201

        assert (len(storm.accepted), storm.refused) == (ACCEPTED, ATTEMPTS - ACCEPTED)
        assert storm.again > 0
        await check_stored(chaos_stack, market, people, storm)
        check_mails(chaos_stack, storm)
        await check_figures(api, market, storm)


async def check_stored(
    stack: RunningStack, market: Market, people: list[Person], storm: Storm
) -> None:
    conn = await asyncpg.connect(stack.database_url)
    try:
        rows = await conn.fetch(ORDERS_OF, [person.account_id for person in people])
        taken = await conn.fetchval(POOL, market.session_id)
    finally:
        await conn.close()
    assert sorted(row[0] for row in rows) == sorted(order["order_id"] for order in storm.accepted)
    assert taken == SEATS


def check_mails(stack: RunningStack, storm: Storm) -> None:
    mails = Counter(letter.order_code for letter in letters_of(stack))
    assert {order["code"]: mails[order["code"]] for order in storm.accepted} == {
        order["code"]: 1 for order in storm.accepted
    }


async def check_figures(api: Api, market: Market, storm: Storm) -> None:
    """See that the office counts each person of each line once."""
    params = {"from": market.day, "to": market.day, "village": market.village_id}
    answer = await api.call("statistics", "GET", "/v1/visits", by=market.office, params=params)
    persons = sum(line["persons"] for order in storm.accepted for line in order["lines"])
    assert [item["booked"] for item in answer["items"]] == [persons]
