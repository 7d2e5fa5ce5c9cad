"""Figures about few people are withheld from the office, whichever way it asks."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import combinations
from typing import Final

import pytest

from deploy.local.postgres import EmbeddedPostgres
from services.statistics.domain.suppression import FEWEST_SHOWN
from tests.bookings.life.stage import line_of
from tests.bookings.village import NEXT_WEEK, VILLAGE, Json, camping, pottery
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone

DIMENSIONS: Final = ("village", "venue", "kind", "day")
NEXT_DAY: Final = NEXT_WEEK + timedelta(days=1)


@pytest.fixture(scope="module")
async def platform(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Platform]:
    """On the first day ten at the pottery and four in tents, of whom some came; nine on the next.

    The ten booked as nine and one.
    """
    async with clone(postgres, template) as database, serve_platform(database) as running:
        for line in (pottery(adult=9), pottery(adult=1), pottery(NEXT_DAY, adult=9)):
            await book(running, line)
        camp = await book(running, camping(adult=4))
        await let_in(running, camp)
        await running.wires.deliver()
        yield running


async def book(platform: Platform, line: Json) -> Json:
    answer = await platform.bookings.order(
        line, token=platform.tokens.person(), payment_method="on_site"
    )
    assert answer.status == 201, answer.json
    order: Json = answer.json
    return order


async def let_in(platform: Platform, order: Json) -> None:
    ticket = {"line_id": line_of(order), "ordinal": 1, "admit_on_another_day": True}
    entered = await platform.bookings.call(
        "POST", "/v1/check-ins", ticket, token=platform.bookings.operator, key="in"
    )
    assert entered.status in {200, 201}, entered.json


async def ask(platform: Platform, **params: str) -> list[Json]:
    """Ask as the office; return the cells."""
    asked = {"from": str(NEXT_WEEK), "to": str(NEXT_DAY), **params}
    headers = platform.tokens.header(platform.bookings.office)
    async with platform.clients["statistics"].get(
        "/v1/visits", params=asked, headers=headers
    ) as answer:
        assert answer.status == 200, await answer.text()
        told = await answer.json()
    # No total stands beside the cells that a withheld one could be taken from.
    assert told.keys() == {"items", "definitions", "complete_until"}
    items: list[Json] = told["items"]
    return items


async def test_nine_people_are_withheld_and_ten_are_shown(platform: Platform) -> None:
    assert FEWEST_SHOWN == 10
    cells = await ask(platform, group_by="kind,day")
    assert {(cell["kind"], cell["day"], cell["booked"], cell["arrived"]) for cell in cells} == {
        ("session", str(NEXT_WEEK), 10, 0),
        # Withheld with the number of those who came: four in tents, and nine.
        ("stay", str(NEXT_WEEK), None, None),
        ("session", str(NEXT_DAY), None, None),
    }


async def test_no_narrower_question_opens_a_small_cell(platform: Platform) -> None:
    """By no grouping, village or day is a figure about fewer than ten people shown."""
    asked = 0
    for number in range(1, len(DIMENSIONS) + 1):
        for group in combinations(DIMENSIONS, number):
            for narrower in (
                {},
                {"village": str(VILLAGE)},
                {"to": str(NEXT_WEEK)},
                {"from": str(NEXT_DAY)},
                {"village": str(VILLAGE), "from": str(NEXT_DAY)},
            ):
                asked += 1
                for cell in await ask(platform, group_by=",".join(group), **narrower):
                    figures = (cell["booked"], cell["arrived"])
                    if cell["kind"] == "stay" or cell["day"] == str(NEXT_DAY):
                        assert cell["suppressed"], (group, narrower)
                    assert cell["suppressed"] == (figures == (None, None))
                    assert cell["suppressed"] or cell["booked"] >= FEWEST_SHOWN
    assert asked == 15 * 5


async def test_two_questions_about_the_same_people_answer_alike(platform: Platform) -> None:
    """What a second question adds nothing to, it takes nothing from: their difference is nought."""
    pairs = (
        ({"group_by": "village"}, {"group_by": "village", "village": str(VILLAGE)}),
        ({"group_by": "venue"}, {"group_by": "venue", "to": str(NEXT_DAY + timedelta(days=300))}),
        ({"group_by": "kind,day"}, {"group_by": "day,kind"}),
    )
    for one, other in pairs:
        assert await ask(platform, **one) == await ask(platform, **other)


async def test_nobody_but_the_office_asks(platform: Platform) -> None:
    params = {"from": str(NEXT_WEEK), "to": str(NEXT_WEEK)}
    for token in (platform.bookings.visitor, platform.bookings.operator):
        async with platform.clients["statistics"].get(
            "/v1/visits", params=params, headers=platform.tokens.header(token)
        ) as answer:
            assert answer.status == 403
