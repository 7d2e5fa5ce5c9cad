"""Correcting a year shows whose orders go with it before it counts, whichever way it comes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from services.venues.jobs.make_coming_slots import make_coming_slots
from shared.http.keys import DATABASE
from tests.conftest import DatabaseUrl
from tests.support.tokens import TokenMaker
from tests.venues.conftest import serving
from tests.venues.hearing import deliver
from tests.venues.schedules.sold import Sold
from tests.venues.stage import Answer, Json, Stage, StandingClock, both

HEADER: Final = "day,day_type,name_zh,name_en"
NOTHING: Final = {"orders": 0, "persons": 0, "fen": 0, "first": []}
# Nobody answers at the port of RFC 863.
NOWHERE: Final = "http://127.0.0.1:9"


@dataclass
class Correction:
    """A workshop that is closed on holidays, and a year in which one of its days becomes one."""

    sold: Sold
    stage: Stage
    day: date

    @property
    def path(self) -> str:
        return f"/v1/calendars/{self.day.year}"

    @property
    def body(self) -> Json:
        days = [(f"{self.day.year}-01-01", "元旦"), (str(self.day), "临时假日")]
        return {
            "source": "更正",
            "days": [
                {"day": day, "day_type": "holiday", "name": both(zh, "Holiday")} for day, zh in days
            ],
        }

    async def put(self, *, accept: bool = False) -> Answer:
        path = f"{self.path}?accept_touched_orders=true" if accept else self.path
        return await self.stage.call("PUT", path, self.stage.office, self.body)

    async def bring(self, listed: int = 2) -> Answer:
        days = self.body["days"][:listed]
        rows = [f"{one['day']},holiday,{one['name']['zh']},Holiday" for one in days]
        body = {"year": self.day.year, "source": "更正", "csv": "\n".join([HEADER, *rows])}
        return await self.stage.call("POST", "/v1/calendar-imports", self.stage.office, body)

    async def approve(self, import_id: str, *, accept: bool = False) -> Answer:
        path = f"/v1/calendar-imports/{import_id}/approvals"
        query = "?accept_touched_orders=true" if accept else ""
        return await self.stage.call("POST", path + query, self.stage.office)

    async def slots_after(self) -> list[str]:
        """Return the days with slots once these follow the year."""
        await make_coming_slots(self.stage.client.app)
        return [slot["day"] for slot in await self.sold.slots()]


@pytest.fixture
async def correction(sold: Sold) -> Correction:
    rules = [{"day_types": ["holiday"], "closed": True}]
    assert (await sold.put(sold.days, rules=rules, accept_touched_orders=True)).status == 200
    await deliver(sold.stage, sold.bookings)
    # New Year's Day is a holiday already.
    day = next(day for day in sold.days if (day.month, day.day) != (1, 1))
    return Correction(sold, sold.stage, day)


async def test_a_preview_shows_the_slots_that_go_and_whose_orders_are_in_them(
    correction: Correction,
) -> None:
    order = await correction.sold.order(correction.day, 2)
    imported = await correction.bring()
    assert imported.status == 201, imported.body
    effect = imported.body["effect"]
    assert (effect["made"]["count"], effect["changed"]["count"]) == (0, 0)
    (withdrawn,) = effect["withdrawn"]["first"]
    assert (withdrawn["day"], withdrawn["offering_id"]) == (
        str(correction.day),
        correction.sold.offering["offering_id"],
    )
    touched = effect["touched"]
    assert (touched["orders"], touched["persons"], touched["fen"]) == (1, 2, 25600)
    assert [one["order_id"] for one in touched["first"]] == [order["order_id"]]
    path = f"/v1/calendar-imports/{imported.body['import_id']}"
    assert (await correction.stage.good("GET", path, correction.stage.office))["effect"] == effect


async def test_an_import_that_takes_away_what_is_booked_counts_only_if_that_is_meant(
    correction: Correction,
) -> None:
    order = await correction.sold.order(correction.day, 2)
    before = [slot["day"] for slot in await correction.sold.slots()]
    import_id = (await correction.bring()).body["import_id"]
    refused = await correction.approve(import_id)
    assert (refused.status, refused.code) == (409, "schedule_touches_orders")
    assert (refused.body["orders"], refused.body["persons"], refused.body["fen"]) == (1, 2, 25600)
    assert [one["order_id"] for one in refused.body["first"]] == [order["order_id"]]
    assert await correction.slots_after() == before

    assert (await correction.approve(import_id, accept=True)).status == 201
    assert await correction.slots_after() == [day for day in before if day != str(correction.day)]
    shown = await correction.stage.good(
        "GET", f"/v1/calendar-imports/{import_id}", correction.stage.office
    )
    assert shown["effect"] is None


async def test_a_year_that_is_put_takes_away_what_is_booked_only_if_that_is_meant(
    correction: Correction,
) -> None:
    await correction.sold.order(correction.day, 2)
    before = [slot["day"] for slot in await correction.sold.slots()]
    refused = await correction.put()
    assert (refused.status, refused.code, refused.body["orders"]) == (
        409,
        "schedule_touches_orders",
        1,
    )
    assert await correction.slots_after() == before
    assert (await correction.put(accept=True)).status == 200
    assert await correction.slots_after() == [day for day in before if day != str(correction.day)]


async def test_a_year_without_orders_in_what_goes_is_corrected_without_further_ado(
    correction: Correction,
) -> None:
    other = next(day for day in correction.sold.days if day != correction.day)
    await correction.sold.order(other, 2)
    imported = await correction.bring()
    effect = imported.body["effect"]
    assert (effect["withdrawn"]["count"], effect["touched"]) == (1, NOTHING)
    assert (await correction.approve(imported.body["import_id"])).status == 201
    assert str(correction.day) not in await correction.slots_after()


async def test_a_day_that_comes_back_is_shown_as_slots_that_are_made(
    correction: Correction,
) -> None:
    assert (await correction.put()).status == 200
    await correction.slots_after()
    body = {"source": "更正", "days": correction.body["days"][:1]}
    rows = [HEADER, f"{correction.day.year}-01-01,holiday,元旦,Holiday"]
    csv = {"year": correction.day.year, "source": "更正", "csv": "\n".join(rows)}
    stage = correction.stage
    imported = await stage.good("POST", "/v1/calendar-imports", stage.office, csv)
    effect = imported["effect"]
    assert [one["day"] for one in effect["made"]["first"]] == [str(correction.day)]
    assert (effect["withdrawn"]["count"], effect["touched"]) == (0, NOTHING)
    await stage.good("PUT", correction.path, stage.office, body)
    assert str(correction.day) in await correction.slots_after()


async def test_a_known_year_is_replaced_only_by_those_who_have_read_it(
    correction: Correction,
) -> None:
    stage, body = correction.stage, correction.body
    unread = await stage.call("PUT", correction.path, stage.office, body, If_Match=None)
    assert (unread.status, unread.code) == (428, "precondition_required")
    stale = await stage.call("PUT", correction.path, stage.office, body, If_Match='"9"')
    assert (stale.status, stale.code) == (412, "precondition_failed")


@pytest.mark.parametrize(
    ("limit", "counted"),
    [
        ("MOST_SCHEDULES", "schedules"),
        ("MOST_PLANNED", "planned_slots"),
        ("MOST_ASKED", "touched_slots"),
    ],
)
async def test_what_is_too_much_to_look_through_is_said_and_can_be_meant_all_the_same(
    correction: Correction, monkeypatch: pytest.MonkeyPatch, limit: str, counted: str
) -> None:
    listed = 2
    if counted == "planned_slots":
        # On a holiday it is closed: there are slots to plan where it is one no longer.
        assert (await correction.put()).status == 200
        await correction.slots_after()
        listed = 1
    monkeypatch.setattr(f"services.venues.calendar_effects.{limit}", 0)
    imported = await correction.bring(listed)
    assert (imported.status, imported.body["effect"]) == (201, None)
    refused = await correction.approve(imported.body["import_id"])
    assert (refused.status, refused.code) == (409, "calendar_touches_too_much")
    assert (refused.body["counted"], refused.body["limit"]) == (counted, 0)
    assert "0" in refused.body["detail"]
    assert (await correction.approve(imported.body["import_id"], accept=True)).status == 201


@pytest.fixture
async def alone(
    correction: Correction,
    database_url: DatabaseUrl,
    clock: StandingClock,
    tokens: TokenMaker,
    tmp_path: Path,
) -> AsyncIterator[Correction]:
    """The same venues, while bookings is away."""
    async with serving(database_url, clock, tokens, NOWHERE, tmp_path) as client:
        stage = correction.stage
        other = Stage(client, client.app[DATABASE], clock, tokens, stage.organisation)
        yield Correction(correction.sold, other, correction.day)


async def test_while_bookings_is_away_no_year_takes_anything_away(
    correction: Correction, alone: Correction
) -> None:
    import_id = (await correction.bring()).body["import_id"]
    for answer in (await alone.approve(import_id), await alone.put(), await alone.bring()):
        assert (answer.status, answer.code) == (503, "temporarily_unavailable")
    # A year that nobody knew took nothing, and needs nobody's answer.
    far = f"/v1/calendars/{correction.day.year + 3}"
    body = {"source": "-", "days": [{**correction.body["days"][0], "day": f"{far[-4:]}-01-01"}]}
    assert (await alone.stage.call("PUT", far, alone.stage.office, body)).status == 200
    assert (await alone.put(accept=True)).status == 200
