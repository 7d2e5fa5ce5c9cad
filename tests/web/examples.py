"""What the other services answer about people, orders and visits."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.web.district import (
    ACCOUNT,
    NOW,
    OFFERINGS,
    SATURDAY,
    VENUES,
    VILLAGES,
    Json,
    at,
    both,
    example_id,
)


def line(number: int, offering_number: int, **changes: Any) -> Json:
    one = OFFERINGS[example_id(offering_number)]
    place = next(v for v in VENUES if v["venue_id"] == one["venue_id"])
    stay = one["kind"] == "stay"
    return {
        "line_id": example_id(number),
        "offering_id": one["offering_id"],
        "venue_id": one["venue_id"],
        "village_id": one["village_id"],
        "kind": one["kind"],
        "name": one["name"],
        "venue_name": place["name"],
        "village_name": place["village"]["name"],
        "address": place["address"],
        "day": SATURDAY.isoformat(),
        "nights": 1 if stay else 0,
        "starts_at": at(SATURDAY, 15 if stay else 10),
        "ends_at": at(SATURDAY + timedelta(days=1), 12) if stay else at(SATURDAY, 12),
        "tickets": {"adult": 2, "child": 1},
        "persons": 3,
        "units": 1 if stay else 3,
        "options": {},
        "price_fen": 16800 if stay else 34400,
        "breakdown": [],
        "state": "kept",
        "left_as": None,
        "replaces_line_id": None,
        "held_until": None,
        **changes,
    }


def order(number: int = 500, **changes: Any) -> Json:
    return {
        "order_id": example_id(number),
        "code": "7K4Q-M2XP",
        "state": "confirmed",
        "total_fen": 51200,
        "accepted_payment": "on_site",
        "payment_method": "on_site",
        "paid_fen": 0,
        "refunded_fen": 0,
        "placed_at": NOW.isoformat(),
        "hold_expires_at": None,
        "confirmed_at": NOW.isoformat(),
        "cancelled_at": None,
        "contact_name": "林小满",
        "lines": [line(601, 32), line(602, 31)],
        "version": 1,
        **changes,
    }


def ticket(line_number: int, ordinal: int, **changes: Any) -> Json:
    return {
        "line_id": example_id(line_number),
        "ordinal": ordinal,
        "code": f"XY1.k1.{line_number:06d}{ordinal:02d}." + "Aq3_" * 24,
        "day": SATURDAY.isoformat(),
        "starts_at": at(SATURDAY, 10),
        "name": both("亲子拉坯", "Throwing for families"),
        "venue_name": both("老窑陶坊", "Old Kiln Pottery"),
        "admits": 1,
        "state": "valid",
        "used_at": None,
        **changes,
    }


ATTEMPT = "an-attempt-that-only-its-browser-knows"
TICKETS = [ticket(601, n) for n in (1, 2, 3)] + [ticket(602, 1, admits=3)]
ARRIVALS = {
    "items": [
        {
            "order_code": "7K4Q-M2XP",
            "contact_name": "林小满",
            "line_id": example_id(601),
            "offering_name": both("亲子拉坯", "Throwing for families"),
            "kind": "session",
            "starts_at": at(date(2026, 11, 26), 10),
            "nights": 0,
            "persons": 3,
            "units": 3,
            "payment_method": "on_site",
            "price_fen": 34400,
            "tickets": [
                {"ordinal": 1, "admits": 1, "used_at": NOW.isoformat()},
                {"ordinal": 2, "admits": 1, "used_at": None},
                {"ordinal": 3, "admits": 1, "used_at": None},
            ],
        }
    ],
    "expected": 3,
    "arrived": 1,
}
ME = {
    "account_id": ACCOUNT,
    "name": "林小满",
    "email": None,
    "phone": "+8613800000001",
    "language": "zh",
    "roles": ["visitor"],
    "organisations": [],
}


def session(**changes: Any) -> Json:
    return {
        "account_id": ACCOUNT,
        "access_token": "token-of-lin",
        "expires_at": (NOW + timedelta(minutes=15)).isoformat(),
        "session_token": "session-of-lin",
        "session_expires_at": (NOW + timedelta(days=30)).isoformat(),
        "roles": ["visitor"],
        "organisations": [],
        **changes,
    }


CHECK_IN = {
    "line_id": example_id(601),
    "ordinal": 2,
    "order_code": "7K4Q-M2XP",
    "contact_name": "林小满",
    "name": both("亲子拉坯", "Throwing for families"),
    "venue_name": both("老窑陶坊", "Old Kiln Pottery"),
    "day": "2026-11-26",
    "persons": 3,
    "checked_in_at": NOW.isoformat(),
}


def visits() -> Json:
    cells = [
        {
            "village_id": place["village_id"],
            "village_name": place["name"],
            "venue_id": None,
            "day": (date(2026, 11, 13) + timedelta(days=day)).isoformat(),
            "booked": None if (day + number) % 5 == 0 else 20 + (day * 37 + number * 53) % 160,
            "arrived": None if (day + number) % 5 == 0 else 15 + (day * 37 + number * 53) % 150,
            "suppressed": (day + number) % 5 == 0,
        }
        for day in range(14)
        for number, place in enumerate(VILLAGES)
    ]
    return {
        "items": cells,
        "definitions": {
            "booked": both("当天有有效预订的人次", "People with a standing booking on the day"),
            "arrived": both("其中已经核销入场的人次", "Those among them who were checked in"),
        },
        "complete_until": NOW.isoformat(),
    }


PAYMENT_METHODS = {
    "items": [
        {"method": "free", "in_advance": False},
        {"method": "on_site", "in_advance": False},
        {"method": "sandbox", "in_advance": True},
    ],
    "next": None,
}
PAY_URL = "http://127.0.0.1:8108/pay/7"
REFUNDS = {
    "ordinary": [
        {"hours_before": 168, "percent": 100},
        {"hours_before": 72, "percent": 80},
        {"hours_before": 24, "percent": 50},
    ],
    "holiday": [{"hours_before": 360, "percent": 100}, {"hours_before": 30, "percent": 50}],
    "non_refundable": False,
}


def quote(lines: list[Json], **changes: Any) -> Json:
    """Return what bookings says lines cost."""
    quoted = [_quoted(one) for one in lines]
    payments = [OFFERINGS[one["offering_id"]]["payment"] for one in lines]
    total = sum(one["price_fen"] for one in quoted)
    paid = next((one for one in ("online", "on_site") if one in payments), "free")
    return {
        "quote_id": "a-sealed-quote",
        "expires_at": (NOW + timedelta(minutes=15)).isoformat(),
        "total_fen": total,
        "payment": paid if total else "free",
        "lines": quoted,
        **changes,
    }


def _quoted(asked: Json) -> Json:
    one = OFFERINGS[asked["offering_id"]]
    fens = {price["ticket_type"]: price["fen"] for price in one["prices"]}
    persons, nights = sum(asked["tickets"].values()), asked.get("nights", 0)
    if nights:
        day = date.fromisoformat(asked["date"])
        units = -(-persons // one["persons_per_unit"])
        begin, end = at(day, 15), at(day + timedelta(days=nights), 12)
        steps = [_step("pitch_nights", units, fens["pitch"]) for _ in range(nights)]
        for number, step in enumerate(steps):
            step["day"] = (day + timedelta(days=number)).isoformat()
    else:
        begin = asked["starts_at"]
        minutes = timedelta(minutes=one["duration_minutes"] or 60)
        end = (datetime.fromisoformat(begin) + minutes).isoformat()
        units = persons
        steps = [
            {**_step("tickets", count, fens[ticket]), "ticket_type": ticket}
            for ticket, count in asked["tickets"].items()
        ]
    return {
        "line": asked,
        "starts_at": begin,
        "ends_at": end,
        "units": units,
        "price_fen": sum(step["amount_fen"] for step in steps),
        "breakdown": steps,
        "refunds": one.get("terms", {}).get("refunds", REFUNDS),
    }


def _step(kind: str, quantity: int, fen: int) -> Json:
    return {"kind": kind, "quantity": quantity, "unit_fen": fen, "amount_fen": quantity * fen}


def payment(**changes: Any) -> Json:
    return {
        "payment_id": example_id(700),
        "line_id": None,
        "method": "sandbox",
        "state": "started",
        "amount_fen": 51200,
        "pay_url": PAY_URL,
        "shown_as": "page",
        "refunds": [],
        **changes,
    }


def paid(method: str) -> Json:
    """Return the order after its payment was begun, or was not needed."""
    if method in {"free", "on_site"}:
        return order(payment_method=method, payment=None)
    return order(state="held", payment_method=None, payment=payment(method=method))


def refund(**changes: Any) -> Json:
    return {
        "refund_id": example_id(710),
        "line_id": example_id(601),
        "cause": "visitor",
        "amount_fen": 27520,
        "state": "requested",
        "requested_at": NOW.isoformat(),
        "done_at": None,
        **changes,
    }


def cancellation(line_id: str | None, **changes: Any) -> Json:
    """Return what cancelling one line, or both, would bring back."""
    both_lines = [
        {
            "line_id": example_id(number),
            "percent": 80,
            "refund_fen": fen * 8 // 10,
            "fee_fen": fen - fen * 8 // 10,
            "holds_until": at(SATURDAY - timedelta(days=1), 10),
            "later": {"percent": 50, "refund_fen": fen // 2, "fee_fen": fen // 2},
        }
        for number, fen in ((601, 34400), (602, 16800))
    ]
    lines = [one for one in both_lines if line_id in {None, one["line_id"]}]
    return {
        "lines": lines,
        "whole": line_id is None,
        "refund_fen": sum(one["refund_fen"] for one in lines),
        "fee_fen": sum(one["fee_fen"] for one in lines),
        "holds_until": at(SATURDAY - timedelta(days=1), 10),
        "previewed_at": NOW.isoformat(),
        **changes,
    }


CHANGE_PREVIEW = {
    "earlier_price_fen": 34400,
    "price_fen": 38400,
    "difference_fen": 4000,
    "due_fen": 4000,
    "refund_fen": 0,
    "fee_fen": 0,
    "line": {
        "day": SATURDAY.isoformat(),
        "nights": 0,
        "starts_at": at(SATURDAY, 14),
        "ends_at": at(SATURDAY, 16),
        "tickets": {"adult": 3},
        "persons": 3,
        "units": 3,
        "options": {},
        "price_fen": 38400,
        "breakdown": [],
    },
    "refunds": REFUNDS,
}


def entry(**changes: Any) -> Json:
    """Return one entry of the waiting list."""
    return {
        "entry_id": example_id(800),
        "state": "waiting",
        "rank": 2,
        "offering_id": example_id(32),
        "offering_name": both("亲子拉坯", "Throwing for families"),
        "venue_name": both("老窑陶坊", "Old Kiln Pottery"),
        "tickets": {"adult": 2, "child": 1},
        "persons": 3,
        "keep_waiting": True,
        "joined_at": NOW.isoformat(),
        "ended_at": None,
        "wishes": [
            {
                "position": 0,
                "date": None,
                "starts_at": at(SATURDAY, 10),
                "nights": None,
                "begins_at": at(SATURDAY, 10),
                "is_open": True,
            }
        ],
        "offer": None,
        "earlier_offers": [],
        "skips": [
            {
                "wish": 0,
                "reason": "party_larger_than_free",
                "text": both("只空出 1 位，您需要 3 位。", "Only 1 came free, you need 3."),
                "first_at": NOW.isoformat(),
                "last_at": NOW.isoformat(),
                "times": 2,
            }
        ],
        **changes,
    }
