"""Asking bookings whom a change would touch. Never within a transaction: the answer can be late."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, Generic, TypeVar
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import Field, JsonValue

from services.venues.errors import ScheduleTouchesOrders
from services.venues.keys import BOOKINGS
from services.venues.slot_changes import TouchedSlot
from shared.core.errors import Unavailable
from shared.core.money import Fen
from shared.db import retry
from shared.db.errors import RETRY_AFTER
from shared.http.client import ProblemAnswer
from shared.http.models import Query, Reply

PATH: Final = "/v1/affected-orders"
SECONDS: Final = 5.0
# Bookings takes no more slots in one question.
MOST_ASKED: Final = 10_000
# How often bookings is asked anew because slots came in between that nobody had asked about.
TRIES: Final = 3

T = TypeVar("T")

_log: Final = structlog.get_logger()


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


# A field of what answers a change that could be refused for touching orders.
TOUCHED_MEANWHILE: Final = Field(
    None,
    description="Orders that were placed while the change was made, in what it takes away: they "
    "stand, and nobody was asked. Null where bookings could not be asked again.",
)
NOBODY: Final = TouchedOrders(orders=0, persons=0, fen=0, first=[])


@dataclass(frozen=True, slots=True)
class Unasked:
    """What a change comes to that would touch slots about whose orders nobody has asked yet."""

    slots: frozenset[TouchedSlot]


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """A change that was made, and the orders that came in between; None where nobody knows."""

    answer: T
    meanwhile: TouchedOrders | None


async def unless_touched(
    app: web.Application, attempt: Callable[[frozenset[TouchedSlot]], Awaitable[T | Unasked]]
) -> Made[T]:
    """Have a change made, unless it touches slots that somebody has booked.

    `attempt` is one transaction, run again after a deadlock: it makes the change where it touches
    only those slots that it is given, and else says which ones it would touch, and changes nothing.
    In between bookings is asked about them, and once more when it is done: until bookings has heard
    of it, people book what is going. Raises ScheduleTouchesOrders, and Unavailable where bookings
    can't be asked.
    """
    asked: frozenset[TouchedSlot] = frozenset()
    for _ in range(TRIES):
        done = await retry(partial(attempt, asked))
        if not isinstance(done, Unasked):
            return Made(done, await _meanwhile(app, asked))
        touched = await orders_in_slots(app, done.slots)
        if touched.orders:
            raise ScheduleTouchesOrders(**touched.model_dump(mode="json"))
        asked = done.slots
    raise Unavailable(headers=RETRY_AFTER)


async def _meanwhile(app: web.Application, asked: frozenset[TouchedSlot]) -> TouchedOrders | None:
    """Return who booked since bookings was asked: it is too late to ask whether that is meant."""
    try:
        found = await orders_in_slots(app, asked)
    except Unavailable:
        _log.warning("slots.not_asked_again", slots=len(asked))
        return None
    if found.orders:
        _log.warning("slots.booked_meanwhile", orders=found.orders, persons=found.persons)
    return found


async def orders_in_slots(app: web.Application, slots: Collection[TouchedSlot]) -> TouchedOrders:
    """Return the orders that have a place in a slot that goes, or in one that has too few left.

    Raises Unavailable. Bookings that refuses to answer is as bad as bookings that is away: nothing
    is known.
    """
    if not slots:
        return NOBODY
    try:
        return await app[BOOKINGS].post(PATH, TouchedOrders, json=_question(slots), seconds=SECONDS)
    except ProblemAnswer as problem:
        raise Unavailable from problem


def _question(slots: Collection[TouchedSlot]) -> dict[str, JsonValue]:
    """Return the slots by what would be left of them: most of those that are cut are cut alike."""
    gone: list[JsonValue] = []
    cuts: dict[frozenset[tuple[str, int]], list[JsonValue]] = defaultdict(list)
    for slot in sorted(slots, key=lambda one: one.slot_id):
        (gone if slot.units_left is None else cuts[slot.units_left]).append(str(slot.slot_id))
    return {
        "slot_ids": gone,
        "cuts": [
            {"slot_ids": slot_ids, "units_left": dict(units_left)}
            for units_left, slot_ids in cuts.items()
        ],
    }
