"""The demo gives its venues the licences that they lack, and nothing when it is loaded again."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.licences import license_venue
from tests.venues.stage import Stage, stay_body


@dataclass
class StageApi:
    """The stage's service, called as the demo calls a stack's."""

    stage: Stage

    async def call(
        self,
        _service: str,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        by: Person,
        key: str | None = None,
        if_match: int | None = None,
    ) -> Any:
        headers = {"Idempotency_Key": key} if key else {}
        if if_match is not None:
            headers["If_Match"] = f'"{if_match}"'
        answer = await self.stage.call(method, path, by.token, body, **headers)
        assert answer.status < 300, answer.body
        return answer.body

    async def send(
        self, _service: str, path: str, content: bytes, content_type: str, *, by: Person
    ) -> Any:
        headers = {"Authorization": f"Bearer {by.token}", "Content-Type": content_type}
        async with self.stage.client.put(path, data=content, headers=headers) as response:
            assert response.status == 200
            return await response.json()


async def test_a_venue_gets_what_it_lacks_once_and_one_that_ends_soon(stage: Stage) -> None:
    venue = await stage.venue(licensed=False)
    await stage.schedule(await stage.offering(venue, stay_body()), times=[])
    for _ in range(2):
        await license_venue(
            cast("Api", StageApi(stage)),
            venue["venue_id"],
            operator=Person({}, stage.operator, ""),
            office=Person({}, stage.office, ""),
            today=date(2026, 9, 11),
            ends_in_days=10,
        )
    path = f"/v1/venues/{venue['venue_id']}/licences"
    found = await stage.good("GET", path, stage.operator)
    assert found["missing"] == []
    assert sorted(one["kind"] for one in found["items"]) == ["business", "camping_filing", "fire"]
    assert {one["state"] for one in found["items"]} == {"confirmed"}
    assert min(one["days_left"] for one in found["items"]) == 10
    await stage.move(venue, "submissions")
    assert (await stage.move(venue, "approvals", stage.office))["state"] == "published"
