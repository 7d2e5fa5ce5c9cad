"""Listings with changes that wait, as the tests of their life need them."""

from dataclasses import dataclass

from tests.venues.stage import Answer, Json, Stage, both, price, session_body

DEARER = [price("adult", 15800), price("child", 6800)]
THERE = both("嘉溪村 3 号", "3 Jiaxi")
NEW = session_body(slug="coopering", name=both("箍桶体验", "Coopering"))


@dataclass(frozen=True, slots=True)
class Listed:
    """A published venue with a workshop, and where they are changed."""

    stage: Stage
    venue: Json
    offering: Json

    @property
    def path(self) -> str:
        return f"/v1/venues/{self.venue['venue_id']}"

    @property
    def offering_path(self) -> str:
        return f"{self.path}/offerings/{self.offering['offering_id']}"

    async def change(self, body: object, *, of_venue: bool = False) -> Json:
        path = self.path if of_venue else self.offering_path
        changed: Json = await self.stage.good("PATCH", path, self.stage.operator, body)
        return changed

    async def wait(self, body: object, *, of_venue: bool = False) -> Json:
        """Make a change of which something waits; return what waits."""
        waiting: Json = (await self.change(body, of_venue=of_venue))["pending_change"]
        assert waiting["state"] == "pending"
        return waiting

    async def now(self) -> Json:
        """Return the venue as it is."""
        now: Json = await self.stage.good("GET", self.path, self.stage.operator)
        return now

    async def workshop(self) -> Json:
        path = f"/v1/offerings/{self.offering['offering_id']}"
        now: Json = await self.stage.good("GET", path, self.stage.operator)
        return now

    async def decide(
        self, proposal: Json, step: str, token: str | None = None, body: object = None
    ) -> Answer:
        path = f"/v1/change-proposals/{proposal['proposal_id']}/{step}"
        if step == "rejections" and body is None:
            body = {"reason": "价格太高"}
        return await self.stage.call("POST", path, token or self.stage.office, body)

    async def proposals(self, state: str, token: str | None = None) -> list[Json]:
        path = f"/v1/change-proposals?state={state}"
        items: list[Json] = (await self.stage.good("GET", path, token or self.stage.office))[
            "items"
        ]
        return items

    async def history(self, token: str | None = None) -> list[Json]:
        path = f"{self.path}/history?limit=100"
        items: list[Json] = (await self.stage.good("GET", path, token or self.stage.operator))[
            "items"
        ]
        return items

    async def district(self) -> str:
        village = self.venue["village"]["village_id"]
        district: str = (await self.stage.good("GET", f"/v1/villages/{village}"))["district_id"]
        return f"/v1/districts/{district}"


async def listed(stage: Stage) -> Listed:
    venue, offering = await stage.published_venue()
    await stage.forget_events()
    return Listed(stage, venue, offering)


async def added(stage: Stage, body: Json | None = None, **schedule: object) -> Listed:
    """Return a published venue with a second offering, which waits with its schedule."""
    venue, _ = await stage.published_venue()
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    offering = await stage.good("POST", path, stage.operator, body or NEW)
    assert offering["pending_change"]["state"] == "pending"
    await stage.schedule(offering, **schedule)
    await stage.forget_events()
    return Listed(stage, venue, offering)


async def approved(listing: Listed) -> Answer:
    """Let the office approve what waits of a listing."""
    [waiting] = await listing.proposals("pending")
    return await listing.decide(waiting, "approvals")
