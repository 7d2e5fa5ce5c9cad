"""Whatever happens to orders, and in whatever order it is told: the sums are what is true."""

import asyncio
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.bookings import BookedLine, OrderConfirmed
from shared.contracts.event import Event
from shared.contracts.terms import OfferingKind
from tests.statistics.world import (
    VILLAGE,
    Delivery,
    World,
    cancelled,
    check_in_undone,
    checked_in,
    confirmed,
    days,
    envelop,
    line,
    line_cancelled,
    line_changed,
)

OTHER_VILLAGE: Final = UUID(int=9)
HAPPENINGS: Final = ("cancel line", "change", "check in", "check in", "undo", "undo", "cancel")
KINDS: Final[tuple[OfferingKind, ...]] = ("stay", "table", "session", "entry")


@dataclass
class Life:
    """One order: what has happened to it, and who is booked and who came in the end."""

    order: OrderConfirmed
    events: list[Event] = field(default_factory=list)
    standing: dict[UUID, BookedLine] = field(default_factory=dict)
    came: dict[tuple[UUID, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.events.append(self.order)
        self.standing = {one.line_id: one for one in self.order.lines}

    def cancel_line(self, booked: BookedLine) -> None:
        self.events.append(line_cancelled(self.order, booked))
        del self.standing[booked.line_id]

    def change(self, booked: BookedLine, new: BookedLine) -> None:
        self.events.append(line_changed(self.order, booked, new))
        del self.standing[booked.line_id]
        self.standing[new.line_id] = new

    def check_in(self, booked: BookedLine, ordinal: int) -> None:
        self.events.append(checked_in(self.order, booked, ordinal))
        self.came[booked.line_id, ordinal] = 1

    def undo(self, booked: BookedLine, ordinal: int) -> None:
        self.events.append(check_in_undone(self.order, booked, ordinal))
        self.came[booked.line_id, ordinal] = 0

    def cancel(self) -> None:
        self.events.append(cancelled(self.order))
        self.standing.clear()

    @property
    def booked(self) -> int:
        return sum(one.persons for one in self.standing.values())

    @property
    def arrived(self) -> int:
        return sum(
            persons for (line_id, _), persons in self.came.items() if line_id in self.standing
        )

    def deliveries(self) -> list[Delivery]:
        return [envelop(event, version=number) for number, event in enumerate(self.events, 1)]


@st.composite
def lines(draw: st.DrawFn) -> BookedLine:
    return line(
        draw(st.integers(1, 4)),
        day=draw(st.sampled_from(days(2))),
        village=draw(st.sampled_from([VILLAGE, OTHER_VILLAGE])),
        kind=draw(st.sampled_from(KINDS)),
    )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    life = Life(confirmed(*draw(st.lists(lines(), min_size=1, max_size=2))))
    for what in draw(st.lists(st.sampled_from(HAPPENINGS), min_size=2, max_size=6)):
        if not life.standing:
            break
        booked = draw(st.sampled_from(list(life.standing.values())))
        match what:
            case "cancel line":
                life.cancel_line(booked)
            case "change":
                life.change(booked, draw(lines()))
            case "check in":
                life.check_in(booked, draw(st.integers(1, booked.persons)))
            case "undo" if came := [ordinal for one, ordinal in life.came if one == booked.line_id]:
                life.undo(booked, came[0])
            case "cancel":
                life.cancel()
    return life


@st.composite
def tellings(draw: st.DrawFn) -> tuple[list[Life], list[Delivery]]:
    """Orders, and what is told of them: in any order, some of it twice."""
    found = draw(st.lists(lives(), min_size=1, max_size=2))
    told = [delivery for life in found for delivery in life.deliveries()]
    told += draw(st.lists(st.sampled_from(told), max_size=2))
    draw(st.randoms(use_true_random=False)).shuffle(told)
    return found, told


async def test_sums_are_right_in_whatever_order_events_arrive(world: World) -> None:
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=True,
    )
    @given(tellings(), st.integers(1, 5))
    def check(told: tuple[list[Life], list[Delivery]], batch: int) -> None:
        asyncio.run_coroutine_threadsafe(replay(*told, batch), loop).result(30)

    async def replay(found: list[Life], told: list[Delivery], batch: int) -> None:
        await world.clear()
        for start in range(0, len(told), batch):
            await world.deliver(told[start : start + batch])
        assert not await world.differences()
        booked = sum(life.booked for life in found)
        assert await world.sums() == (booked, sum(life.arrived for life in found))

    await asyncio.to_thread(check)
