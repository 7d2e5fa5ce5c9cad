from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from services.statistics.app import build_app
from services.statistics.settings import StatisticsSettings
from shared.contracts.venues import VenuePublished, VillagePublished
from shared.core.localized import LocalizedText
from tests.conftest import DatabaseUrl
from tests.statistics.world import (
    DAY,
    NOON,
    VENUE,
    VILLAGE,
    World,
    checked_in,
    confirmed,
    envelop,
    line,
)
from tests.support.tokens import TokenMaker

OTHER_VILLAGE = UUID(int=8)
NEXT_DAY = DAY + timedelta(days=1)


class Office:
    """The tourism office with its questions."""

    def __init__(self, client: TestClient[Any, Any], tokens: TokenMaker) -> None:
        self.client = client
        self.tokens = tokens

    async def ask(self, *, token: str | None = "", **params: str) -> tuple[int, Any]:
        if token == "":
            token = self.tokens.person(roles=("office_director",))
        headers = self.tokens.header(token) if token else {}
        params = {"from": str(DAY), "to": str(NEXT_DAY), **params}
        async with self.client.get("/v1/visits", params=params, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def office(database_url: DatabaseUrl) -> AsyncIterator[Office]:
    tokens = TokenMaker()
    settings = StatisticsSettings(database_url=SecretStr(database_url("statistics")))
    app = build_app(settings, "api", verifier=tokens.verifier())
    async with TestClient(TestServer(app)) as client:
        yield Office(client, tokens)


def village(village_id: UUID, zh: str, en: str) -> VillagePublished:
    return VillagePublished(
        village_id=village_id,
        district_id=UUID(int=7),
        name=LocalizedText(zh=zh, en=en),
        day_capacity=500,
        district_day_capacity=5000,
    )


async def test_the_office_sees_visits_by_village_and_day(world: World, office: Office) -> None:
    await world.hear(village(VILLAGE, "嘉溪村", "Jiaxi"))
    big, small = line(12), line(3, village=OTHER_VILLAGE, day=NEXT_DAY)
    order = confirmed(big, small)
    await world.hear(order, checked_in(order, big, persons=7))
    status, answer = await office.ask()
    assert status == 200
    shown, hidden = answer["items"]
    assert shown["village_id"] == str(VILLAGE)
    assert shown["village_name"] == {"zh": "嘉溪村", "en": "Jiaxi"}
    assert (shown["day"], shown["booked"], shown["arrived"]) == (str(DAY), 12, 7)
    assert not shown["suppressed"]
    assert hidden["suppressed"]
    assert hidden["booked"] is hidden["arrived"] is None
    assert hidden["village_name"] is None
    assert answer["complete_until"] == NOON.isoformat().replace("+00:00", "Z")
    assert answer["definitions"]["booked"]["zh"]
    assert answer["definitions"]["arrived"]["en"]


async def test_other_groupings_add_up_the_same_people(world: World, office: Office) -> None:
    await world.hear(
        confirmed(line(10), line(11, kind="stay", day=NEXT_DAY), line(12, village=OTHER_VILLAGE))
    )
    by_kind = (await office.ask(group_by="kind"))[1]["items"]
    assert {cell["kind"]: cell["booked"] for cell in by_kind} == {"session": 22, "stay": 11}
    by_day = (await office.ask(group_by="day"))[1]["items"]
    assert [cell["booked"] for cell in by_day] == [22, 11]
    by_village = (await office.ask(group_by="village"))[1]["items"]
    assert sorted(cell["booked"] for cell in by_village) == [12, 21]
    one = (await office.ask(group_by="village", village=str(OTHER_VILLAGE)))[1]["items"]
    assert [cell["booked"] for cell in one] == [12]


async def test_venues_have_the_newest_name_that_is_known(world: World, office: Office) -> None:
    def venue(name: str) -> VenuePublished:
        return VenuePublished(
            venue_id=VENUE,
            village_id=VILLAGE,
            organisation_id=UUID(int=5),
            name=LocalizedText(zh=name, en=name),
            address=LocalizedText(zh="路", en="Road"),
            day_capacity=100,
        )

    await world.deliver([envelop(venue("new"), version=2)])
    await world.deliver([envelop(venue("old"), version=1)])
    await world.hear(confirmed(line(10)))
    (cell,) = (await office.ask(group_by="venue"))[1]["items"]
    assert cell["venue_name"] == {"zh": "new", "en": "new"}


async def test_before_any_event_there_is_nothing_and_it_says_so(office: Office) -> None:
    status, answer = await office.ask()
    assert status == 200
    assert answer["items"] == []
    assert answer["complete_until"] is None


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"to": "2026-09-18"}, "ends_before_start"),
        ({"to": "2027-10-24"}, "period_too_long"),
        ({"group_by": "person"}, "not_a_grouping"),
        ({"group_by": "day,day"}, "not_a_grouping"),
        ({"from": "today"}, "date"),
        ({"village": "1"}, "id"),
        ({"visitor": "x"}, "unknown"),
    ],
)
async def test_a_wrong_question_is_refused(
    office: Office, params: dict[str, str], code: str
) -> None:
    status, problem = await office.ask(**params)
    assert status == 422
    assert [entry["code"] for entry in problem["errors"]] == [code]


async def test_nobody_but_the_office_sees_figures(office: Office) -> None:
    tokens = office.tokens
    assert (await office.ask(token=None))[0] == 401
    for token in (
        tokens.person(),
        tokens.person(organisations=[UUID(int=5)]),
        tokens.service("bookings"),
    ):
        assert (await office.ask(token=token))[0] == 403
