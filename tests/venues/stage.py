"""A running venues service with people who use it, and the district that they begin with."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aiohttp.test_utils import TestClient
from multidict import CIMultiDictProxy

from shared.core.clock import SHANGHAI
from shared.core.ids import new_id
from shared.db import Database, acquire, transaction
from tests.support.tokens import TokenMaker

Json = dict[str, Any]

# A Friday, ten in the morning.
NOW: Final = datetime(2026, 9, 11, 10, 0, tzinfo=SHANGHAI)
EVENTS: Final = """
select topic, type, subject, version, payload::text as payload
from outbox
where topic <> 'venues.audit'
order by position
"""


# Good papers of every kind, until long after every test's day.
LICENCES: Final = """
insert into licences (
    licence_id, venue_id, kind, number, issued_by, valid_from, valid_until,
    document_digest, document_type, entered_by, entered_at
)
select
    uuidv7(), $1, kind, kind || '-1', '北仑区', '2020-01-01', '2199-12-31',
    repeat('0', 64), 'application/pdf', $2, $3
from unnest(array['business', 'food', 'fire', 'camping_filing', 'event_permit']) as kind
"""
CONFIRM_LICENCES: Final = """
update licences
set state = 'confirmed', decided_by = $2, decided_at = $3, confirmed_at = $3
where venue_id = $1
"""


SCHEDULE_PATH: Final = re.compile(r"/v1/offerings/([0-9a-f-]{36})/schedule")
CALENDAR_PATH: Final = re.compile(r"/v1/calendars/([0-9]{4})(?:\?.*)?")
CALENDAR_VERSION: Final = "select version from calendars where year = $1"
# Besides every PATCH, what is refused unless it says what it has read.
READ_FIRST: Final = re.compile(
    r"POST /v1/(venues/[^/]+/approvals|licences/[^/]+/confirmations)"
    r"|PUT /v1/(venues/[^/]+/photos/order|reviews/[^/]+(/answer)?)|DELETE /v1/photos/[^/]+"
)
SCHEDULE_VERSION: Final = "select edit_version from schedules where offering_id = $1"


class StandingClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> datetime:
        return self.instant

    def pass_days(self, days: int) -> None:
        self.instant += timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered."""

    status: int
    body: Any
    headers: CIMultiDictProxy[str]

    @property
    def code(self) -> str:
        code: str = self.body["code"]
        return code

    @property
    def fields(self) -> dict[str, str]:
        """The wrong fields and their codes."""
        return {error["field"]: error["code"] for error in self.body["errors"]}


@dataclass(frozen=True, slots=True)
class Told:
    """One event in the outbox."""

    type: str
    topic: str
    subject: UUID
    version: int
    data: Json


def both(zh: str, en: str) -> Json:
    return {"zh": zh, "en": en}


def district_body(**other: object) -> Json:
    return {"slug": "beilun", "name": both("北仑区", "Beilun"), "day_capacity": 9000, **other}


def village_body(district_id: str, **other: object) -> Json:
    return {
        "district_id": district_id,
        "slug": "xinlu",
        "name": both("新路村", "Xinlu"),
        "subdistrict": both("大碶街道", "Daqi"),
        "story": both("一条溪。\n老屋里有了新作坊。", "One stream, three bridges."),
        "how_to_get_there": both("公交 792 路到新路", "Bus 792 to Xinlu"),
        "location": {"lat": 29.87, "lon": 121.78},
        "day_capacity": 800,
        **other,
    }


def venue_body(organisation_id: UUID, village_id: str, **other: object) -> Json:
    return {
        "organisation_id": str(organisation_id),
        "village_id": village_id,
        "slug": "xinlu-kiln",
        "name": both("新路陶艺工坊", "Xinlu Kiln"),
        "summary": both("周末来拉坯", "Throw a pot at the weekend"),
        "description": both("老窑新火。", "An old kiln, lit again."),
        "address": both("新路村 12 号", "12 Xinlu"),
        "day_capacity": 60,
        **other,
    }


def price(ticket_type: str, fen: int, **other: object) -> Json:
    usual = {"day_type": None, "option": None, "season": None}
    return {"ticket_type": ticket_type, "fen": fen, **usual, **other}


def option(code: str, units: int, persons: int) -> Json:
    return {"code": code, "name": both(f"款式{code}", code), "units": units, "persons": persons}


def session_body(**other: object) -> Json:
    return {
        "slug": "pottery",
        "kind": "session",
        "name": both("拉坯体验", "Pottery class"),
        "description": both("两小时含烧制。", "Two hours, firing included."),
        "prices": [price("adult", 12800), price("child", 6800)],
        "payment": "on_site",
        "duration_minutes": 120,
        **other,
    }


def stay_body(**other: object) -> Json:
    return {
        "slug": "meadow",
        "kind": "stay",
        "name": both("溪边营位", "Meadow pitch"),
        "description": both("可搭两顶帐篷。", "Room for two tents."),
        "prices": [price("pitch", 16000)],
        "payment": "on_site",
        "persons_per_unit": 4,
        **other,
    }


def table_body(**other: object) -> Json:
    return {
        "slug": "tables",
        "kind": "table",
        "name": both("咖啡桌", "Café tables"),
        "description": both("靠窗有光。", "Light by the window."),
        "prices": [price("table", 3000)],
        "payment": "online",
        "terms": {"options": [option("two", 4, 2), option("four", 3, 4)]},
        **other,
    }


def entry_body(**other: object) -> Json:
    return {
        "slug": "market",
        "kind": "entry",
        "name": both("书香市集", "Book market"),
        "description": both("四十个摊。", "Forty stalls."),
        "prices": [price("adult", 1000), price("child", 0)],
        "payment": "on_site",
        **other,
    }


def schedule_body(**other: object) -> Json:
    return {
        "weekdays": [6, 7],
        "times": ["14:00"],
        "from": "2026-09-11",
        "until": "2026-09-30",
        "capacity": 12,
        **other,
    }


@dataclass
class Stage:
    """The service as its callers see it, and its database as the service sees it."""

    client: "TestClient[Any, Any]"
    database: Database
    clock: StandingClock
    tokens: TokenMaker
    organisation: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.office = self.tokens.person(roles=("office_director",))
        self.visitor = self.tokens.person()
        self.operator = self.tokens.person(organisations=(self.organisation,))
        self.rival = self.tokens.person(organisations=(new_id(),))

    async def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: object = None,
        **headers: str | None,
    ) -> Answer:
        """Send one request; creating ones get a key of their own unless one is given.

        A change is sent as by somebody who has just read what it changes, unless If_Match says
        otherwise; None is to send no such header.
        """
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in given.items() if value is not None}
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(new_id()))
        if "If-Match" not in given and (read := await self._read_before(method, path)):
            sent["If-Match"] = read
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        async with self.client.request(method, path, data=data, headers=sent) as response:
            raw = await response.read()
            return Answer(response.status, json.loads(raw) if raw else None, response.headers)

    async def _read_before(self, method: str, path: str) -> str | None:
        if method == "PUT" and (scheduled := SCHEDULE_PATH.fullmatch(path)):
            return await self._tag(SCHEDULE_VERSION, UUID(scheduled[1]))
        if method == "PUT" and (year := CALENDAR_PATH.fullmatch(path)):
            return await self._tag(CALENDAR_VERSION, int(year[1]))
        needed = method == "PATCH" or READ_FIRST.fullmatch(f"{method} {path}")
        return "*" if needed else None

    async def _tag(self, statement: str, subject: UUID | int) -> str | None:
        async with acquire(self.database) as conn:
            version = await conn.fetchval(statement, subject)
        return f'"{version}"' if version else None

    async def at_once(self, *calls: Awaitable[Answer]) -> list[Answer]:
        """Send requests at the same moment, each over a connection that is open already.

        The first of them would else be done before the second has a connection.
        """
        async with AsyncExitStack() as stack:
            for _ in calls:
                await stack.enter_async_context(acquire(self.database))
        return await asyncio.gather(*calls)

    async def good(
        self, method: str, path: str, token: str | None = None, body: object = None
    ) -> Any:
        """Send a request that must succeed; return its body."""
        answer = await self.call(method, path, token, body)
        assert answer.status in {200, 201}, answer.body
        return answer.body

    async def village(self, **other: object) -> Json:
        slug = f"district-{new_id().hex}"
        district = await self.good("POST", "/v1/districts", self.office, district_body(slug=slug))
        body = village_body(district["district_id"], **other)
        village: Json = await self.good("POST", "/v1/villages", self.office, body)
        return village

    async def venue(
        self, village_id: str | None = None, *, licensed: object = True, **other: object
    ) -> Json:
        """Return a draft of the operator's, with all licences unless it is told otherwise."""
        if village_id is None:
            village_id = (await self.village(slug=f"village-{new_id().hex}"))["village_id"]
        body = venue_body(self.organisation, village_id, **other)
        venue: Json = await self.good("POST", "/v1/venues", self.operator, body)
        if licensed:
            await self.license(venue)
        return venue

    async def license(self, venue: Json) -> None:
        """Enter and confirm every kind of licence for a venue."""
        async with transaction(self.database) as conn:
            for statement in (LICENCES, CONFIRM_LICENCES):
                await conn.execute(statement, venue["venue_id"], new_id(), self.clock.now())

    async def offering(self, venue: Json, body: Json | None = None) -> Json:
        """Add an offering, with the office's approval where that is needed."""
        path = f"/v1/venues/{venue['venue_id']}/offerings"
        offering: Json = await self.good("POST", path, self.operator, body or session_body())
        if waiting := offering["pending_change"]:
            approvals = f"/v1/change-proposals/{waiting['proposal_id']}/approvals"
            await self.good("POST", approvals, self.office)
        path = f"/v1/offerings/{offering['offering_id']}"
        shown: Json = await self.good("GET", path, self.operator)
        return shown

    async def schedule(self, offering: Json, **other: object) -> Json:
        path = f"/v1/offerings/{offering['offering_id']}/schedule"
        schedule: Json = await self.good("PUT", path, self.operator, schedule_body(**other))
        return schedule

    async def ready_venue(
        self, village_id: str | None = None, **other: object
    ) -> tuple[Json, Json]:
        """Return a draft with a scheduled workshop, and the workshop."""
        venue = await self.venue(village_id, **other)
        offering = await self.offering(venue)
        await self.schedule(offering)
        return venue, offering

    async def submitted_venue(
        self, village_id: str | None = None, **other: object
    ) -> tuple[Json, Json]:
        venue, offering = await self.ready_venue(village_id, **other)
        return await self.move(venue, "submissions"), offering

    async def published_venue(
        self, village_id: str | None = None, **other: object
    ) -> tuple[Json, Json]:
        venue, offering = await self.submitted_venue(village_id, **other)
        return await self.move(venue, "approvals", self.office), offering

    async def move(self, venue: Json, step: str, token: str | None = None) -> Json:
        """Take a step of the venue's life; return the venue after it."""
        path = f"/v1/venues/{venue['venue_id']}/{step}"
        moved: Json = await self.good("POST", path, token or self.operator)
        return moved

    async def change(self, path: str, body: object) -> Json:
        """Change what is listed, with the office's approval where that is needed."""
        changed: Json = await self.good("PATCH", path, self.operator, body)
        if waiting := changed["pending_change"]:
            approvals = f"/v1/change-proposals/{waiting['proposal_id']}/approvals"
            await self.good("POST", approvals, self.office)
            changed = await self.good("PATCH", path, self.operator, {})
        return changed

    async def slots(self, offering: Json, first: str, last: str) -> list[Json]:
        path = f"/v1/offerings/{offering['offering_id']}/slots?from={first}&to={last}"
        slots: list[Json] = (await self.good("GET", path, self.operator))["items"]
        return slots

    async def told(self) -> list[Told]:
        """Return all events so far, in their order."""
        async with acquire(self.database) as conn:
            rows = await conn.fetch(EVENTS)
        return [
            Told(r["type"], r["topic"], r["subject"], r["version"], json.loads(r["payload"]))
            for r in rows
        ]

    async def told_types(self) -> list[str]:
        """Return the types of all events so far without their versions, in their order."""
        return [event.type.removesuffix(".v1") for event in await self.told()]

    async def forget_events(self) -> None:
        """Empty the outbox, so that only what follows is seen."""
        async with transaction(self.database) as conn:
            await conn.execute("delete from outbox")


def assert_gapless(events: list[Told], first: int = 1) -> None:
    """Assert that the versions of each aggregate count up by one."""
    versions: dict[tuple[str, UUID], list[int]] = defaultdict(list)
    for event in events:
        versions[event.topic, event.subject].append(event.version)
    for of_one in versions.values():
        assert of_one == list(range(first, first + len(of_one)))
