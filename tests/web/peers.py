"""The other services as small real servers that speak their protocol and keep what was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from aiohttp import web

from tests.web import booked, district, examples, reviewed
from tests.web.district import Json, example_id

Answer = Json | tuple[int, Json] | Callable[["Asked"], Json | tuple[int, Json]]


@dataclass(frozen=True)
class Asked:
    """One request that a page made."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any


@dataclass
class Peers:
    """All services behind one address; `answers` can be changed by a test."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def of(self, method: str, path: str) -> list[Asked]:
        """Return the requests to one address."""
        return [one for one in self.asked if (one.method, one.path) == (method, path)]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request as the service would."""
        body = await request.json() if request.can_read_body else None
        asked = Asked(
            request.method, request.path, list(request.query.items()), dict(request.headers), body
        )
        self.asked.append(asked)
        answer = self.answers.get((request.method, request.path)) or usual_answer(asked)
        if callable(answer):
            answer = answer(asked)
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        return web.json_response(content, status=status)


def problem(status: int, code: str, words: str = "", **params: Any) -> tuple[int, Json]:
    """Return an error answer (RFC 9457)."""
    return status, {
        "type": f"urn:xiangyou:problem:{code}",
        "code": code,
        "status": status,
        "detail": words,
        **params,
    }


def usual_answer(asked: Asked) -> Json | tuple[int, Json]:  # noqa: PLR0911 - a table
    """Return what the services say on an ordinary day."""
    if asked.method == "GET":
        return _read(asked)
    match asked.path.strip("/").split("/")[1:]:
        case ["quotes"]:
            return 201, booked.quote(asked.body["lines"])
        case ["orders", _, "payments"]:
            return 201, booked.paid(asked.body["method"])
        case ["orders", _, "change-previews"]:
            return 200, booked.CHANGE_PREVIEW
        case ["orders", _, "changes"]:
            return 201, {"line_id": example_id(601), "due_fen": 0, "pay_until": None}
        case ["order-lookups"]:
            return 200, {"order": examples.order(), "tickets": examples.TICKETS}
        case ["waitlist-entries", *_]:
            return 201, booked.entry()
    posts: dict[str, Json] = {
        "/v1/login-codes": {"attempt": examples.ATTEMPT, "resend_after_seconds": 30},
        "/v1/sessions": examples.session(),
        "/v1/sessions/renewals": examples.session(access_token="renewed"),
        "/v1/orders": examples.order(),
        "/v1/check-ins": examples.CHECK_IN,
        "/v1/me": examples.ME,
    }
    return 201, posts.get(asked.path, examples.order())


def _read(asked: Asked) -> Json | tuple[int, Json]:  # noqa: C901, PLR0911, PLR0912 - a table
    match asked.path.strip("/").split("/")[1:]:
        case ["villages"]:
            return {"items": district.VILLAGES}
        case ["villages", slug]:
            return _one(v for v in district.VILLAGES if v["slug"] == slug)
        case ["venues"]:
            return {"items": _venues(dict(asked.query)), "next": None}
        case ["venues", venue_id]:
            return _one(_pictured(v) for v in district.VENUES if v["venue_id"] == venue_id)
        case ["venues", _, "arrivals"]:
            return examples.ARRIVALS
        case ["venues", _, "closed-times"]:
            return {"items": [], "next": None}
        case ["venues", _, "reviews"]:
            return reviewed.REVIEWS
        case ["consent-texts"]:
            return examples.CONSENT_TEXTS
        case ["me", "consents"]:
            return examples.CONSENTS
        case ["me", "children"]:
            return examples.CHILDREN
        case ["my-visits"]:
            return reviewed.VISITS
        case ["reviews", review_id]:
            return _one(r for r in [reviewed.review()] if r["review_id"] == review_id)
        case ["venues", _, "decisions"]:
            return {"items": [{"decision": "rejected", "reason": "请补上消防材料"}]}
        case ["offerings", offering_id]:
            return _one(o for o in district.OFFERINGS.values() if o["offering_id"] == offering_id)
        case ["availability"]:
            return {"items": _slots(asked)}
        case ["me"]:
            return examples.ME
        case ["me", "second-factors"]:
            return examples.SECOND_FACTORS
        case ["me", "sessions"]:
            return {"items": examples.SESSIONS, "next": None}
        case ["orders"]:
            past = examples.order(501, state="cancelled", code="2B8D-QWE1")
            return {"items": [examples.order(), past], "next": None}
        case ["payment-methods"]:
            return booked.PAYMENT_METHODS
        case ["calendars"]:
            return {"known": [], "missing": [{"year": 2028, "waiting": 0, "offerings": 3}]}
        case ["calendar"]:
            return {"year": int(dict(asked.query)["year"]), "days": []}
        case ["waitlist-entries"]:
            return {"items": [booked.entry()], "next": None}
        case ["waitlist-entries", _]:
            return booked.entry()
        case ["orders", _, "cancellation-preview"]:
            return booked.cancellation(dict(asked.query).get("line_id"))
        case ["orders", _, "payments"]:
            return {"items": [], "next": None}
        case ["orders", order_id]:
            return _one(o for o in [examples.order()] if o["order_id"] == order_id)
        case ["orders", _, "tickets"]:
            return {"items": examples.TICKETS}
        case ["visits"]:
            return examples.visits()
    return problem(404, "not_found")


def _pictured(venue: Json) -> Json:
    """Give one of the venues photos and a rating."""
    if venue["venue_id"] != district.example_id(22):
        return venue
    photos = [reviewed.photo(1), reviewed.photo(2)]
    return {**venue, "photos": photos, "rating": reviewed.RATING}


def _one(found: Any) -> Json | tuple[int, Json]:
    return next(found, problem(404, "not_found"))


def _venues(query: dict[str, str]) -> list[Json]:
    state = query.get("state", "published")
    venues = [
        _pictured(venue)
        for venue in district.VENUES
        if query.get("village") in {None, venue["village"]["slug"]}
        and query.get("organisation") in {None, venue["organisation_id"]}
        and (not query.get("kind") or query["kind"] in venue["kinds"])
    ]
    if state == "submitted":
        return [{**venues[0], "state": "submitted"}]
    if state == "any":
        states = ("published", "rejected", "draft", "submitted")
        return [{**v, "state": state} for v, state in zip(venues, states, strict=False)]
    return venues


def _slots(asked: Asked) -> list[Json]:
    query = dict(asked.query)
    offerings = [value for name, value in asked.query if name == "offering"]
    first, last = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
    return district.slots(offerings, first, last, int(query["party"]))
