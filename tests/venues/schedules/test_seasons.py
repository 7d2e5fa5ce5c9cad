"""Seasons, lead times, horizons and rules about children, as operators say them."""

from typing import Any, Final

import asyncpg
import pytest

from shared.db import transaction
from tests.venues.stage import Json, Stage, both, price, session_body, stay_body

SUMMER: Final = {
    "code": "summer",
    "name": both("暑期", "Summer holidays"),
    "from_day": "07-01",
    "until_day": "08-31",
}
WINTER: Final = {**SUMMER, "code": "winter", "from_day": "12-01", "until_day": "02-29"}


def with_season(**other: Any) -> Json:
    prices = [price("pitch", 16000), price("pitch", 24000, season="summer")]
    return stay_body(prices=prices, terms={"seasons": [SUMMER, WINTER]}, **other)


async def test_a_price_of_a_season_is_shown_and_told(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    await stage.forget_events()
    offering = await stage.offering(venue, with_season())
    assert offering["prices"] == [price("pitch", 16000), price("pitch", 24000, season="summer")]
    assert offering["terms"]["seasons"] == [SUMMER, WINTER]
    (told,) = [event for event in await stage.told() if event.type == "offering.published.v1"]
    assert told.data["prices"] == offering["prices"]
    assert [one["code"] for one in told.data["terms"]["seasons"]] == ["summer", "winter"]


async def test_how_early_and_how_late_and_with_whom_is_said_with_the_terms(stage: Stage) -> None:
    said = {
        "lead_minutes": 120,
        "horizon_days": 30,
        "child_ages": {"from_age": 3, "until_age": 12},
        "senior_from_age": 60,
        "children_per_adult_most": 2,
    }
    offering = await stage.offering(await stage.venue(), session_body(terms=said))
    assert said.items() <= offering["terms"].items()


WRONG: Final[list[tuple[Json, dict[str, str]]]] = [
    (
        {"terms": {"seasons": [SUMMER, {**WINTER, "from_day": "08-31"}]}},
        {"/terms": "seasons_overlap"},
    ),
    ({"terms": {"seasons": [SUMMER, {**WINTER, "code": "summer"}]}}, {"/terms": "seasons_overlap"}),
    (
        {"terms": {"seasons": [{**SUMMER, "from_day": "06-31"}]}},
        {"/terms/seasons/0/from_day": "date"},
    ),
    ({"terms": {"seasons": [{**SUMMER, "name": "夏"}]}}, {"/terms/seasons/0/name": "object"}),
    ({"terms": {"seasons": [SUMMER] * 7}}, {"/terms/seasons": "too_many"}),
    (
        {"prices": [price("adult", 1), price("adult", 2, season="summer")]},
        {"/prices/1/season": "unknown_season"},
    ),
    (
        {"prices": [price("adult", 2, season="summer")], "terms": {"seasons": [SUMMER]}},
        {"/prices": "price_missing_on_some_days"},
    ),
    (
        {
            "prices": [price("adult", 1), *[price("adult", 2, season="summer")] * 2],
            "terms": {"seasons": [SUMMER]},
        },
        {"/prices": "ticket_type_repeated"},
    ),
    ({"terms": {"lead_minutes": -1}}, {"/terms/lead_minutes": "too_small"}),
    ({"terms": {"lead_minutes": 43_201}}, {"/terms/lead_minutes": "too_large"}),
    ({"terms": {"horizon_days": 0}}, {"/terms/horizon_days": "too_small"}),
    ({"terms": {"horizon_days": 91}}, {"/terms/horizon_days": "too_large"}),
    ({"terms": {"horizon_days": True}}, {"/terms/horizon_days": "integer"}),
    ({"terms": {"children_per_adult_most": 0}}, {"/terms/children_per_adult_most": "too_small"}),
    (
        {"terms": {"child_ages": {"from_age": 12, "until_age": 3}}},
        {"/terms/child_ages": "most_below_least"},
    ),
    (
        {"terms": {"child_ages": {"until_age": 12}, "senior_from_age": 12}},
        {"/terms": "most_below_least"},
    ),
]


async def test_what_makes_no_sense_is_refused_by_field_with_a_sentence(stage: Stage) -> None:
    venue = await stage.venue()
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    for change, fields in WRONG:
        answer = await stage.call("POST", path, stage.operator, session_body(**change))
        assert (answer.status, answer.fields) == (422, fields), change
        assert all(error["message"] != "内容不正确。" for error in answer.body["errors"]), change


REFUSED_BY_DATABASE: Final[list[tuple[str, str]]] = [
    (
        "update offering_prices set season = 'never' where season = 'summer'",
        "offerings_price_their_own_seasons",
    ),
    (
        "update offerings set terms = terms - 'seasons'",
        "offerings_price_their_own_seasons",
    ),
    (
        "delete from offering_prices where season = ''",
        "offerings_have_a_price_every_day",
    ),
    ("update schedules set plan = '[]'", "schedules_plan_is_bounded"),
    ("update schedules set plan = '{\"other\": []}'", "schedules_plan_is_bounded"),
    ("update schedules set weekdays = '{}'", "schedules_weekdays_are_weekdays"),
]


async def test_the_database_itself_refuses_what_makes_no_sense(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue(), with_season())
    await stage.schedule(offering, times=[])
    for statement, constraint in REFUSED_BY_DATABASE:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            async with transaction(stage.database) as conn:
                await conn.execute(statement)
        assert refused.value.constraint_name == constraint, statement
