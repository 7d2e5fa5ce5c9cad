"""The real bookings service in this process, and a small village whose places it sells."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.bookings.app import REACTIONS, build_app
from services.bookings.settings import BookingsSettings
from shared.contracts.event import Envelope, Event, source_of
from shared.contracts.terms import (
    OfferingKind,
    OfferingTerms,
    PaymentPolicy,
    TicketPrice,
    TicketType,
)
from shared.contracts.venues import (
    CalendarPublished,
    OfferingPublished,
    SlotPart,
    SlotPublished,
    VenuePublished,
    VillagePublished,
)
from shared.core.clock import SystemClock
from shared.core.ids import new_id
from shared.db import Database, acquire, transaction
from shared.http.keys import DATABASE
from tests.bookings.village import (
    CAFE,
    CALENDARS,
    CAMPING,
    DISTRICT,
    KINDS,
    NAMES,
    NEXT_WEEK,
    OPERATOR,
    POTTERY,
    ROOMY,
    VENUE,
    VILLAGE,
    WALK,
    Json,
    at,
    text,
)
from tests.support.tokens import TokenMaker

LEAKS: Final = """
select pools.id, pools.taken, coalesce(sum(live.quantity), 0)
from pools
left join (
    select claim.pool_id, claim.quantity
    from order_lines, unnest(pool_ids, quantities) as claim (pool_id, quantity)
    where claim_state <> 'released'
) as live on live.pool_id = pools.id
group by pools.id
having pools.taken <> coalesce(sum(live.quantity), 0)
"""


@dataclass
class Answer:
    """A response that was read."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass
class Bookings:
    """The service over HTTP, with the steps that most tests begin with."""

    client: TestClient[web.Request, web.Application]
    tokens: TokenMaker
    versions: dict[UUID, int] = field(default_factory=dict)
    slots: dict[tuple[UUID, datetime], UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.visitor = self.tokens.person()
        self.operator = self.tokens.person(organisations=[OPERATOR])
        self.office = self.tokens.person(roles=["visitor", "office_director"])

    @property
    def database(self) -> Database:
        return self.client.app[DATABASE]

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        key: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = self.tokens.header(token) if token else {}
        if key:
            headers["Idempotency-Key"] = key
        async with self.client.request(
            method, path, json=body, headers=headers, params=params
        ) as response:
            is_json = "json" in response.content_type
            content = await response.json() if is_json else await response.text()
            return Answer(response.status, response.headers.copy(), content)

    async def hear(self, event: Event, subject: UUID, version: int | None = None) -> None:
        """Let the service react to an event as its consumer would, in one transaction."""
        self.versions[subject] = version or self.versions.get(subject, 0) + 1
        envelope = Envelope(
            id=new_id(),
            source=source_of(event.topic),
            type=event.event_type,
            subject=subject,
            time=SystemClock().now(),
            version=self.versions[subject],
            data=event.model_dump(mode="json"),
        )
        async with transaction(self.database) as conn:
            await REACTIONS[type(event)](conn, event, envelope)

    async def publish_calendar(self, *years: int) -> None:
        """Publish years without any holidays: this one and the next, unless others are named."""
        for year in years or (NEXT_WEEK.year, NEXT_WEEK.year + 1):
            calendar_id = CALENDARS.setdefault(year, uuid4())
            event = CalendarPublished(calendar_id=calendar_id, year=year, source="test", days=())
            await self.hear(event, calendar_id)

    async def publish_village(
        self, day_capacity: int = ROOMY, district: int = ROOMY, **thresholds: Any
    ) -> None:
        event = VillagePublished(
            village_id=VILLAGE,
            district_id=DISTRICT,
            name=text("嘉溪村", "Jiaxi"),
            day_capacity=day_capacity,
            district_day_capacity=district,
            **thresholds,
        )
        await self.hear(event, VILLAGE)

    async def publish_venue(self, day_capacity: int = ROOMY) -> None:
        event = VenuePublished(
            venue_id=VENUE,
            village_id=VILLAGE,
            organisation_id=OPERATOR,
            name=text("溪畔营地", "Streamside"),
            address=text("嘉溪村 8 号", "8 Jiaxi"),
            day_capacity=day_capacity,
        )
        await self.hear(event, VENUE)

    async def publish_offerings(self) -> None:
        await self.publish_offering(POTTERY, "session", {"adult": 12800, "child": 6800})
        await self.publish_offering(CAMPING, "stay", {"pitch": 19900})
        await self.publish_offering(WALK, "session", {"adult": 0})

    async def publish_offering(
        self,
        offering_id: UUID,
        kind: OfferingKind,
        prices: Mapping[TicketType, int] | Sequence[TicketPrice],
        terms: OfferingTerms | None = None,
        *,
        payment: PaymentPolicy | None = None,
    ) -> None:
        """Publish an offering; paid on site where it costs something, unless told otherwise."""
        if isinstance(prices, Mapping):
            prices = [TicketPrice(ticket_type=ticket, fen=fen) for ticket, fen in prices.items()]
        usual: PaymentPolicy = "on_site" if any(price.fen for price in prices) else "free"
        event = OfferingPublished(
            offering_id=offering_id,
            venue_id=VENUE,
            village_id=VILLAGE,
            organisation_id=OPERATOR,
            kind=kind,
            name=NAMES[offering_id],
            prices=tuple(prices),
            payment=payment or usual,
            persons_per_unit=4 if kind == "stay" else None,
            terms=terms or OfferingTerms(),
        )
        await self.hear(event, offering_id)

    async def publish_slot(
        self,
        offering_id: UUID,
        starts_at: datetime,
        capacity: int,
        hours: float = 2,
        parts: Mapping[str, int] | None = None,
    ) -> UUID:
        """Publish a slot; `parts` are its units by option, where its offering has options."""
        slot_id = self.slots.setdefault((offering_id, starts_at), uuid4())
        event = SlotPublished(
            slot_id=slot_id,
            offering_id=offering_id,
            venue_id=VENUE,
            village_id=VILLAGE,
            district_id=DISTRICT,
            kind=KINDS[offering_id],
            day=starts_at.date(),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours),
            capacity=capacity,
            parts=tuple(
                SlotPart(option=option, capacity=units) for option, units in (parts or {}).items()
            ),
        )
        await self.hear(event, slot_id)
        return slot_id

    async def publish_cafe(self, sizes: Mapping[str, int], terms: OfferingTerms) -> None:
        """Publish a café's tables next week, from 10:00 to 14:00."""
        await self.publish_offering(CAFE, "table", {"table": 0}, terms)
        for quarter in range(16):
            start = at(NEXT_WEEK, 10) + timedelta(minutes=15 * quarter)
            await self.publish_slot(CAFE, start, sum(sizes.values()), 0.25, sizes)

    async def order(
        self, *lines: Json, token: str | None = None, key: str | None = None, **fields: Any
    ) -> Answer:
        body = {"lines": list(lines), "contact": {"name": "陈小溪"}, **fields}
        token = token or self.visitor
        return await self.call("POST", "/v1/orders", body, token=token, key=key or uuid4().hex)

    async def taken(self, scope: str, day: date | None = None) -> int:
        """Return how many places of a scope's pools are taken, on one day or on all."""
        async with acquire(self.database) as conn:
            places: int = await conn.fetchval(
                "select coalesce(sum(taken), 0)::int from pools"
                " where scope = $1 and day = coalesce($2, day)",
                scope,
                day,
            )
            return places

    async def told(self) -> list[tuple[str, UUID, int]]:
        """Return type, subject and version of all events that wait to be sent, in order."""
        async with acquire(self.database) as conn:
            rows = await conn.fetch(
                "select type, subject, version from outbox"
                " where topic <> 'bookings.audit' order by position"
            )
            return [(row["type"], row["subject"], row["version"]) for row in rows]

    async def fetch(self, sql: str, *arguments: object) -> Any:
        async with acquire(self.database) as conn:
            return await conn.fetchval(sql, *arguments)

    async def fetch_rows(self, sql: str, *arguments: object) -> list[Any]:
        async with acquire(self.database) as conn:
            return list(await conn.fetch(sql, *arguments))

    async def execute(self, sql: str, *arguments: object) -> None:
        async with transaction(self.database) as conn:
            await conn.execute(sql, *arguments)

    async def leaks(self) -> list[tuple[int, int, int]]:
        """Return the pools whose `taken` is not the sum of the live claims on them."""
        async with acquire(self.database) as conn:
            rows = await conn.fetch(LEAKS)
            return [tuple(row) for row in rows]


@asynccontextmanager
async def serve_bookings(
    database_url: str, *, port: int | None = None, **settings_of_test: Any
) -> AsyncIterator[Bookings]:
    """Serve bookings with a village: pottery at 14:00 and three nights of camping next week."""
    tokens = TokenMaker()
    settings = BookingsSettings(database_url=SecretStr(database_url), **settings_of_test)
    app = build_app(settings, "api", verifier=tokens.verifier())
    async with TestClient(TestServer(app, port=port)) as client:
        bookings = Bookings(client, tokens)
        await bookings.publish_calendar()
        await bookings.publish_village()
        await bookings.publish_venue()
        await bookings.publish_offerings()
        await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 10)
        for night in range(3):
            day = NEXT_WEEK + timedelta(days=night)
            await bookings.publish_slot(CAMPING, at(day, 15), 5, hours=20)
        yield bookings
