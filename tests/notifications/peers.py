"""Accounts, bookings and venues as notifications meets them, and what they know."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from shared.core.ids import new_id

CALENDAR: Final = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


@dataclass
class Peers:
    """Accounts, bookings and venues, as far as they are asked."""

    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    tickets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    cancellations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refunds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    offerings: dict[str, dict[str, Any]] = field(default_factory=dict)
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)
    reads: list[tuple[str, str]] = field(default_factory=list)
    away: bool = False

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._be_away])
        app.router.add_get("/v1/accounts/{id}/contact", self._contact)
        app.router.add_get("/v1/organisations/{id}/contacts", self._members)
        app.router.add_get("/v1/orders/{id}", self._order)
        app.router.add_get("/v1/orders/{id}/tickets", self._tickets)
        app.router.add_get("/v1/orders/{id}/tickets.ics", self._calendar)
        app.router.add_get("/v1/orders/{id}/cancellations", self._cancellations)
        app.router.add_get("/v1/orders/{id}/payments", self._payments)
        app.router.add_get("/v1/offerings/{id}", self._offering)
        app.router.add_get("/v1/closures/{closure}/notices/{id}", self._notice)
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

    async def _members(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer of-notifications"
        self.reads.append((request.match_info["id"], request.headers["X-Read-Reason"]))
        items = self.members.get(request.match_info["id"], [])
        return web.json_response({"items": items, "next": None})

    async def _order(self, request: web.Request) -> web.Response:
        return _found(self.orders, request)

    async def _tickets(self, request: web.Request) -> web.Response:
        return web.json_response({"items": self.tickets[request.match_info["id"]]})

    async def _calendar(self, request: web.Request) -> web.Response:
        assert request.query["language"] in {"zh", "en"}
        if self.orders[request.match_info["id"]]["state"] == "cancelled":
            return web.json_response({"code": "not_found"}, status=404)
        return web.Response(body=CALENDAR, content_type="text/calendar")

    async def _cancellations(self, request: web.Request) -> web.Response:
        items = self.cancellations.get(request.match_info["id"], [])
        return web.json_response({"items": items})

    async def _payments(self, request: web.Request) -> web.Response:
        refunds = self.refunds.get(request.match_info["id"], [])
        return web.json_response({"items": [{"refunds": []}, {"refunds": refunds}]})

    async def _notice(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer of-notifications"
        return _found(self.notices, request)

    async def _offering(self, request: web.Request) -> web.Response:
        return _found(self.offerings, request)


def _found(known: dict[str, dict[str, Any]], request: web.Request) -> web.Response:
    found = known.get(request.match_info["id"])
    if found is None:
        return web.json_response({"code": "not_found"}, status=404)
    return web.json_response(found)


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


def tickets_of(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "line_id": one["line_id"],
            "ordinal": ordinal,
            "code": f"XY1A.{'ABCDEFGH' * 17}{ordinal}",
            "admits": one["persons"] // one["units"],
            "state": "valid",
        }
        for ordinal in range(1, one["units"] + 1)
    ]
