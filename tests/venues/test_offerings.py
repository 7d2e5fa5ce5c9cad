"""Offerings: fields that fit the kind, prices, changes, and what the others hear."""

from typing import Final

import asyncpg
import pytest

from shared.contracts.terms import OfferingTerms
from shared.core.ids import new_id
from shared.db import transaction
from tests.venues.stage import (
    Json,
    Stage,
    assert_gapless,
    entry_body,
    price,
    session_body,
    stay_body,
    table_body,
)


async def test_an_offering_shows_what_it_costs(stage: Stage) -> None:
    venue = await stage.venue()
    offering = await stage.offering(venue)
    assert offering == {
        **session_body(),
        "offering_id": offering["offering_id"],
        "venue_id": venue["venue_id"],
        "village_id": venue["village"]["village_id"],
        "organisation_id": str(stage.organisation),
        "price_from_fen": 12800,
        "persons_per_unit": None,
        "terms": OfferingTerms().model_dump(mode="json"),
        "expected_visitors": None,
        "event_permit_number": None,
        "on_sale": False,
        "held_back": False,
        "version": 1,
    }
    stay = await stage.offering(venue, stay_body())
    shown = await stage.good("GET", f"/v1/venues/{venue['venue_id']}", stage.operator)
    assert shown["offerings"] == [offering, stay]
    assert shown["kinds"] == ["session", "stay"]


FREE = [price("adult", 0)]
PITCH = [price("pitch", 100)]


UNFIT: Final[list[tuple[Json, dict[str, str]]]] = [
    (session_body(persons_per_unit=4), {"/persons_per_unit": "only_for_stays"}),
    (session_body(duration_minutes=None), {"/duration_minutes": "only_for_sessions"}),
    (stay_body(persons_per_unit=None), {"/persons_per_unit": "only_for_stays"}),
    (stay_body(duration_minutes=60), {"/duration_minutes": "only_for_sessions"}),
    (session_body(prices=PITCH), {"/prices": "ticket_type_unfit"}),
    (stay_body(prices=FREE, payment="free"), {"/prices": "ticket_type_unfit"}),
    (session_body(prices=[*FREE, *FREE]), {"/prices": "ticket_type_repeated"}),
    (session_body(prices=FREE), {"/payment": "free_or_not"}),
    (session_body(payment="free"), {"/payment": "free_or_not"}),
    (session_body(prices=[]), {"/prices": "too_few"}),
    (
        session_body(prices=[{"ticket_type": "dog", "fen": 1}]),
        {"/prices/0/ticket_type": "not_one_of"},
    ),
    (
        session_body(prices=[{"ticket_type": "adult", "fen": -1}]),
        {"/prices/0/fen": "too_small"},
    ),
    (
        session_body(prices=[{"ticket_type": "adult", "fen": 100_000_001}]),
        {"/prices/0/fen": "too_large"},
    ),
    (session_body(prices=[{"ticket_type": "adult", "fen": 1.5}]), {"/prices/0/fen": "integer"}),
    (session_body(kind="tent"), {"/kind": "not_one_of"}),
    (session_body(prices=[price("table", 100)]), {"/prices": "ticket_type_unfit"}),
    (entry_body(prices=PITCH), {"/prices": "ticket_type_unfit"}),
    (entry_body(persons_per_unit=4), {"/persons_per_unit": "only_for_stays"}),
    (table_body(persons_per_unit=4), {"/persons_per_unit": "only_for_stays"}),
    (table_body(duration_minutes=60), {"/duration_minutes": "only_for_sessions"}),
    (
        table_body(prices=[price("table", 100), price("adult", 0)]),
        {"/prices": "table_or_persons"},
    ),
    (table_body(prices=[price("table", 0)]), {"/payment": "free_or_not"}),
    (session_body(duration_minutes=0), {"/duration_minutes": "too_small"}),
    (session_body(on_sale=True), {"/on_sale": "unknown"}),
]


async def test_a_price_that_names_neither_days_nor_an_option_holds_for_all(stage: Stage) -> None:
    body = session_body(prices=[{"ticket_type": "adult", "fen": 12800}])
    offering = await stage.offering(await stage.venue(), body)
    assert offering["prices"] == [price("adult", 12800)]


async def test_all_four_kinds_are_offered_and_published(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    await stage.forget_events()
    bodies = [table_body(), entry_body(), stay_body()]
    for body in bodies:
        await stage.offering(venue, body)
    told = [event.data for event in await stage.told()]
    assert [(one["kind"], one["prices"], one["payment"]) for one in told] == [
        (body["kind"], body["prices"], body["payment"]) for body in bodies
    ]
    shown = await stage.good("GET", f"/v1/venues/{venue['venue_id']}")
    assert shown["kinds"] == ["entry", "session", "stay", "table"]


async def test_an_offering_that_does_not_fit_is_refused_by_field(stage: Stage) -> None:
    for body, fields in UNFIT:
        # What is wrong with the body is said before anybody looks for the venue.
        path = f"/v1/venues/{new_id()}/offerings"
        answer = await stage.call("POST", path, stage.operator, body)
        assert (answer.status, answer.fields) == (422, fields)


async def test_an_offering_added_to_a_published_venue_is_on_sale_when_it_is_approved(
    stage: Stage,
) -> None:
    venue, _ = await stage.published_venue()
    await stage.forget_events()
    free = session_body(slug="talk", payment="free", prices=FREE)
    offering = await stage.offering(venue, free)
    await stage.schedule(offering, until="2026-09-13")
    assert offering["on_sale"]
    assert await stage.told_types() == ["offering.published", *["slot.published"] * 2]


async def test_changed_prices_are_told_and_replace_the_old_ones(stage: Stage) -> None:
    venue, offering = await stage.published_venue()
    path = f"/v1/venues/{venue['venue_id']}/offerings/{offering['offering_id']}"
    prices = [price("senior", 9000)]
    changed = await stage.change(path, {"prices": prices})
    assert changed["prices"] == prices
    assert changed["price_from_fen"] == 9000
    told = [event for event in await stage.told() if event.topic == "venues.offering"]
    assert told[-1].data["prices"] == prices
    assert_gapless(told)
    body = {"prices": FREE, "payment": "free"}
    assert (await stage.good("PATCH", path, stage.operator, body))["payment"] == "free"


async def test_a_change_is_checked_together_with_what_stays(stage: Stage) -> None:
    venue = await stage.venue()
    offering = await stage.offering(venue)
    path = f"/v1/venues/{venue['venue_id']}/offerings/{offering['offering_id']}"
    for change, fields in (
        ({"payment": "free"}, {"/payment": "free_or_not"}),
        ({"prices": PITCH}, {"/prices": "ticket_type_unfit"}),
        ({"persons_per_unit": 2}, {"/persons_per_unit": "only_for_stays"}),
        ({"kind": "stay"}, {"/kind": "unknown"}),
        ({"name": None}, {"/name": "null"}),
    ):
        answer = await stage.call("PATCH", path, stage.operator, change)
        assert (answer.status, answer.fields) == (422, fields)
    assert await stage.good("GET", f"/v1/offerings/{offering['offering_id']}", stage.operator) == (
        offering
    )


async def test_a_longer_session_moves_the_end_of_the_slots_that_lie_ahead(stage: Stage) -> None:
    venue, offering = await stage.published_venue()
    await stage.forget_events()
    path = f"/v1/venues/{venue['venue_id']}/offerings/{offering['offering_id']}"
    await stage.good("PATCH", path, stage.operator, {"duration_minutes": 180})
    assert await stage.told_types() == ["offering.published", *["slot.published"] * 6]
    ends = {
        slot["ends_at"][11:] for slot in await stage.slots(offering, "2026-09-11", "2026-09-30")
    }
    assert ends == {"09:00:00Z"}


async def test_slugs_of_offerings_are_unique_at_their_venue(stage: Stage) -> None:
    venue = await stage.venue()
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    answers = await stage.at_once(
        *(stage.call("POST", path, stage.operator, session_body()) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    stay = await stage.offering(venue, stay_body())
    answer = await stage.call(
        "PATCH", f"{path}/{stay['offering_id']}", stage.operator, {"slug": "pottery"}
    )
    assert (answer.status, answer.code) == (409, "slug_taken")
    elsewhere = await stage.venue(slug="elsewhere")
    assert (await stage.offering(elsewhere))["slug"] == "pottery"


async def test_a_venue_has_at_most_fifty_offerings(stage: Stage) -> None:
    venue = await stage.venue()
    for number in range(50):
        await stage.offering(venue, session_body(slug=f"class-{number}"))
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    answer = await stage.call("POST", path, stage.operator, session_body())
    assert (answer.status, answer.code, answer.body["limit"]) == (409, "too_many_offerings", 50)


async def test_of_two_editors_of_an_offering_with_one_tag_one_is_refused(stage: Stage) -> None:
    venue, offering = await stage.published_venue()
    shown = await stage.call("GET", f"/v1/offerings/{offering['offering_id']}", stage.operator)
    path = f"/v1/venues/{venue['venue_id']}/offerings/{offering['offering_id']}"
    tag = shown.headers["ETag"]
    answers = await stage.at_once(
        *(
            stage.call("PATCH", path, stage.operator, {"slug": slug}, If_Match=tag)
            for slug in ("one", "two")
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    assert_gapless(await stage.told())


async def test_the_same_key_adds_an_offering_once(stage: Stage) -> None:
    venue = await stage.venue()
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    first, again = [
        await stage.call("POST", path, stage.operator, session_body(), Idempotency_Key="o1")
        for _ in range(2)
    ]
    assert (first.status, again.status, again.body) == (201, 201, first.body)


async def test_an_offering_is_changed_only_under_its_own_venue(stage: Stage) -> None:
    offering = await stage.offering(await stage.venue())
    other = await stage.venue(slug="other")
    path = f"/v1/venues/{other['venue_id']}/offerings/{offering['offering_id']}"
    answer = await stage.call("PATCH", path, stage.operator, {"slug": "new"})
    assert (answer.status, answer.code) == (404, "not_found")


REFUSED_BY_DATABASE: Final[list[tuple[str, str]]] = [
    ("delete from offering_prices", "offerings_have_a_price"),
    ("update offering_prices set fen = 0", "offerings_free_means_prices_of_zero"),
    ("update offerings set payment = 'free'", "offerings_free_means_prices_of_zero"),
    ("update offering_prices set fen = -1", "offering_prices_fen_in_range"),
    ("update offering_prices set fen = 100000001", "offering_prices_fen_in_range"),
    (
        "update offering_prices set ticket_type = 'pitch' where ticket_type = 'adult'",
        "offering_prices_ticket_type_fits_kind",
    ),
    (
        "update offering_prices set ticket_type = 'table' where ticket_type = 'adult'",
        "offering_prices_ticket_type_fits_kind",
    ),
    ("update offering_prices set day_type = 'friday'", "offering_prices_day_type_is_known"),
    ("update offering_prices set option = 'lake'", "offering_prices_option_is_of_a_stay"),
    ("update offering_prices set day_type = 'holiday'", "offerings_have_a_price_every_day"),
    ("update offerings set payment = 'later'", "offerings_payment_is_known"),
    ("update offerings set terms = '[]'", "offerings_terms_are_an_object"),
    (
        'update offerings set terms = \'{"options": [{"code": "two"}]}\'',
        "offerings_options_fit_kind",
    ),
    ("update offerings set persons_per_unit = 2", "offerings_stay_has_persons_per_unit"),
    ("update offerings set duration_minutes = null", "offerings_session_has_duration"),
    ('update offerings set name = \'{"zh": "x", "en": 1}\'', "offerings_name_is_localized"),
]


async def test_the_database_itself_refuses_an_offering_that_does_not_fit(stage: Stage) -> None:
    await stage.offering(await stage.venue())
    for statement, constraint in REFUSED_BY_DATABASE:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            async with transaction(stage.database) as conn:
                await conn.execute(statement)
        assert refused.value.constraint_name == constraint
