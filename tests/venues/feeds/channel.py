"""Another channel: a real server with a calendar, which may be rude."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from services.venues.jobs.read_feeds import read_feeds
from shared.db import transaction
from tests.venues.stage import Json, Stage, stay_body


def calendar(*events: str) -> str:
    """Return a calendar with these events, each some lines of properties."""
    listed = "".join(
        f"BEGIN:VEVENT\r\nUID:{place}@other\r\nDTSTAMP:20260901T000000Z\r\n{event}\r\nEND:VEVENT\r\n"
        for place, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//other//EN\r\n{listed}END:VCALENDAR\r\n"


def days(first: str, end: str) -> str:
    """Return an event of whole days, the end excluded, as hotels write it."""
    return f"DTSTART;VALUE=DATE:{first}\r\nDTEND;VALUE=DATE:{end}"


def hours(start: str, end: str) -> str:
    """Return an event from one instant to another, in UTC."""
    return f"DTSTART:{start}Z\r\nDTEND:{end}Z"


@dataclass
class Channel:
    """What the other channel answers, and what it was asked."""

    text: str = field(default_factory=calendar)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    before_answering: Callable[[], Awaitable[None]] | None = None
    host: str = ""

    @property
    def url(self) -> str:
        """Where its calendar is, with what nobody else may know."""
        return f"http://{self.host}/private-key/a.ics?token=secret"

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        if self.before_answering is not None:
            await self.before_answering()
        if "ETag" in self.headers and request.headers.get("If-None-Match") == self.headers["ETag"]:
            return web.Response(status=304)
        return web.Response(text=self.text, status=self.status, headers=self.headers)


@asynccontextmanager
async def open_channel() -> AsyncIterator[Channel]:
    channel = Channel()
    app = web.Application()
    app.router.add_get("/private-key/{name}", channel.answer)
    async with TestServer(app) as server:
        channel.host = f"127.0.0.1:{server.port}"
        yield channel


async def follow(stage: Stage, offering: Json, channel: Channel, **other: object) -> Json:
    body = {"url": channel.url, "name": "携程", "blocks": "unit", **other}
    path = f"/v1/offerings/{offering['offering_id']}/feeds"
    feed: Json = await stage.good("POST", path, stage.operator, body)
    return feed


async def read(stage: Stage) -> None:
    """Read all feeds, as if their time had come."""
    async with transaction(stage.database) as conn:
        await conn.execute("update feeds set next_fetch_at = $1", stage.clock.now())
    app: Any = stage.client.app
    await read_feeds(app)


async def feed_of(stage: Stage, offering: Json) -> Json:
    path = f"/v1/offerings/{offering['offering_id']}/feeds"
    [feed] = (await stage.good("GET", path, stage.operator))["items"]
    found: Json = feed
    return found


async def capacities(stage: Stage, offering: Json) -> dict[str, int]:
    """Return what is offered by the beginning of each slot."""
    found = await stage.slots(offering, "2026-09-11", "2026-09-30")
    return {slot["starts_at"][5:16]: slot["capacity"] for slot in found}


NIGHTS: Final[Json] = {
    "weekdays": [1, 2, 3, 4, 5, 6, 7],
    "times": [],
    "until": "2026-09-14",
    "capacity": 2,
}


async def published(stage: Stage, body: Json, **schedule: object) -> Json:
    """Return an offering that is on sale, with nothing told of it yet."""
    venue = await stage.venue()
    offering = await stage.offering(venue, body)
    await stage.schedule(offering, **schedule)
    await stage.move(venue, "submissions")
    await stage.move(venue, "approvals", stage.office)
    await stage.forget_events()
    return offering


async def camp(stage: Stage, **other: object) -> Json:
    """Return two pitches, for the four nights from the 11th to the 14th."""
    return await published(stage, stay_body(**other), **NIGHTS)
