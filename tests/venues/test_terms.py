"""The terms of offerings, and prices by day type and by type of pitch."""

from typing import Final

import asyncpg
import pytest

from services.venues.domain.prices import price_faults
from shared.contracts.terms import OfferingTerms, TicketPrice
from shared.contracts.venues import OfferingPublished
from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.stage import (
    Json,
    Stage,
    assert_gapless,
    entry_body,
    option,
    price,
    session_body,
    stay_body,
    table_body,
)

PITCHES: Final = [option("lakeside", 6, 4), option("forest", 10, 6)]
SIZES: Final = [option("two", 4, 2), option("four", 3, 4)]
CAFE_TERMS: Final[Json] = {
    "party_most": 8,
    "child_needs_adult": False,
    "options": SIZES,
    "joins": [{"options": ["four", "four"], "persons": 8}],
    "seating": [{"up_to_persons": 2, "minutes": 60}, {"up_to_persons": 8, "minutes": 90}],
    "group_steps": [{"from_persons": 6, "percent_off": 10}],
    "refunds": {
        "ordinary": [{"hours_before": 24, "percent": 100}],
        "holiday": [],
        "non_refundable": False,
    },
}


def camp(prices: list[Json], options: list[Json] | None = None, **terms: object) -> Json:
    """A campsite with types of pitches, which say themselves how many people they hold."""
    said = {"options": PITCHES if options is None else options, **terms}
    return stay_body(prices=prices, persons_per_unit=None, terms=said)


async def test_terms_are_shown_and_published_whole(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    await stage.forget_events()
    offering = await stage.offering(venue, table_body(terms=CAFE_TERMS))
    assert offering["terms"] == {**OfferingTerms().model_dump(mode="json"), **CAFE_TERMS}
    (told,) = await stage.told()
    assert told.data["terms"] == offering["terms"]
    # What was said is what the others read from it.
    event = OfferingPublished.model_validate(told.data, strict=False)
    assert event.terms.seating[1].minutes == 90


async def test_an_offering_without_terms_has_the_default_ones(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    assert offering["terms"] == OfferingTerms().model_dump(mode="json")
    assert [tier["percent"] for tier in offering["terms"]["refunds"]["ordinary"]] == [100, 80, 50]


async def test_changed_terms_replace_the_old_ones_and_are_told(stage: Stage) -> None:
    venue, offering = await stage.published_venue()
    path = f"/v1/venues/{venue['venue_id']}/offerings/{offering['offering_id']}"
    await stage.change(path, {"terms": {"party_most": 6}})
    changed = await stage.change(path, {"terms": {"party_least": 2}})
    assert (changed["terms"]["party_least"], changed["terms"]["party_most"]) == (2, None)
    told = [event for event in await stage.told() if event.topic == "venues.offering"]
    assert [event.data["terms"]["party_least"] for event in told] == [1, 1, 2]
    assert_gapless(told)
    # What was read can be sent back: terms of other kinds are there, and say nothing new.
    again = await stage.good("PATCH", path, stage.operator, {"terms": changed["terms"]})
    assert again["terms"] == changed["terms"]


async def test_a_camp_has_prices_by_type_of_pitch_and_by_day(stage: Stage) -> None:
    prices = [
        price("pitch", 16000),
        price("pitch", 26000, day_type="holiday"),
        price("pitch", 12000, option="forest"),
        price("pitch", 20000, option="forest", day_type="holiday"),
    ]
    offering = await stage.offering(await stage.venue(), camp(prices))
    assert offering["prices"] == prices
    assert offering["price_from_fen"] == 12000
    assert offering["persons_per_unit"] is None


async def test_a_price_for_each_type_of_pitch_needs_no_other(stage: Stage) -> None:
    prices = [price("pitch", 12000, option="forest"), price("pitch", 16000, option="lakeside")]
    offering = await stage.offering(await stage.venue(), camp(prices))
    assert offering["prices"] == prices


HOLIDAY: Final = price("pitch", 1, day_type="holiday")
UNFIT_PRICES: Final[list[tuple[Json, dict[str, str]]]] = [
    (camp([HOLIDAY]), {"/prices": "price_missing_on_some_days"}),
    (camp([price("pitch", 1, option="forest")]), {"/prices": "price_missing_on_some_days"}),
    (
        camp([price("pitch", 1, option="forest"), price("pitch", 1, option="meadow")]),
        {"/prices/1/option": "unknown_option"},
    ),
    (camp([HOLIDAY, HOLIDAY]), {"/prices": "ticket_type_repeated"}),
    (
        session_body(prices=[price("adult", 1), price("child", 1, day_type="weekend")]),
        {"/prices": "price_missing_on_some_days"},
    ),
    (
        table_body(prices=[price("table", 1), price("table", 2, option="two")]),
        {"/prices/1/option": "for_stays_alone"},
    ),
    (
        session_body(prices=[price("adult", 1, day_type="sunday")]),
        {"/prices/0/day_type": "not_one_of"},
    ),
    (session_body(prices=[price("adult", 1, option="A b")]), {"/prices/0/option": "format"}),
    (
        entry_body(prices=[price("adult", 0), price("adult", 0, day_type="holiday")]),
        {"/payment": "free_or_not"},
    ),
]
UNFIT_TERMS: Final[list[tuple[Json, dict[str, str]]]] = [
    (table_body(terms={}), {"/terms/options": "table_sizes_missing"}),
    (
        session_body(terms={"options": SIZES}),
        {"/terms/options": "for_stays_and_tables_alone"},
    ),
    (
        entry_body(terms={"nights_least": 2, "arrival_weekdays": [6]}),
        {"/terms/nights_least": "for_stays_alone", "/terms/arrival_weekdays": "for_stays_alone"},
    ),
    (
        stay_body(terms={"seating": [{"up_to_persons": 2, "minutes": 60}]}),
        {"/terms/seating": "for_tables_alone"},
    ),
    (
        camp([price("pitch", 1)], joins=[{"options": ["lakeside", "forest"], "persons": 9}]),
        {"/terms/joins": "for_tables_alone"},
    ),
    (
        table_body(
            terms={"options": SIZES, "joins": [{"options": ["four"] * 4, "persons": 16}]},
        ),
        {"/terms/joins/0": "join_without_tables"},
    ),
    (
        table_body(terms={"options": SIZES, "joins": [{"options": ["two", "six"], "persons": 8}]}),
        {"/terms": "unknown_option"},
    ),
    (table_body(terms={"options": [*SIZES, *SIZES]}), {"/terms": "option_repeated"}),
    (session_body(terms={"party_least": 5, "party_most": 4}), {"/terms": "most_below_least"}),
    (
        session_body(
            terms={
                "group_steps": [
                    {"from_persons": 20, "percent_off": 20},
                    {"from_persons": 10, "percent_off": 10},
                ]
            }
        ),
        {"/terms": "steps_unsorted"},
    ),
    (
        session_body(
            terms={
                "refunds": {
                    "ordinary": [
                        {"hours_before": 48, "percent": 50},
                        {"hours_before": 24, "percent": 80},
                    ]
                }
            }
        ),
        {"/terms/refunds": "refund_tiers_unsorted"},
    ),
    (session_body(terms={"party_least": 0}), {"/terms/party_least": "too_small"}),
    (session_body(terms={"party_least": True}), {"/terms/party_least": "integer"}),
    (session_body(terms={"child_needs_adult": "no"}), {"/terms/child_needs_adult": "boolean"}),
    (session_body(terms={"smoking": False}), {"/terms/smoking": "unknown"}),
    (
        table_body(terms={"options": [{**SIZES[0], "name": {"zh": "\u202e", "en": "For two"}}]}),
        {"/terms/options/0/name": "hidden_character"},
    ),
    (
        table_body(terms={"options": [{**SIZES[0], "units": 0}]}),
        {"/terms/options/0/units": "too_small"},
    ),
    (
        table_body(terms={"options": SIZES, "seating": [{"up_to_persons": 2, "minutes": 50}]}),
        {"/terms/seating/0/minutes": "multiple_of"},
    ),
]


async def test_prices_and_terms_that_do_not_fit_are_refused_by_field(stage: Stage) -> None:
    for body, fields in [*UNFIT_PRICES, *UNFIT_TERMS]:
        path = f"/v1/venues/{new_id()}/offerings"
        answer = await stage.call("POST", path, stage.operator, body)
        assert (answer.status, answer.fields) == (422, fields), body
        for error in answer.body["errors"]:
            assert error["message"] != "内容不正确。", error


async def test_options_that_prices_need_are_not_taken_away(stage: Stage) -> None:
    venue = await stage.venue()
    prices = [price("pitch", 16000), price("pitch", 12000, option="forest")]
    offering = await stage.offering(venue, camp(prices))
    path = f"/v1/venues/{venue['venue_id']}/offerings/{offering['offering_id']}"
    fewer = {"terms": {"options": PITCHES[:1]}}
    answer = await stage.call("PATCH", path, stage.operator, fewer)
    assert (answer.status, answer.fields) == (422, {"/prices/1/option": "unknown_option"})
    body = {**fewer, "prices": prices[:1]}
    assert (await stage.good("PATCH", path, stage.operator, body))["prices"] == prices[:1]
    answer = await stage.call("PATCH", path, stage.operator, {"terms": {}})
    assert (answer.status, answer.fields) == (422, {"/persons_per_unit": "only_for_stays"})
    emptied: Json = {"terms": {}, "persons_per_unit": 4}
    assert (await stage.good("PATCH", path, stage.operator, emptied))["terms"]["options"] == []


REFUSED_BY_DATABASE: Final[list[tuple[str, str]]] = [
    ("update offering_prices set option = 'meadow'", "offerings_price_their_own_options"),
    ("update offering_prices set option = 'forest'", "offerings_have_a_price_every_day"),
    ("update offerings set terms = '{}'", "offerings_stay_has_persons_per_unit"),
]


async def test_the_database_itself_refuses_prices_of_options_that_do_not_fit(
    stage: Stage,
) -> None:
    await stage.offering(await stage.venue(), camp([price("pitch", 16000)]))
    for statement, constraint in REFUSED_BY_DATABASE:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            async with transaction(stage.database) as conn:
                await conn.execute(statement)
        assert refused.value.constraint_name == constraint


async def test_a_table_is_sold_whole_or_by_the_person_in_the_database_too(stage: Stage) -> None:
    by_person = table_body(prices=[price("adult", 3000)])
    offering = await stage.offering(await stage.venue(), by_person)
    assert offering["prices"] == [price("adult", 3000)]
    both_ways = """
        insert into offering_prices (offering_id, kind, ticket_type, fen)
        select offering_id, kind, 'table', 1 from offering_prices
    """
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(both_ways)
    assert refused.value.constraint_name == "offerings_sell_tables_or_places"


def test_a_price_by_option_and_day_alone_leaves_other_days_without() -> None:
    prices = [
        TicketPrice(ticket_type="pitch", fen=1, option="forest"),
        TicketPrice(ticket_type="pitch", fen=1, option="lakeside", day_type="holiday"),
    ]
    options = frozenset({"forest", "lakeside"})
    assert price_faults("stay", prices, options) == [("prices", "price_missing_on_some_days")]
    assert price_faults("stay", prices, frozenset({"forest"})) == [
        ("prices/1/option", "unknown_option")
    ]
