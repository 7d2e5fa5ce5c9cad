"""What bookings answers about quotes, money, changes and the waiting list."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.web import examples
from tests.web.district import NOW, OFFERINGS, SATURDAY, Json, at, both, example_id

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
        return examples.order(payment_method=method, payment=None)
    return examples.order(state="held", payment_method=None, payment=payment(method=method))


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
