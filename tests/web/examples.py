"""What the other services answer about people, orders and visits."""

from datetime import date, timedelta
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
            "order_code": "****-M2XP",
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
    "order_code": "****-M2XP",
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


PRIVACY_VERSION = "2026-11-01"
CONSENT_TEXTS: Json = {
    "items": [
        {
            "text": name,
            "version": PRIVACY_VERSION,
            "is_current": True,
            "is_required": name == "privacy",
            "title": {"zh": zh, "en": en},
            "body": {"zh": f"关于{zh}。", "en": f"About: {en}."},
        }
        for name, zh, en in (
            ("privacy", "隐私说明", "Privacy notice"),
            ("children", "儿童个人信息说明", "Notice about children"),
            ("marketing", "活动消息", "News about weekends"),
        )
    ],
    "next": None,
}
CONSENTS: Json = {
    "items": [
        {
            "consent_id": example_id(901),
            "text": text,
            "version": PRIVACY_VERSION,
            "given": True,
            "recorded_at": "2026-09-18T12:00:00+08:00",
        }
        for text in ("privacy", "children")
    ],
    "next": None,
}
CHILDREN: Json = {
    "items": [
        {
            "child_id": example_id(902),
            "name": "小满",
            "birth_year": 2020,
            "added_at": "2026-09-18T12:00:00+08:00",
        }
    ],
    "next": None,
}

SECOND_FACTORS = {
    "authenticator_since": NOW.isoformat(),
    "recovery_codes_left": 9,
    "passkeys": [
        {
            "passkey_id": example_id(801),
            "name": "我的手机",
            "created_at": NOW.isoformat(),
            "last_used_at": None,
        }
    ],
}
SESSIONS = [
    {
        "session_id": example_id(811),
        "browser": "Chrome",
        "system": "Android",
        "created_at": NOW.isoformat(),
        "last_used_at": NOW.isoformat(),
        "is_current": True,
    },
    {
        "session_id": example_id(812),
        "browser": None,
        "system": None,
        "created_at": NOW.isoformat(),
        "last_used_at": NOW.isoformat(),
        "is_current": False,
    },
]
PASSKEY_OPTIONS = {"challenge_id": example_id(821), "options": {"challenge": "AAAA"}}
