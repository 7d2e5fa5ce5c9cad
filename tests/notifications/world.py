"""The notifications service between a real mail server and small real peers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.notifications.app import REACTIONS, build_app
from services.notifications.jobs.send_deliveries import Sender
from services.notifications.keys import LETTERS, MAIL_SERVER, OWN_SETTINGS, PEERS
from services.notifications.settings import NotificationsSettings
from shared.contracts.bookings import OrderCancelled, OrderConfirmed
from shared.contracts.event import Envelope as EventEnvelope
from shared.contracts.event import Event
from shared.core.ids import new_id
from shared.db import Database, acquire, transaction
from shared.http.keys import CLOCK, DATABASE
from tests.notifications.sink import MailSink
from tests.support.tokens import TokenMaker

NOON: Final = datetime(2026, 9, 19, 4, 0, tzinfo=UTC)
CALENDAR: Final = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
ROWS: Final = """
select kind, state, channel, attempts, reason, due_at > now() as waits, sent_at
from deliveries where order_id = $1 order by kind desc
"""
TOLD: Final = "select payload::text from outbox order by position"


@dataclass
class Peers:
    """Accounts and bookings, as far as they are asked."""

    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    tickets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    reads: list[tuple[str, str]] = field(default_factory=list)
    away: bool = False

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._be_away])
        app.router.add_get("/v1/accounts/{id}/contact", self._contact)
        app.router.add_get("/v1/orders/{id}", self._order)
        app.router.add_get("/v1/orders/{id}/tickets", self._tickets)
        app.router.add_get("/v1/orders/{id}/tickets.ics", self._calendar)
        return app

    @web.middleware
    async def _be_away(
        self, request: web.Request, handler: Callable[..., Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if self.away:
            raise web.HTTPServiceUnavailable
        return await handler(request)

    async def _contact(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer of-notifications"
        self.reads.append((request.match_info["id"], request.headers["X-Read-Reason"]))
        return _found(self.contacts, request)

    async def _order(self, request: web.Request) -> web.Response:
        return _found(self.orders, request)

    async def _tickets(self, request: web.Request) -> web.Response:
        return web.json_response({"items": self.tickets[request.match_info["id"]]})

    async def _calendar(self, request: web.Request) -> web.Response:
        assert request.query["language"] in {"zh", "en"}
        return web.Response(body=CALENDAR, content_type="text/calendar")


def _found(known: dict[str, dict[str, Any]], request: web.Request) -> web.Response:
    found = known.get(request.match_info["id"])
    if found is None:
        return web.json_response({"code": "not_found"}, status=404)
    return web.json_response(found)


class OwnToken:
    """This service's token, without asking accounts for it."""

    async def get(self) -> str:
        return "of-notifications"


def line(persons: int = 2, **changes: Any) -> dict[str, Any]:
    return {
        "line_id": str(new_id()),
        "offering_id": str(new_id()),
        "kind": "session",
        "name": {"zh": "手捏陶杯", "en": "Pinch-pot pottery"},
        "venue_name": {"zh": "嘉窑陶艺", "en": "Jia Kiln"},
        "village_name": {"zh": "嘉溪村", "en": "Jiaxi"},
        "address": {"zh": "溪口路18号", "en": "18 Xikou Road"},
        "day": "2026-09-19",
        "nights": 0,
        "starts_at": "2026-09-19T14:00:00+08:00",
        "ends_at": "2026-09-19T16:00:00+08:00",
        "tickets": {"adult": persons},
        "persons": persons,
        "units": persons,
        "price_fen": 12800 * persons,
        "state": "kept",
        **changes,
    }


@dataclass
class Booked:
    """An order as bookings knows it, and whose it is."""

    order_id: UUID
    account_id: UUID


@dataclass
class World:
    """The service under test, and everything around it."""

    client: TestClient[Any, Any]
    app: web.Application
    sink: MailSink
    peers: Peers
    tokens: TokenMaker
    orders: Iterator[int]

    @property
    def database(self) -> Database:
        return self.app[DATABASE]

    def sender(self) -> Sender:
        return Sender(
            database=self.database,
            peers=self.app[PEERS],
            letters=self.app[LETTERS],
            mail_server=self.app[MAIL_SERVER],
            settings=self.app[OWN_SETTINGS],
            clock=self.app[CLOCK],
        )

    def book(self, *lines: dict[str, Any], **contact: Any) -> Booked:
        """Have bookings and accounts know an order and its visitor."""
        booked = Booked(new_id(), new_id())
        listed = list(lines or [line()])
        order_id = str(booked.order_id)
        self.peers.contacts[str(booked.account_id)] = {
            "account_id": str(booked.account_id),
            "name": "王小明",
            "email": "ming@example.com",
            "phone": None,
            "language": "zh",
            **contact,
        }
        self.peers.orders[order_id] = {
            "order_id": order_id,
            "code": f"7K4Q-{next(self.orders):04}",
            "state": "confirmed",
            "total_fen": sum(one["price_fen"] for one in listed),
            "payment_method": "on_site",
            "contact_name": "王小明",
            "lines": listed,
        }
        self.peers.tickets[order_id] = [
            {
                "line_id": one["line_id"],
                "ordinal": ordinal,
                "code": f"XY1A.{'ABCDEFGH' * 17}{ordinal}",
                "admits": 1,
                "state": "valid",
            }
            for one in listed
            for ordinal in range(1, one["units"] + 1)
        ]
        return booked

    async def hear(self, event: Event) -> None:
        envelope = EventEnvelope(
            id=new_id(),
            source="/xiangyou/bookings",
            type=event.event_type,
            subject=new_id(),
            time=NOON,
            version=1,
            data={},
        )
        async with transaction(self.database) as conn:
            await REACTIONS[type(event)](conn, event, envelope)

    async def confirm(self, booked: Booked) -> None:
        await self.hear(
            OrderConfirmed(
                order_id=booked.order_id,
                account_id=booked.account_id,
                total_fen=0,
                confirmed_at=NOON,
                lines=(),
            )
        )

    async def cancel(self, booked: Booked, *, was_confirmed: bool = True) -> None:
        self.peers.orders[str(booked.order_id)]["state"] = "cancelled"
        await self.hear(
            OrderCancelled(
                order_id=booked.order_id,
                account_id=booked.account_id,
                cancelled_at=NOON,
                was_confirmed=was_confirmed,
                cancelled_by="visitor",
            )
        )

    async def send_all(self, senders: int = 1) -> None:
        """Let senders work side by side until nothing is due."""

        async def work(sender: Sender) -> None:
            while await sender.send_next():
                pass

        await asyncio.gather(*(work(self.sender()) for _ in range(senders)))

    async def rows(self, booked: Booked) -> list[dict[str, Any]]:
        async with acquire(self.database) as conn:
            return [dict(row) for row in await conn.fetch(ROWS, booked.order_id)]

    async def told(self) -> list[str]:
        async with acquire(self.database) as conn:
            return [row["payload"] for row in await conn.fetch(TOLD)]

    async def time_passes(self) -> None:
        """End all leases and pauses."""
        async with transaction(self.database) as conn:
            await conn.execute("update deliveries set due_at = now() - interval '1 second'")


@asynccontextmanager
async def serve_world(database_url: str) -> AsyncIterator[World]:
    peers, tokens, sink = Peers(), TokenMaker(), MailSink()
    async with sink.serve(), TestServer(peers.app()) as server:
        url = str(server.make_url(""))
        settings = NotificationsSettings(
            database_url=SecretStr(database_url),
            smtp_port=sink.port,
            accounts_url=url,
            bookings_url=url,
        )
        app = build_app(settings, "api", verifier=tokens.verifier(), tokens=OwnToken())
        async with TestClient(TestServer(app)) as client:
            yield World(client, app, sink, peers, tokens, iter(range(10_000)))
