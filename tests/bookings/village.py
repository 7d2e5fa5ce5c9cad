"""A small village for the tests of bookings: its places, kinds and names, and wishes for them."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from shared.contracts.terms import OfferingKind
from shared.core.clock import SHANGHAI, SystemClock, today
from shared.core.localized import LocalizedText

Json = dict[str, Any]

DISTRICT: Final = uuid4()
VILLAGE: Final = uuid4()
VENUE: Final = uuid4()
OPERATOR: Final = uuid4()
POTTERY: Final = uuid4()
CAMPING: Final = uuid4()
WALK: Final = uuid4()
CAFE: Final = uuid4()
MARKET: Final = uuid4()
KINDS: Final[dict[UUID, OfferingKind]] = {
    POTTERY: "session",
    CAMPING: "stay",
    WALK: "session",
    CAFE: "table",
    MARKET: "entry",
}

CALENDARS: Final[dict[int, UUID]] = {}

ROOMY: Final = 1000


def text(zh: str, en: str) -> LocalizedText:
    return LocalizedText(zh=zh, en=en)


NAMES: Final = {
    POTTERY: text("陶艺体验", "Pottery"),
    CAMPING: text("溪边露营", "Camping"),
    WALK: text("古道徒步", "Old road walk"),
    CAFE: text("供销社咖啡", "Supply shop café"),
    MARKET: text("书香市集", "Book market"),
}


def today_here() -> date:
    return today(SystemClock())


# So far ahead that, whatever time it is now, more than a whole week of hours lies between.
NEXT_WEEK: Final = today_here() + timedelta(days=8)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=SHANGHAI)


def pottery(day: date = NEXT_WEEK, hour: int = 14, **tickets: int) -> Json:
    return {
        "offering_id": str(POTTERY),
        "starts_at": at(day, hour).isoformat(),
        "tickets": tickets or {"adult": 2},
    }


def camping(day: date = NEXT_WEEK, nights: int = 1, **tickets: int) -> Json:
    return {
        "offering_id": str(CAMPING),
        "date": day.isoformat(),
        "nights": nights,
        "tickets": tickets or {"adult": 2},
    }
