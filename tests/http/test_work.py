"""Tracked tasks and periodic jobs, to the orderly end."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from shared.core.clock import SHANGHAI, local_day
from shared.http.jobs import periodic
from shared.http.keys import CLOCK, Role
from shared.http.tasks import track
from tests.http.conftest import Serve
from tests.http.example.app import example_app


async def test_a_tracked_task_is_finished_before_its_resources_are_closed() -> None:
    app = example_app()
    happened: list[str] = []

    async def resource(_app: web.Application):  # type: ignore[no-untyped-def]  # noqa: ANN202
        yield
        happened.append("closed")

    async def work() -> None:
        await asyncio.sleep(0.05)
        happened.append("worked")

    app.cleanup_ctx.append(resource)
    async with TestClient(TestServer(app)):
        track(app, work())
    assert happened == ["worked", "closed"]


async def test_a_task_that_never_ends_is_cancelled_in_the_end() -> None:
    app = example_app()
    async with TestClient(TestServer(app)):
        task = track(app, asyncio.sleep(60), name="endless")
    assert task.cancelled()


async def test_a_failed_task_is_logged(serve: Serve) -> None:
    app = example_app()
    await serve(app)

    async def fail() -> None:
        raise LookupError

    with structlog.testing.capture_logs() as logs:
        task = track(app, fail(), name="failing")
        await asyncio.wait([task])
        await asyncio.sleep(0)
    # The application asks for revocations meanwhile, of an accounts that is not there.
    (line,) = [one for one in logs if one["event"] == "task.failed"]
    assert line["task"] == "failing"


async def test_a_job_runs_at_once_and_again_though_a_run_failed() -> None:
    app = example_app()
    runs = asyncio.Semaphore(0)

    async def job(_app: web.Application) -> None:
        runs.release()
        raise LookupError

    periodic(app, "job", timedelta(milliseconds=10), job)
    async with TestClient(TestServer(app)) as client, asyncio.timeout(2):
        for _ in range(3):
            await runs.acquire()
        async with client.get("/metrics") as answer:
            assert 'job_runs_total{job="job",outcome="failed"}' in await answer.text()


async def test_a_run_under_way_is_finished_when_the_process_stops() -> None:
    app = example_app()
    began = asyncio.Event()
    finished: list[bool] = []

    async def job(_app: web.Application) -> None:
        began.set()
        await asyncio.sleep(0.05)
        finished.append(True)

    periodic(app, "job", timedelta(hours=1), job)
    async with TestClient(TestServer(app)):
        await began.wait()
    assert finished == [True]


@pytest.mark.parametrize(("role", "runs"), [("all", 1), ("worker", 1), ("api", 0)])
async def test_jobs_are_the_workers(role: Role, runs: int) -> None:
    app = example_app(role=role)
    ran: list[bool] = []

    async def job(_app: web.Application) -> None:
        ran.append(True)

    periodic(app, "job", timedelta(hours=1), job)
    async with TestClient(TestServer(app)):
        await asyncio.sleep(0.01)
    assert len(ran) == runs


async def test_a_job_that_is_woken_runs_before_its_pause_is_over() -> None:
    app = example_app()
    alarm = asyncio.Event()
    runs = asyncio.Semaphore(0)

    async def job(_app: web.Application) -> None:
        runs.release()

    periodic(app, "job", timedelta(hours=1), job, new_alarm=lambda: alarm)
    async with TestClient(TestServer(app)), asyncio.timeout(5):
        for _ in range(3):
            await runs.acquire()
            alarm.set()


@dataclass
class StandingClock:
    """A clock that stands."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


@dataclass
class ShiftedClock:
    """A clock that goes as the machine's does, but began at another time."""

    shift: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift


def before_midnight(seconds: float) -> ShiftedClock:
    """Return a clock by which midnight in the villages comes so soon."""
    midnight = datetime(2026, 9, 12, tzinfo=SHANGHAI)
    return ShiftedClock(midnight - timedelta(seconds=seconds) - datetime.now(UTC))


async def test_a_job_of_every_day_runs_right_after_midnight_in_the_villages() -> None:
    app = example_app()
    app[CLOCK] = clock = before_midnight(2)
    ran: list[datetime] = []
    runs = asyncio.Semaphore(0)

    async def job(_app: web.Application) -> None:
        ran.append(clock.now())
        runs.release()

    periodic(app, "job", timedelta(hours=1), job, at_midnight=True)
    async with TestClient(TestServer(app)), asyncio.timeout(20):
        while not ran or local_day(ran[-1]).day == 11:
            await runs.acquire()
    assert local_day(ran[0]).day == 11
    assert len(ran) <= 3


async def test_a_clock_that_stands_before_midnight_keeps_no_job_busy() -> None:
    app = example_app()
    app[CLOCK] = StandingClock(datetime(2026, 9, 11, 23, 59, 59, 999_999, tzinfo=SHANGHAI))
    ran: list[bool] = []

    async def job(_app: web.Application) -> None:
        ran.append(True)

    periodic(app, "job", timedelta(hours=1), job, at_midnight=True)
    begun = asyncio.get_running_loop().time()
    async with TestClient(TestServer(app)):
        await asyncio.sleep(0.5)
    # No more often than once in a second, however slow this machine is.
    assert 1 <= len(ran) <= 1 + asyncio.get_running_loop().time() - begun
