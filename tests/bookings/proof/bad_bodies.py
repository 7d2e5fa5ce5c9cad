"""What is wrong with a whole request, and the code of what is refused, door by door."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.bookings.proof.bad_lines import INVALID
from tests.bookings.proof.doors import CONTACT, FULL_SLOT, Doors
from tests.bookings.village import Json, camping, pottery

Build = Callable[[Doors], tuple[str, Any]]
FULL: Final = {**pottery(), "starts_at": FULL_SLOT.isoformat()}
ONE_MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class BadRequest:
    """A request, what it is refused with, and how it is asked."""

    build: Build
    code: str
    key: str | None = None
    signed_in: bool = True
    content_type: str = "application/json"


def order(code: str, *, lines: Any = None, **fields: Any) -> BadRequest:
    body = {"lines": lines or [camping()], "contact": CONTACT, **fields}
    return BadRequest(lambda _: ("/v1/orders", body), code)


def by_quote(name: str, code: str, **fields: Any) -> BadRequest:
    def build(doors: Doors) -> tuple[str, Json]:
        return "/v1/orders", {"quote_id": doors.quotes[name], "contact": CONTACT, **fields}

    return BadRequest(build, code)


def plain(path: str, body: Any, code: str, **how: Any) -> BadRequest:
    return BadRequest(lambda _: (path, body), code, **how)


def wait(code: str, **fields: Any) -> BadRequest:
    return BadRequest(lambda doors: ("/v1/waitlist-entries", doors.wish(FULL, **fields)), code)


def change(
    code: str, of: str = "class", line: str | None = None, key: str | None = None, **fields: Any
) -> BadRequest:
    def build(doors: Doors) -> tuple[str, Json]:
        line_id = doors.lines[line or of][1]
        return doors.changes(of), {"line_id": line_id, "tickets": {"adult": 4}, **fields}

    return BadRequest(build, code, key)


def of_somebody_else(what: str, body: Json, of: str = "foreign") -> BadRequest:
    return BadRequest(lambda doors: (what.format(doors.lines[of][0]), body), "not_found")


def at_each_door(name: str, code: str, raw: Any, **how: Any) -> dict[str, BadRequest]:
    """Send the same bytes to every door."""
    doors: dict[str, Build] = {
        "orders": lambda _: ("/v1/orders", raw),
        "quotes": lambda _: ("/v1/quotes", raw),
        "waitlist": lambda _: ("/v1/waitlist-entries", raw),
        "changes": lambda doors: (doors.changes("class"), raw),
    }
    return {
        f"{name}, {door}": BadRequest(build, code, **how)
        for door, build in doors.items()
        if door != "quotes" or (how.get("key", "x") and how.get("signed_in", True))
    }


BAD_REQUESTS: Final[dict[str, BadRequest]] = {
    **at_each_door("no JSON", "malformed_body", b"{"),
    **at_each_door("not UTF-8", "malformed_body", b'{"a": "\xff"}'),
    **at_each_door("a key twice", "malformed_body", b'{"lines": [], "lines": []}'),
    **at_each_door("no number", "malformed_body", b'{"lines": NaN}'),
    **at_each_door("too deep", "malformed_body", b"[" * 500 + b"]" * 500),
    **at_each_door("too long", "body_too_large", b" " * (ONE_MIB + 1)),
    **at_each_door("a list", INVALID, []),
    **at_each_door("nothing", INVALID, {}),
    **at_each_door("text", "unsupported_media_type", {}, content_type="text/plain"),
    **at_each_door("no key", "idempotency_key_required", {}, key=""),
    **at_each_door("nobody", "not_signed_in", {}, signed_in=False),
    "500 lines": order(INVALID, lines=[pottery()] * 500),
    "500 quoted lines": plain("/v1/quotes", {"lines": [pottery()] * 500}, INVALID),
    "500 wishes": wait(INVALID, wishes=[{"starts_at": FULL_SLOT.isoformat()}] * 500),
    "21 lines": order(INVALID, lines=[pottery()] * 21),
    "no line of an order": plain("/v1/orders", {"lines": [], "contact": CONTACT}, INVALID),
    "no line of a quote": plain("/v1/quotes", {"lines": []}, INVALID),
    "no wish": wait(INVALID, wishes=[]),
    "a wish twice": wait(INVALID, wishes=[{"starts_at": FULL_SLOT.isoformat()}] * 2),
    "a wish that could be booked": BadRequest(
        lambda doors: ("/v1/waitlist-entries", doors.wish(camping())), "places_left"
    ),
    "a wish that stands already": wait("already_waiting"),
    "neither lines nor a quote": plain("/v1/orders", {"contact": CONTACT}, INVALID),
    "lines and a quote": order(INVALID, quote_id="x"),
    "no contact": plain("/v1/orders", {"lines": [camping()]}, INVALID),
    "an empty name": order(INVALID, contact={"name": " "}),
    "a name of two lines": order(INVALID, contact={"name": "a\nb"}),
    "a name that is a message": order(INVALID, contact={"name": "x" * 500}),
    "a phone that is none": order(INVALID, contact={**CONTACT, "phone": "12"}),
    "a way to pay that does not exist": order(INVALID, payment_method="gold"),
    "a way to pay that is not accepted": order(
        "payment_method_not_accepted", payment_method="free"
    ),
    "a state of one's own": order(INVALID, state="confirmed"),
    "a price of one's own": order(INVALID, total_fen=1),
    "a price below zero": order(INVALID, expected_total_fen=-1),
    "a price in words": order(INVALID, expected_total_fen="19900"),
    "another price": order("price_changed", expected_total_fen=19_899),
    "somebody else's quote": by_quote("foreign", "quote_not_valid"),
    "a stale quote": by_quote("stale", "quote_expired"),
    "a quote that was changed": by_quote("changed", "quote_not_valid"),
    "a quote at another price": by_quote("own", "price_changed", expected_total_fen=1),
    "a quote that is none": plain(
        "/v1/orders", {"quote_id": "名", "contact": CONTACT}, "quote_not_valid"
    ),
    "a quote as long as a book": plain(
        "/v1/orders", {"quote_id": "A" * 300_000, "contact": CONTACT}, INVALID
    ),
    "more than there are": order("pool_exhausted", lines=[{**pottery(), "tickets": {"adult": 12}}]),
    "the same key for another order": BadRequest(
        lambda _: ("/v1/orders", {"lines": [pottery()], "contact": CONTACT}),
        "idempotency_key_reused",
        key="used-orders",
    ),
    "the same key for another wish": BadRequest(
        lambda doors: ("/v1/waitlist-entries", doors.wish(camping())),
        "idempotency_key_reused",
        key="used-waitlist",
    ),
    "the same key for another change": change(
        "idempotency_key_reused", of="class", key="used-changes", tickets={"adult": 5}
    ),
    "a change of nothing": change("nothing_to_change", tickets={"adult": 3}),
    "a change at another price": change("difference_changed", expected_difference_fen=1),
    "a change of what was changed": change("line_not_changeable", of="class", line="changed"),
    "a change of another order's line": change("not_found", of="stay", line="class"),
    "a change to what is full": change("pool_exhausted", starts_at=FULL_SLOT.isoformat()),
    "a change to a state": change(INVALID, claim_state="kept"),
    "a change of somebody else's order": change("not_found", of="foreign"),
    "a look at somebody else's change": BadRequest(
        lambda doors: (
            f"/v1/orders/{doors.lines['foreign'][0]}/change-previews",
            {"line_id": doors.lines["foreign"][1], "tickets": {"adult": 2}},
        ),
        "not_found",
    ),
    "paying for somebody else's order": of_somebody_else(
        "/v1/orders/{}/payments", {"method": "on_site"}
    ),
    "cancelling somebody else's order": of_somebody_else("/v1/orders/{}/cancellations", {}),
    "leaving in somebody else's place": of_somebody_else(
        "/v1/waitlist-entries/{}/withdrawals", {}, of="waiting"
    ),
    "refusing somebody else's offer": of_somebody_else(
        "/v1/waitlist-entries/{}/refusals", {}, of="waiting"
    ),
    "an order that is no id": plain("/v1/orders/x'--/changes", {}, INVALID),
}
