"""Asking bookings whom a change would touch. Never within a transaction: the answer can be late."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import JsonValue

from services.venues.errors import ScheduleTouchesOrders
from services.venues.keys import BOOKINGS
from shared.core.errors import Unavailable
from shared.core.money import Fen
from shared.db.errors import RETRY_AFTER
from shared.http.client import ProblemAnswer
from shared.http.models import Query, Reply

PATH: Final = "/v1/affected-orders"
SECONDS: Final = 5.0
# How often bookings is asked anew because slots came in between that nobody had asked about.
TRIES: Final = 3

T = TypeVar("T")


class AcceptQuery(Query):
    """What is meant although people have booked."""

    accept_touched_orders: bool = False


class TouchedOrder(Reply):
    """An order that a change would touch: its first touched day, and its people."""

    order_id: UUID
    code: str
    day: date
    persons: int


class TouchedOrders(Reply):
    """How many orders a change would touch, with how many people, worth how much.

    `first` are up to 50 of them, by day.
    """

    orders: int
    persons: int
    fen: Fen
    first: list[TouchedOrder]


NOBODY: Final = TouchedOrders(orders=0, persons=0, fen=0, first=[])


@dataclass(frozen=True, slots=True)
class Unasked:
    """What a change comes to that would touch slots about whose orders nobody has asked yet."""

    slot_ids: frozenset[UUID]


async def unless_touched(
    app: web.Application, attempt: Callable[[frozenset[UUID]], Awaitable[T | Unasked]]
) -> T:
    """Have a change made, unless it touches slots that somebody has booked.

    `attempt` is one transaction: it makes the change where it touches only those slots that it is
    given, and else says which ones it would touch, and changes nothing. In between bookings is
    asked about them. Raises ScheduleTouchesOrders, and Unavailable where bookings can't be asked.
    """
    asked: frozenset[UUID] = frozenset()
    for _ in range(TRIES):
        done = await attempt(asked)
        if not isinstance(done, Unasked):
            return done
        touched = await orders_in_slots(app, done.slot_ids)
        if touched.orders:
            raise ScheduleTouchesOrders(
                orders=touched.orders, persons=touched.persons, fen=touched.fen
            )
        asked = done.slot_ids
    raise Unavailable(headers=RETRY_AFTER)


async def orders_in_slots(app: web.Application, slot_ids: Collection[UUID]) -> TouchedOrders:
    """Return the orders that have a place in one of these slots. Raises Unavailable.

    Bookings that refuses to answer is as bad as bookings that is away: nothing is known.
    """
    if not slot_ids:
        return NOBODY
    body: dict[str, JsonValue] = {"slot_ids": [str(slot_id) for slot_id in sorted(slot_ids)]}
    try:
        return await app[BOOKINGS].post(PATH, TouchedOrders, json=body, seconds=SECONDS)
    except ProblemAnswer as problem:
        raise Unavailable from problem
