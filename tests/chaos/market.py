"""A venue with one large session and a camp, put online by the API for a test to sell out."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.licences import license_venue
from shared.core.clock import SHANGHAI, SystemClock, today
from shared.http.client import ProblemAnswer
from tests.stack.running import OFFICE

WEDNESDAY: Final = 3
ON_SALE_SECONDS: Final = 20.0
PLENTY: Final = 5_000
SESSION: Final[Json] = {
    "kind": "session",
    "duration_minutes": 90,
    "prices": [{"ticket_type": "adult", "fen": 5_000}],
}
STAY: Final[Json] = {
    "kind": "stay",
    "persons_per_unit": 4,
    "prices": [{"ticket_type": "pitch", "fen": 9_000}],
}


def text(words: str) -> Json:
    return {"zh": words, "en": words}


@dataclass(frozen=True, slots=True)
class Market:
    """What is on sale: `seats` of a session, and a camp with plenty of pitches."""

    office: Person
    village_id: str
    day: date
    session_id: str
    starts_at: str
    seats: int
    camp_id: str

    def lines(self, tickets: Json, *, with_camp: bool) -> list[Json]:
        """Return the lines of an order."""
        session = {
            "offering_id": self.session_id,
            "starts_at": self.starts_at,
            "tickets": tickets,
        }
        night = {"date": self.day.isoformat(), "nights": 1, "tickets": tickets}
        return [session, {"offering_id": self.camp_id, **night}] if with_camp else [session]


async def open_market(api: Api, seats: int) -> Market:
    """Put a village, a venue and both offerings online; return when bookings sells them."""
    mark = secrets.token_hex(4)
    office = await api.sign_in({"email": OFFICE})
    village_id = await _village(api, office, mark)
    operator, organisation_id = await _operator(api, office, mark)
    venue = {
        "organisation_id": organisation_id,
        "village_id": village_id,
        "slug": f"market-{mark}",
        **{name: text("Market") for name in ("name", "summary", "description", "address")},
        "day_capacity": PLENTY,
    }
    created = await _post(api, "/v1/venues", venue, operator)
    path = f"/v1/venues/{created['venue_id']}"
    # On a Wednesday, so that journeys, which look at weekends, leave it alone.
    day = today(SystemClock()) + timedelta(days=14)
    day += timedelta(days=(WEDNESDAY - day.isoweekday()) % 7)
    session_id = await _offering(api, path, operator, SESSION)
    camp_id = await _offering(api, path, operator, STAY)
    await _schedule(api, session_id, operator, day, {"times": ["14:00"], "capacity": seats})
    await _schedule(api, camp_id, operator, day, {"times": [], "capacity": PLENTY})
    await license_venue(
        api,
        created["venue_id"],
        operator=operator,
        office=office,
        today=today(SystemClock()),
    )
    read = (await api.call("venues", "POST", f"{path}/submissions", by=operator))["version"]
    await api.call("venues", "POST", f"{path}/approvals", by=office, if_match=read)
    starts_at = datetime.combine(day, time(14), SHANGHAI).isoformat()
    market = Market(office, village_id, day, session_id, starts_at, seats, camp_id)
    await _until_on_sale(api, market)
    return market


async def _post(api: Api, path: str, body: Json, by: Person) -> Json:
    created: Json = await api.call("venues", "POST", path, body, by=by, key=secrets.token_hex(8))
    return created


async def _village(api: Api, office: Person, mark: str) -> str:
    district = {"slug": f"district-{mark}", "name": text("District"), "day_capacity": PLENTY}
    created = await _post(api, "/v1/districts", district, office)
    village = {
        "district_id": created["district_id"],
        "slug": f"village-{mark}",
        **{name: text("Village") for name in ("name", "subdistrict", "story", "how_to_get_there")},
        "location": {"lat": 29.9, "lon": 121.8},
        "day_capacity": PLENTY,
    }
    village_id: str = (await _post(api, "/v1/villages", village, office))["village_id"]
    return village_id


async def _operator(api: Api, office: Person, mark: str) -> tuple[Person, str]:
    contact = {"email": f"operator-{mark}@xiangyou.example"}
    created = await api.call(
        "accounts", "POST", "/v1/organisations", {"name": mark}, by=office, key=f"o-{mark}"
    )
    organisation_id: str = created["organisation_id"]
    members = f"/v1/organisations/{organisation_id}/members"
    member = contact | {"role": "owner"}
    await api.call("accounts", "POST", members, member, by=office, key=f"m-{mark}")
    return await api.sign_in(contact), organisation_id


async def _offering(api: Api, venue: str, operator: Person, kind: Json) -> str:
    name = {"slug": kind["kind"], "name": text(kind["kind"]), "description": text(kind["kind"])}
    body = {**name, **kind, "payment": "on_site"}
    offering_id: str = (await _post(api, f"{venue}/offerings", body, operator))["offering_id"]
    return offering_id


async def _schedule(api: Api, offering_id: str, operator: Person, day: date, how: Json) -> None:
    body = {"weekdays": [WEDNESDAY], "from": day.isoformat(), "until": day.isoformat(), **how}
    path = f"/v1/offerings/{offering_id}/schedule"
    await api.call("venues", "PUT", path, body, by=operator)


async def _until_on_sale(api: Api, market: Market) -> None:
    both = [market.session_id, market.camp_id]
    params = {"offering": both, "from": market.day, "to": market.day}
    async with asyncio.timeout(ON_SALE_SECONDS):
        while True:
            try:
                answer = await api.call("bookings", "GET", "/v1/availability", params=params)
            except ProblemAnswer as problem:
                assert problem.code == "not_found", problem  # noqa: PT017
            else:
                if len(answer["items"]) == len(both):
                    return
            await asyncio.sleep(0.1)
