"""Prices by season: the most specific one counts, night by night."""

from datetime import date, timedelta
from itertools import product
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.bookings.domain.lines import plan_line
from services.bookings.domain.price import PriceList
from shared.contracts.terms import DayType, OfferingTerms, TicketPrice
from tests.bookings.domain.examples import DAY_TYPES, NAME, PROPERTY, nights, offered, price, wanted

SUMMER: Final = {"code": "summer", "name": NAME, "from_day": "07-01", "until_day": "08-31"}
NEW_YEAR: Final = {"code": "new-year", "name": NAME, "from_day": "12-24", "until_day": "01-06"}
LEAP_DAY: Final = {"code": "leap", "name": NAME, "from_day": "02-29", "until_day": "03-05"}


def terms(*seasons: dict[str, Any]) -> OfferingTerms:
    return OfferingTerms.model_validate({"seasons": list(seasons)}, strict=False)


def in_season(fen: int, season: str | None, **other: Any) -> TicketPrice:
    return price("pitch", fen, **other).model_copy(update={"season": season})


def test_a_stay_costs_each_night_what_its_own_season_does() -> None:
    camp = offered(
        "stay",
        in_season(10000, None),
        in_season(15000, "summer"),
        persons_per_unit=4,
        seasons=[SUMMER],
    )
    around = nights("weekend", "weekend", "weekend", first=date(2026, 8, 29))
    assert [night.day.isoformat() for night in around] == ["2026-08-30", "2026-08-31", "2026-09-01"]
    line = plan_line(camp, wanted({"adult": 2}, first_day=around[0].day, nights=3), around)
    assert [item.unit_fen for item in line.breakdown] == [15000, 15000, 10000]
    assert line.price_fen == 40000


SEASONS: Final[list[tuple[str, str | None]]] = [
    ("2026-06-30", None),
    ("2026-07-01", "summer"),
    ("2026-08-31", "summer"),
    ("2026-12-23", None),
    ("2026-12-24", "new-year"),
    ("2027-01-01", "new-year"),
    ("2027-01-06", "new-year"),
    ("2027-01-07", None),
    ("2028-02-28", None),
    ("2028-02-29", "leap"),
    ("2027-02-28", None),
    ("2027-03-01", "leap"),
]


@pytest.mark.parametrize(("day", "season"), SEASONS)
def test_a_season_comes_every_year_and_may_run_into_the_next(day: str, season: str | None) -> None:
    assert terms(SUMMER, NEW_YEAR, LEAP_DAY).season_of(date.fromisoformat(day)) == season


@pytest.mark.parametrize(
    "other",
    [
        {**NEW_YEAR, "from_day": "08-31", "until_day": "09-01"},
        {**NEW_YEAR, "from_day": "12-24", "until_day": "07-01"},
        {**NEW_YEAR, "from_day": "07-10", "until_day": "07-20"},
        {**NEW_YEAR, "code": "summer"},
    ],
)
def test_no_day_is_in_two_seasons(other: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="two seasons"):
        terms(SUMMER, other)


@pytest.mark.parametrize("day", ["02-30", "13-01", "1-1", "00-10", "0701", "07-01 "])
def test_a_season_begins_and_ends_on_days_that_exist(day: str) -> None:
    with pytest.raises(ValidationError):
        terms({**SUMMER, "from_day": day})


OPTIONS: Final = (None, "lake")
OF_SEASONS: Final = (None, "summer")
OF_DAYS: Final = (None, *DAY_TYPES)
KEYS: Final = tuple(product(OPTIONS, OF_SEASONS, OF_DAYS))


@PROPERTY
@given(
    priced=st.frozensets(st.sampled_from(KEYS)),
    day_type=st.sampled_from(DAY_TYPES),
    option=st.sampled_from(OPTIONS),
    season=st.sampled_from(OF_SEASONS),
)
def test_the_most_specific_price_counts_option_then_season_then_day_type(
    priced: frozenset[tuple[str | None, str | None, DayType | None]],
    day_type: DayType,
    option: str | None,
    season: str | None,
) -> None:
    prices = {key: number for number, key in enumerate(sorted(priced, key=str))}
    listed = PriceList(
        {
            "ticket_type": "pitch",
            "fen": fen,
            "option": of_option,
            "season": of_season,
            "day_type": of_day,
        }
        for (of_option, of_season, of_day), fen in prices.items()
    )
    # A make-up workday without a price of its own is a workday.
    days: list[DayType | None] = [day_type]
    if day_type == "make_up_workday":
        days.append("workday")

    def specific(key: tuple[str | None, str | None, DayType | None]) -> tuple[bool, bool, int]:
        of_day = len(days) - days.index(key[2]) if key[2] in days else 0
        return key[0] is not None, key[1] is not None, of_day

    fitting = [
        key
        for key in priced
        if key[0] in {None, option} and key[1] in {None, season} and key[2] in {None, *days}
    ]
    found = listed.find("pitch", day_type, option, season)
    assert found == (prices[max(fitting, key=specific)] if fitting else None)


@PROPERTY
@given(day=st.dates(date(2024, 1, 1), date(2031, 12, 31)))
def test_every_day_lies_in_one_season_at_most_and_in_the_same_one_every_year(day: date) -> None:
    season = terms(SUMMER, NEW_YEAR).season_of(day)
    assert season in {None, "summer", "new-year"}
    four_years_on = day + timedelta(days=1461)
    if four_years_on.isoformat()[5:] == day.isoformat()[5:]:
        assert terms(SUMMER, NEW_YEAR).season_of(four_years_on) == season
