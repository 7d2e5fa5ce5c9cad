"""What is wrong with a line, whichever door it comes through, and the code of what is refused."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tests.bookings.payments.stage import tea
from tests.bookings.proof.doors import UNDECREED, WITHDRAWN_SLOT
from tests.bookings.village import NEXT_WEEK, WALK, Json, at, camping, pottery, today_here

DOORS: Final = ("orders", "quotes", "waitlist", "changes")
NOT_NUMBERS: Final[dict[str, Any]] = {
    "0": 0,
    "-1": -1,
    "true": True,
    "1.0": 1.0,
    "'1'": "1",
    "2^63": 2**63,
    "null": None,
    "1e400": float("inf"),
}
YESTERDAY: Final = today_here() - timedelta(days=1)
BEYOND: Final = today_here() + timedelta(days=300)


@dataclass(frozen=True)
class BadLine:
    """A line, and the code it is refused with; `elsewhere` says where another one is right."""

    line: Json
    code: str
    doors: tuple[str, ...] = DOORS


def class_for(**fields: Any) -> Json:
    return {**pottery(), **fields}


def stay_for(**fields: Any) -> Json:
    return {**camping(nights=1), **fields}


def without(line: Json, *names: str) -> Json:
    return {name: value for name, value in line.items() if name not in names}


INVALID: Final = "invalid_request"
PRESENT: Final = DOORS[:3]

BAD_LINES: Final[dict[str, BadLine]] = {
    **{
        f"{name} adults": BadLine(class_for(tickets={"adult": value}), INVALID)
        for name, value in NOT_NUMBERS.items()
        if name != "1e400"
    },
    **{
        f"{name} nights": BadLine(
            stay_for(nights=value), INVALID if value is not None else "line_time_mismatch"
        )
        for name, value in NOT_NUMBERS.items()
        if name not in ("1e400", "null")
    },
    "no tickets": BadLine(class_for(tickets={}), INVALID),
    "tickets as a list": BadLine(class_for(tickets=["adult"]), INVALID),
    "a ticket type that does not exist": BadLine(class_for(tickets={"dog": 1}), INVALID),
    "a ticket type without a price": BadLine(
        class_for(tickets={"senior": 1}), "ticket_type_unknown"
    ),
    "a child alone": BadLine(class_for(tickets={"child": 2}), "adult_needed"),
    "a party of 21": BadLine(class_for(tickets={"adult": 21}), "party_size_unfit"),
    "a party of 1,200": BadLine(class_for(tickets={"adult": 600, "child": 600}), INVALID),
    "nights backwards": BadLine(stay_for(nights=-2), INVALID),
    "31 nights": BadLine(stay_for(nights=31), INVALID),
    "10,000 nights": BadLine(stay_for(nights=10_000), INVALID),
    "more nights than the camp allows": BadLine(stay_for(nights=11), "nights_unfit"),
    "more nights than there are": BadLine(stay_for(nights=9), "slot_not_available"),
    "nights in the past": BadLine(stay_for(date=str(YESTERDAY)), "slot_not_available"),
    "a class in the past": BadLine(
        class_for(starts_at=at(YESTERDAY, 14).isoformat()), "slot_not_available"
    ),
    "nights beyond the horizon": BadLine(stay_for(date=str(BEYOND)), "slot_not_available"),
    "a class beyond the horizon": BadLine(
        class_for(starts_at=at(BEYOND, 14).isoformat()), "slot_not_available"
    ),
    "a night of a year that nobody decreed": BadLine(
        stay_for(date=str(UNDECREED)), "calendar_year_unknown"
    ),
    "a class of a year that nobody decreed": BadLine(
        class_for(starts_at=at(UNDECREED, 14).isoformat()), "calendar_year_unknown"
    ),
    "nights beyond the end of dates": BadLine(stay_for(date="9999-12-31", nights=2), INVALID),
    "the 30th of February": BadLine(stay_for(date="2027-02-30"), INVALID),
    "a day in words": BadLine(stay_for(date="tomorrow"), INVALID),
    "an instant without an offset": BadLine(class_for(starts_at="2027-01-01T14:00:00"), INVALID),
    "an instant as a number": BadLine(class_for(starts_at=1_900_000_000), INVALID),
    "a class between two": BadLine(
        class_for(starts_at=at(NEXT_WEEK, 15).isoformat()), "slot_not_available"
    ),
    "two times": BadLine(class_for(date=str(NEXT_WEEK)), INVALID),
    "no time": BadLine(without(class_for(), "starts_at"), INVALID, PRESENT),
    "a day for a class": BadLine(
        without(class_for(date=str(NEXT_WEEK)), "starts_at"), "line_time_mismatch"
    ),
    "an hour for a stay": BadLine(
        without(stay_for(starts_at=at(NEXT_WEEK, 15).isoformat()), "date", "nights"),
        "line_time_mismatch",
    ),
    "nights without a day": BadLine(without(stay_for(), "date"), INVALID, PRESENT),
    "a type of pitch where there are none": BadLine(stay_for(option="lake"), "option_unknown"),
    "a type of pitch that is no code": BadLine(stay_for(option="Lake View!"), INVALID),
    "an offering that does not exist": BadLine(
        class_for(offering_id="01890000-0000-7000-8000-000000000000"),
        "offering_not_on_sale",
        PRESENT,
    ),
    "an offering that is no id": BadLine(class_for(offering_id="1' or '1'='1"), INVALID, PRESENT),
    "an offering that is closed": BadLine(
        class_for(offering_id=str(WALK), starts_at=at(NEXT_WEEK, 9).isoformat()),
        "offering_not_on_sale",
    ),
    "an offering of a venue that is closed": BadLine(tea(), "offering_not_on_sale", PRESENT),
    "a class that was withdrawn": BadLine(
        class_for(starts_at=WITHDRAWN_SLOT.isoformat()), "slot_not_available"
    ),
    "a price of one's own": BadLine(class_for(price_fen=1), INVALID),
    "somebody else's venue": BadLine(class_for(venue_id="x"), INVALID),
}
