"""Asking bookings whom a change would touch. Never within a transaction: the answer can be late."""

from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import JsonValue

from services.venues.keys import BOOKINGS
from shared.core.errors import Unavailable
from shared.core.money import Fen
from shared.http.client import ProblemAnswer
from shared.http.models import Reply

PATH: Final = "/v1/affected-orders"
SECONDS: Final = 5.0


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
