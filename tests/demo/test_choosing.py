"""What the journey chooses of what is on sale."""

from datetime import date, datetime, timedelta
from itertools import count

import pytest

from deploy.local.demo.api import Json
from deploy.local.demo.choosing import Stop, plans_for
from shared.core.clock import SHANGHAI

SATURDAY = date(2026, 11, 28)
NUMBERS = count(1)


def stop(
    kind: str,
    village: str,
    start: str = "09:00",
    end: str = "11:00",
    *,
    day: date = SATURDAY,
    fen: int = 9800,
    options: dict[str, int] | None = None,
) -> Stop:
    offering: Json = {
        "offering_id": f"{kind}-{next(NUMBERS)}",
        "kind": kind,
        "village": {"slug": village},
        "prices": [{"ticket_type": "adult", "fen": fen}],
    }
    hours = [datetime.combine(day, datetime.strptime(at, "%H:%M").time()) for at in (start, end)]  # noqa: DTZ007
    starts_at, ends_at = (at.replace(tzinfo=SHANGHAI).isoformat() for at in hours)
    slot = {"day": str(day), "starts_at": starts_at, "ends_at": ends_at, "options": options or {}}
    return Stop(offering, slot)


def quarter(village: str, start: str) -> Stop:
    """Return a quarter of an hour at a café's table."""
    return stop("table", village, start, start, fen=0)


def test_a_plan_is_one_day_in_three_villages() -> None:
    workshop = stop("session", "xinlu")
    table, market = quarter("jiaxi", "14:00"), stop("entry", "yanhe", "09:00", "20:00")
    others = [
        stop("entry", "xinlu"),
        stop("entry", "jiaxi"),
        stop("entry", "yanhe", day=SATURDAY + timedelta(days=1)),
        stop("session", "yanhe", fen=0),
    ]
    assert list(plans_for([*others, workshop, table, market])) == [[workshop, table, market]]


def test_nobody_has_to_be_at_two_places_at_once() -> None:
    workshop, market = stop("session", "xinlu"), stop("entry", "yanhe")
    early, late = quarter("jiaxi", "09:45"), quarter("jiaxi", "11:45")
    assert list(plans_for([workshop, early, market])) == []
    assert list(plans_for([workshop, early, late, market])) == [[workshop, late, market]]


def test_a_table_keeps_its_party_for_a_while() -> None:
    workshop, market = stop("session", "xinlu", "14:00", "16:00"), stop("entry", "yanhe")
    assert list(plans_for([workshop, market, quarter("jiaxi", "12:15")])) == []
    assert list(plans_for([workshop, market, quarter("jiaxi", "11:30")])) != []


def test_a_market_or_a_campsite_will_do_instead_of_a_table() -> None:
    workshop, camp, market = stop("session", "xinlu"), stop("stay", "jiaxi"), stop("entry", "yanhe")
    assert list(plans_for([workshop, camp, market])) == [[workshop, market, camp]]


@pytest.mark.parametrize("fen", [0, 1])
def test_a_plan_costs_something(fen: int) -> None:
    stops = [
        stop("session", "xinlu", fen=fen),
        stop("stay", "jiaxi", fen=0),
        stop("entry", "yanhe", fen=0),
    ]
    assert bool(list(plans_for(stops))) == bool(fen)


def test_a_line_says_when_in_the_way_of_its_kind() -> None:
    tickets = {"adult": 2}
    session = stop("session", "xinlu").line(tickets)
    assert session["starts_at"] == "2026-11-28T09:00:00+08:00"
    assert session["tickets"] == tickets
    stay = stop("stay", "jiaxi", options={"lakeside": 1, "forest": 3}).line(tickets)
    assert (stay["date"], stay["nights"], stay["option"]) == ("2026-11-28", 1, "forest")
    assert "option" not in stop("stay", "jiaxi").line(tickets)
