import asyncio
import contextvars
import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.errors import ApiError, NotFound, Unavailable
from shared.db import CommitUnknown
from shared.db.group_commit import GroupCommit


class Desk:
    """Runs batches of numbers when it is told to, and answers with their doubles."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()

    async def run(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        await self.gate.wait()
        return [item * 2 for item in items]


async def settle() -> None:
    """Let every task come as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def begin(group: GroupCommit[int, int], *items: int) -> list["asyncio.Task[int]"]:
    return [asyncio.create_task(group.submit(item)) for item in items]


async def test_a_lone_item_goes_straight_through() -> None:
    desk = Desk()
    desk.gate.set()
    group = GroupCommit(desk.run)
    for item in range(3):
        assert await group.submit(item) == item * 2
    assert desk.batches == [[0], [1], [2]]


async def test_what_is_submitted_in_one_moment_is_one_batch() -> None:
    desk = Desk()
    desk.gate.set()
    group = GroupCommit(desk.run)
    assert await asyncio.gather(*begin(group, *range(20))) == [item * 2 for item in range(20)]
    assert desk.batches == [list(range(20))]


async def test_the_next_batch_is_what_has_queued_meanwhile() -> None:
    desk = Desk()
    group = GroupCommit(desk.run, lanes=1)
    tasks = begin(group, 0)
    await settle()
    tasks += begin(group, *range(1, 6))
    await settle()
    assert desk.batches == [[0]]
    desk.gate.set()
    assert await asyncio.gather(*tasks) == [item * 2 for item in range(6)]
    assert desk.batches == [[0], [1, 2, 3, 4, 5]]


async def test_a_second_lane_waits_until_enough_items_wait() -> None:
    desk = Desk()
    group = GroupCommit(desk.run, lanes=2, enough=3)
    tasks = begin(group, 0)
    await settle()
    tasks += begin(group, 1, 2)
    await settle()
    assert desk.batches == [[0]]
    tasks += begin(group, 3)
    await settle()
    assert desk.batches == [[0], [1, 2, 3]]
    tasks += begin(group, *range(4, 20))
    await settle()
    assert len(desk.batches) == 2, "both lanes are busy"
    desk.gate.set()
    await asyncio.gather(*tasks)
    assert sorted(item for batch in desk.batches for item in batch) == list(range(20))


async def test_a_lane_leaves_few_items_to_the_other_one() -> None:
    batches: list[list[int]] = []
    ends = [asyncio.Event(), asyncio.Event(), asyncio.Event()]

    async def run(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        await ends[len(batches) - 1].wait()
        return list(items)

    group: GroupCommit[int, int] = GroupCommit(run, lanes=2, most=3, enough=3)
    tasks = begin(group, *range(6))
    await settle()
    tasks += begin(group, 6, 7)
    await settle()
    assert batches == [[0, 1, 2], [3, 4, 5]]
    ends[1].set()
    await settle()
    assert len(batches) == 2
    ends[0].set()
    await settle()
    assert batches[2:] == [[6, 7]]
    ends[2].set()
    assert await asyncio.gather(*tasks) == list(range(8))


async def test_a_batch_has_its_greatest_size() -> None:
    desk = Desk()
    group = GroupCommit(desk.run, lanes=2, most=4, enough=4)
    tasks = begin(group, *range(10))
    await settle()
    assert desk.batches == [[0, 1, 2, 3], [4, 5, 6, 7]]
    desk.gate.set()
    await asyncio.gather(*tasks)
    assert desk.batches[2:] == [[8, 9]]


async def test_a_lane_that_ends_looks_at_the_queue_again() -> None:
    queued: list[asyncio.Task[int]] = []

    async def run(items: Sequence[int]) -> list[int | Exception]:
        if items[0] < 5:
            # Queued at the last moment: nothing is awaited between this and the lane's look.
            queued.extend(begin(group, items[0] + 1))
            await asyncio.sleep(0)
        return list(items)

    group: GroupCommit[int, int] = GroupCommit(run, lanes=1)
    assert await group.submit(0) == 0
    async with asyncio.timeout(1):
        for number in range(5):
            assert await queued[number] == number + 1


async def test_a_result_that_is_an_error_is_raised_to_its_submitter_only() -> None:
    async def run(items: Sequence[int]) -> list[int | Exception]:
        return [NotFound() if item == 1 else item for item in items]

    group: GroupCommit[int, int] = GroupCommit(run)
    first, second, third = await asyncio.gather(*begin(group, 0, 1, 2), return_exceptions=True)
    assert (first, third) == (0, 2)
    assert isinstance(second, NotFound)


async def test_one_bad_item_does_not_fail_its_batch() -> None:
    batches: list[list[int]] = []

    async def run(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        if 13 in items:
            raise ValueError("this row can't be written")
        return list(items)

    group: GroupCommit[int, int] = GroupCommit(run)
    answers = await asyncio.gather(*begin(group, 12, 13, 14), return_exceptions=True)
    assert answers[0] == 12
    assert isinstance(answers[1], ValueError)
    assert answers[2] == 14
    assert batches == [[12, 13, 14], [12], [13], [14]]
    assert await group.submit(1) == 1


@pytest.mark.parametrize("error", [CommitUnknown, Unavailable])
async def test_nothing_is_run_again_where_that_is_unsafe_or_in_vain(error: type[ApiError]) -> None:
    runs = 0

    async def run(_items: Sequence[int]) -> list[int | Exception]:
        nonlocal runs
        runs += 1
        raise error

    group: GroupCommit[int, int] = GroupCommit(run)
    answers = await asyncio.gather(*begin(group, 1, 2, 3), return_exceptions=True)
    assert [type(answer) for answer in answers] == [error, error, error]
    assert runs == 1


async def test_a_database_that_goes_away_between_single_items_is_not_asked_for_each() -> None:
    batches: list[list[int]] = []

    async def run(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        if len(items) > 1:
            raise ValueError("a bad row")
        if items[0] == 2:
            raise Unavailable
        return list(items)

    group: GroupCommit[int, int] = GroupCommit(run)
    answers = await asyncio.gather(*begin(group, 1, 2, 3, 4), return_exceptions=True)
    assert answers[0] == 1
    assert all(isinstance(answer, Unavailable) for answer in answers[1:])
    assert batches == [[1, 2, 3, 4], [1], [2]]


async def test_a_batch_with_a_missing_result_is_not_run_again() -> None:
    runs = 0

    async def run(items: Sequence[int]) -> list[int | Exception]:
        nonlocal runs
        runs += 1
        return [item for item in items if item != 1]

    group: GroupCommit[int, int] = GroupCommit(run)
    answers = await asyncio.gather(*begin(group, 1, 2), return_exceptions=True)
    assert all(isinstance(answer, RuntimeError) for answer in answers)
    assert runs == 1


async def test_a_submitter_that_gives_up_in_time_takes_its_item_back() -> None:
    desk = Desk()
    group = GroupCommit(desk.run, lanes=1)
    tasks = begin(group, 0)
    await settle()
    tasks += begin(group, 1, 2, 3)
    await settle()
    tasks[2].cancel()
    desk.gate.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert desk.batches == [[0], [1, 3]]
    assert isinstance(answers[2], asyncio.CancelledError)
    assert [answers[0], answers[1], answers[3]] == [0, 2, 6]


async def test_a_submitter_that_gives_up_too_late_costs_nobody_an_answer() -> None:
    desk = Desk()
    group = GroupCommit(desk.run)
    tasks = begin(group, 1, 2, 3)
    await settle()
    tasks[0].cancel()
    await settle()
    assert tasks[0].cancelled()
    desk.gate.set()
    assert await asyncio.gather(*tasks[1:]) == [4, 6]
    assert desk.batches == [[1, 2, 3]]


async def test_items_with_one_key_are_never_in_flight_together() -> None:
    desk = Desk()
    group = GroupCommit(desk.run, lanes=2, enough=1, key=lambda item: item % 10)
    tasks = begin(group, 1, 11, 2, 21)
    await settle()
    assert desk.batches == [[1, 2]]
    tasks += begin(group, 31, 3)
    await settle()
    assert desk.batches == [[1, 2], [3]], "another lane takes what has another key"
    desk.gate.set()
    assert await asyncio.gather(*tasks) == [2, 22, 4, 42, 62, 6]
    assert [11] in desk.batches
    assert desk.batches.index([11]) < desk.batches.index([21]) < desk.batches.index([31])


async def test_what_waited_behind_its_key_goes_before_what_came_later() -> None:
    desk = Desk()
    group = GroupCommit(desk.run, lanes=1, most=2, key=lambda item: item % 10)
    tasks = begin(group, 1, 11)
    await settle()
    tasks += begin(group, 2, 3, 4)
    desk.gate.set()
    await asyncio.gather(*tasks)
    assert desk.batches == [[1], [11, 2], [3, 4]]


async def test_an_item_taken_back_lets_the_next_of_its_key_in() -> None:
    desk = Desk()
    group = GroupCommit(desk.run, lanes=1, key=lambda item: item % 10)
    tasks = begin(group, 0)
    await settle()
    tasks += begin(group, 1, 11, 21)
    await settle()
    tasks[1].cancel()
    tasks[2].cancel()
    desk.gate.set()
    async with asyncio.timeout(1):
        assert await tasks[3] == 42
    assert desk.batches == [[0], [21]]


async def test_closing_runs_what_is_queued_and_takes_nothing_more() -> None:
    desk = Desk()
    group = GroupCommit(desk.run, lanes=1)
    tasks = begin(group, 0)
    await settle()
    tasks += begin(group, 1, 2)
    await settle()
    closing = asyncio.create_task(group.close())
    await settle()
    assert not closing.done()
    with pytest.raises(Unavailable):
        await group.submit(3)
    desk.gate.set()
    await closing
    assert all(task.done() for task in tasks)
    assert desk.batches == [[0], [1, 2]]


async def test_batches_run_outside_the_context_of_any_submitter() -> None:
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="nobody's")

    async def run(items: Sequence[int]) -> list[str | Exception]:
        return [request.get() for _ in items]

    group: GroupCommit[int, str] = GroupCommit(run)
    request.set("mine")
    assert await group.submit(1) == "nobody's"


@pytest.mark.parametrize("limits", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
async def test_limits_below_one_are_refused(limits: tuple[int, int, int]) -> None:
    lanes, most, enough = limits
    with pytest.raises(ValueError, match="at least 1"):
        GroupCommit(Desk().run, lanes=lanes, most=most, enough=enough)


async def test_none_of_thousands_of_items_is_lost() -> None:
    dice = random.Random(7)
    seen: Counter[int] = Counter()

    async def run(items: Sequence[int]) -> list[int | Exception]:
        for _ in range(dice.randrange(4)):
            await asyncio.sleep(0)
        if len(items) > 1 and dice.random() < 0.05:
            raise ValueError("a batch that fails before it did anything")
        seen.update(items)
        return list(items)

    group: GroupCommit[int, int] = GroupCommit(run, lanes=3, most=50, enough=4)

    async def submit(item: int) -> int:
        for _ in range(dice.randrange(20)):
            await asyncio.sleep(0)
        return await group.submit(item)

    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(submit(item) for item in range(5000)))
    assert answers == list(range(5000))
    assert seen == dict.fromkeys(range(5000), 1)
    await group.close()


# One step of an interleaving: submit an item with a key, have a submitter give up, end a batch in
# flight well, badly or hopelessly, or just let time pass.
STEPS = st.one_of(
    st.tuples(st.just("submit"), st.integers(0, 5)),
    st.tuples(st.just("give up"), st.integers(0, 30)),
    st.tuples(st.sampled_from(["end", "fail", "away"]), st.integers(0, 3)),
    st.tuples(st.just("pass"), st.integers(1, 4)),
)


class Stage:
    """Items and batches whose every step is chosen from outside."""

    def __init__(self, lanes: int, most: int, enough: int) -> None:
        self.lanes = lanes
        self.most = most
        self.done: Counter[int] = Counter()
        self.in_flight: list[tuple[list[tuple[int, int]], asyncio.Future[str]]] = []
        self.tasks: list[asyncio.Task[int]] = []
        self.draining = False
        self.group: GroupCommit[tuple[int, int], int] = GroupCommit(
            self.run, lanes=lanes, most=most, enough=enough, key=lambda item: item[1]
        )

    async def run(self, items: Sequence[tuple[int, int]]) -> list[int | Exception]:
        assert 1 <= len(items) <= self.most
        assert len(self.in_flight) < self.lanes
        keys = [key for batch, _ in self.in_flight for _, key in batch]
        keys += [key for _, key in items]
        assert len(set(keys)) == len(keys), "one key twice in flight"
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.in_flight.append((list(items), told))
        outcome = "end" if self.draining else await told
        self.in_flight.remove((list(items), told))
        if outcome == "fail":
            raise ValueError("a bad row")
        if outcome == "away":
            raise Unavailable
        self.done.update(number for number, _ in items)
        return [number for number, _ in items]

    async def step(self, step: str, value: int) -> None:
        if step == "submit":
            item = (len(self.tasks), value)
            self.tasks.append(asyncio.create_task(self.group.submit(item)))
        elif step == "pass":
            for _ in range(value):
                await asyncio.sleep(0)
        elif step == "give up":
            for task in self.tasks[value : value + 1]:
                task.cancel()
        else:
            self.tell(step, self.in_flight[value : value + 1])

    def tell(
        self, outcome: str, batches: "list[tuple[list[tuple[int, int]], asyncio.Future[str]]]"
    ) -> None:
        for _, told in batches:
            if not told.done():
                told.set_result(outcome)

    async def drain(self) -> list[int | BaseException]:
        self.draining = True
        self.tell("end", self.in_flight)
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*self.tasks, return_exceptions=True)
            await self.group.close()
        return answers


@given(
    steps=st.lists(STEPS, max_size=60),
    lanes=st.integers(1, 3),
    most=st.integers(1, 5),
    enough=st.integers(1, 4),
)
def test_whatever_happens_every_item_is_answered_once_and_keys_stay_apart(
    steps: list[tuple[str, int]], lanes: int, most: int, enough: int
) -> None:
    async def play() -> tuple[Stage, list[int | BaseException]]:
        stage = Stage(lanes, most, enough)
        for step, value in steps:
            await stage.step(step, value)
        return stage, await stage.drain()

    stage, answers = asyncio.run(play())
    for number, answer in enumerate(answers):
        assert stage.done[number] <= 1
        if isinstance(answer, int):
            assert answer == number
            assert stage.done[number] == 1
        else:
            assert isinstance(answer, asyncio.CancelledError | Unavailable | ValueError)
