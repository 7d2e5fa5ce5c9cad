"""The notifications service between a real mail server and small real peers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.notifications.app import REACTIONS, build_app
from services.notifications.jobs.send_deliveries import Sender
from services.notifications.keys import LETTERS, MAIL_SERVER, OWN_SETTINGS, PEERS
from services.notifications.settings import NotificationsSettings
from shared.contracts.bookings import (
    BookedLine,
    LineCancelled,
    LineChanged,
    OrderCancelled,
    OrderConfirmed,
    PaymentRefunded,
    PersonAffectedByClosure,
    WaitlistOffered,
)
from shared.contracts.event import Envelope as EventEnvelope
from shared.contracts.event import Event
from shared.core.ids import new_id
from shared.db import Database, acquire, transaction
from shared.http.keys import CLOCK, DATABASE
from tests.notifications.peers import Peers, line, tickets_of
from tests.notifications.sink import MailSink
from tests.support.tokens import TokenMaker

NOON: Final = datetime(2026, 9, 19, 4, 0, tzinfo=UTC)
ROWS: Final = """
select kind, state, channel, attempts, reason, due_at > now() as waits, sent_at
from deliveries where order_id = $1 order by position
"""
TOLD: Final = "select payload::text from outbox order by position"


class OwnToken:
    """This service's token, without asking accounts for it."""

    async def get(self) -> str:
        return "of-notifications"


def booked_line(one: dict[str, Any]) -> BookedLine:
    return BookedLine(
        line_id=UUID(one["line_id"]),
        offering_id=UUID(one["offering_id"]),
        venue_id=new_id(),
        village_id=new_id(),
        kind=one["kind"],
        day=date.fromisoformat(one["day"]),
        nights=one["nights"],
        starts_at=NOON,
        persons=one["persons"],
        units=one["units"],
        price_fen=one["price_fen"],
    )


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
            "accepted_payment": "on_site",
            "payment_method": "on_site",
            "contact_name": "王小明",
            "lines": listed,
        }
        self.peers.tickets[order_id] = [ticket for one in listed for ticket in tickets_of(one)]
        return booked

    async def hear(self, event: Event, version: int = 1) -> None:
        envelope = EventEnvelope(
            id=new_id(),
            source="/xiangyou/bookings",
            type=event.event_type,
            subject=new_id(),
            time=NOON,
            version=version,
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

    async def cancel_line(self, booked: Booked, gone: dict[str, Any], **how: Any) -> None:
        """Take a line out of an order; `how` is what bookings says of the cancellation."""
        gone["left_as"] = "cancelled"
        self.note_cancelled(booked, gone, **how)
        await self.hear(
            LineCancelled(
                order_id=booked.order_id,
                account_id=booked.account_id,
                line_id=UUID(gone["line_id"]),
                cancelled_at=NOON,
                cancelled_by="visitor",
                refund_fen=0,
            )
        )

    def note_cancelled(self, booked: Booked, gone: dict[str, Any], **how: Any) -> None:
        nothing_paid = {"percent": None, "refund_fen": 0, "fee_fen": 0}
        self.peers.cancellations.setdefault(str(booked.order_id), []).append(
            {
                "line_id": gone["line_id"],
                "cause": "visitor",
                "reason": None,
                **nothing_paid,
                **how,
            }
        )

    async def change(self, booked: Booked, earlier: dict[str, Any], new: dict[str, Any]) -> None:
        """Put a line in the place of another one."""
        order = self.peers.orders[str(booked.order_id)]
        earlier["left_as"] = "changed"
        new["replaces_line_id"] = earlier["line_id"]
        order["lines"].append(new)
        order["total_fen"] += new["price_fen"] - earlier["price_fen"]
        tickets = self.peers.tickets[str(booked.order_id)]
        for ticket in tickets:
            if ticket["line_id"] == earlier["line_id"]:
                ticket["state"] = "cancelled"
        tickets += tickets_of(new)
        await self.hear(
            LineChanged(
                order_id=booked.order_id,
                account_id=booked.account_id,
                replaced_line_id=UUID(earlier["line_id"]),
                line=booked_line(new),
                changed_at=NOON,
            )
        )

    async def refund(self, booked: Booked, amount_fen: int, **refund: Any) -> None:
        """Have money of an order sent back."""
        refund_id = self.note_refund(booked, amount_fen, **refund)
        await self.hear(
            PaymentRefunded(
                order_id=booked.order_id,
                account_id=booked.account_id,
                payment_id=new_id(),
                refund_id=refund_id,
                amount_fen=amount_fen,
                refunded_at=NOON,
            )
        )

    def note_refund(self, booked: Booked, amount_fen: int, **refund: Any) -> UUID:
        refund_id = new_id()
        self.peers.refunds.setdefault(str(booked.order_id), []).append(
            {
                "refund_id": str(refund_id),
                "line_id": None,
                "cause": "visitor",
                "amount_fen": amount_fen,
                **refund,
            }
        )
        return refund_id

    async def offer(self, booked: Booked) -> None:
        """Hold the places of an order for its party, as the waiting list does."""
        order = self.peers.orders[str(booked.order_id)]
        order |= {
            "state": "held",
            "payment_method": None,
            "hold_expires_at": "2026-09-18T20:15:00+08:00",
        }
        await self.hear(
            WaitlistOffered(
                entry_id=new_id(),
                account_id=booked.account_id,
                order_id=booked.order_id,
                offer_expires_at=NOON,
            )
        )

    async def close(
        self, booked: Booked, closure_id: UUID, *met: dict[str, Any], **notice: Any
    ) -> None:
        """Have bookings know what a closure meets of a person's, and hear of it."""
        self.peers.notices[str(booked.account_id)] = {
            "ordered_by": "office",
            "reason": {"zh": "台风将至，请勿前来", "en": "A typhoon is coming"},
            "lines": list(met),
            **notice,
        }
        await self.hear(
            PersonAffectedByClosure(
                notice_id=new_id(),
                closure_id=closure_id,
                account_id=booked.account_id,
                order_id=booked.order_id,
                cancelled_lines=len(met),
                begun_lines=0,
                refund_fen=0,
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


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


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
            venues_url=url,
        )
        app = build_app(settings, "api", verifier=tokens.verifier(), tokens=OwnToken())
        async with TestClient(TestServer(app)) as client:
            yield World(client, app, sink, peers, tokens, iter(range(10_000)))
