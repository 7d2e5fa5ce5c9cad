"""What must be true of the platform's data whenever it is at rest, as SQL that finds what is not.

Each statement returns one line of text for each violation, and nothing else. They are run as the
owner of all schemas and read across them, which no service may.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import asyncpg

from deploy.verify import books, events, figures, money, notices, seats, tickets
from deploy.verify.notices import Letter
from shared.contracts.subscriptions import SUBSCRIPTIONS

# Enough to see what is wrong; a broken table would list all of its rows.
MOST_VIOLATIONS: Final = 1000


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: a sentence, the statements that find what breaks it, and what they look at."""

    sentence: str
    statements: tuple[str, ...]
    count: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, by name, and what is wrong; nothing where the promise holds."""

    counts: Mapping[str, int]
    violations: Sequence[str]


PROMISES: Final[Mapping[str, Promise]] = MappingProxyType(
    {
        "I1": Promise(
            "Seats: never oversold, never leaked; what is taken of a pool is what lines claim.",
            (
                seats.LEAKED,
                seats.OVERSOLD,
                seats.CLAIMS_OF_NOTHING,
                seats.WITHHELD,
                seats.WAITERS,
                seats.OFFERS,
                seats.LEVELS,
                seats.SOLD_WHILE_CLOSED,
                seats.MARKS,
            ),
            seats.COUNT,
        ),
        "I2": Promise(
            "Money: orders cost what their lines cost, and every fen paid is earned or goes back.",
            (
                money.TOTALS,
                money.BREAKDOWNS,
                money.PARTS,
                money.REFUNDS,
                money.PAID_TWICE,
                money.NEITHER_NOR,
                money.CANCELLATIONS,
                books.ACCOUNTS,
                books.BALANCES,
                books.KINDS,
                books.STRANGERS,
            ),
            money.COUNT,
        ),
        "I3": Promise(
            "Tickets: each person or unit of a confirmed order has exactly one, nobody else any.",
            (
                tickets.STATES,
                tickets.UNITS,
                tickets.REPLACED,
                tickets.CHECK_INS,
                tickets.SCANS,
            ),
            tickets.COUNT,
        ),
        "I4": Promise(
            "Notices: one letter for each thing that a visitor is told of an order, as it arrived.",
            (notices.ORDERS, notices.PARTS),
            notices.COUNT,
        ),
        "I5": Promise(
            "Events: what was told is what was heard, nothing is lost, invented or out of order.",
            (events.HEARD, events.ORDERS),
            events.COUNT,
        ),
        "I6": Promise(
            "Statistics: the office's figures are what bookings' own tables say.",
            (figures.VISITS,),
            figures.COUNT,
        ),
    }
)


async def look(conn: asyncpg.Connection, name: str, letters: Sequence[Letter] = ()) -> Finding:
    """Return what is to be said about a promise, with the first thousand violations.

    All statements must see the same moment: call it in a transaction that is repeatable read.
    `letters` are what the mail server took; only I4 asks for them.
    """
    count = PROMISES[name].count
    found = await _violations(conn, name, letters)
    row = await conn.fetchrow(count, *_arguments(name, count, letters))
    return Finding(dict(row or {}), found)


async def violations(
    conn: asyncpg.Connection,
    letters: Sequence[Letter] = (),
    names: Collection[str] = tuple(PROMISES),
) -> dict[str, list[str]]:
    """Return what is wrong, by the name of the promise that is broken; empty where all is well.

    See `look`.
    """
    found = {name: await _violations(conn, name, letters) for name in names}
    return {name: lines for name, lines in found.items() if lines}


async def _violations(conn: asyncpg.Connection, name: str, letters: Sequence[Letter]) -> list[str]:
    found: list[str] = []
    for statement in PROMISES[name].statements:
        rows = await conn.fetch(statement, *_arguments(name, statement, letters))
        found += [row[0] for row in rows[:MOST_VIOLATIONS]]
    return found[:MOST_VIOLATIONS]


def _arguments(name: str, statement: str, letters: Sequence[Letter]) -> tuple[Any, ...]:
    if name == "I4":
        return (
            [letter.order_code for letter in letters],
            [letter.delivery_id for letter in letters],
        )
    if statement == events.HEARD:
        subscriptions = [
            (consumer, event.event_type)
            for consumer, heard in SUBSCRIPTIONS.items()
            for event in heard
        ]
        return tuple(list(column) for column in zip(*subscriptions, strict=True))
    return ()
