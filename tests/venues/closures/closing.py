"""Closures as people order, approve and reopen them over the API."""

from datetime import datetime, timedelta
from typing import Any, Final

from shared.core.ids import new_id
from tests.venues.stage import NOW, Answer, Json, Stage, both

FROM: Final = NOW + timedelta(hours=2)
UNTIL: Final = NOW + timedelta(days=3)
REASON: Final = both("台风将至", "A typhoon is coming")


def closure_body(**other: object) -> Json:
    return {
        "from": FROM.isoformat(),
        "until": UNTIL.isoformat(),
        "cause": "disaster",
        "orders": "cancel",
        "reason": REASON,
        **other,
    }


class Closing:
    """Two people of the office, and what they and operators do with closures."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.proposer_id, self.approver_id = new_id(), new_id()
        maker = stage.tokens
        self.proposer = maker.person(self.proposer_id, roles=("office_approver",))
        self.approver = maker.person(self.approver_id, roles=("office_director",))

    async def order(self, token: str, **body: object) -> Answer:
        return await self.stage.call("POST", "/v1/closures", token, closure_body(**body))

    async def proposed(self, *village_ids: str, **body: object) -> Json:
        answer = await self.order(self.proposer, villages=list(village_ids), **body)
        assert answer.status == 201, answer.body
        closure: Json = answer.body["closure"]
        return closure

    async def approve(self, closure: Json, token: str | None = None) -> Answer:
        return await self.stage.call(
            "POST",
            f"/v1/closures/{closure['closure_id']}/approvals",
            token or self.approver,
            If_Match=f'"{closure["version"]}"',
        )

    async def in_force(self, *village_ids: str, **body: object) -> Json:
        answer = await self.approve(await self.proposed(*village_ids, **body))
        assert answer.status == 200, answer.body
        closure: Json = answer.body
        return closure

    async def reopen(self, closure: Json, token: str | None = None, **body: object) -> Answer:
        path = f"/v1/closures/{closure['closure_id']}/reopenings"
        return await self.stage.call("POST", path, token or self.proposer, body)

    async def show(self, closure: Json, token: str | None = None) -> Answer:
        path = f"/v1/closures/{closure['closure_id']}"
        return await self.stage.call("GET", path, token or self.proposer)

    async def listed(self, token: str | None = None, query: str = "") -> list[str]:
        answer = await self.stage.call("GET", f"/v1/closures{query}", token or self.proposer)
        assert answer.status == 200, answer.body
        return [one["closure_id"] for one in answer.body["items"]]

    async def told(self) -> list[Any]:
        return [event for event in await self.stage.told() if event.type.startswith("closure.")]


def moment(instant: datetime) -> str:
    return instant.isoformat()
