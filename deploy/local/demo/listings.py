"""Putting the district online: villages by the office, venues by their operators."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.district import Demo, Offering, Organisation, Venue, Village

WEEKS_AHEAD: Final = 6


@dataclass(frozen=True, slots=True)
class Listed:
    """An offering that is on sale, with the id by which it is booked."""

    offering_id: str
    venue: Venue
    offering: Offering


@dataclass(frozen=True, slots=True)
class Desk:
    """Who puts things online, from which day on."""

    api: Api
    office: Person
    today: date


async def publish(desk: Desk, demo: Demo, done: Callable[[], None]) -> list[Listed]:
    """Publish the whole district and return what is on sale. What exists already stays."""
    api, office = desk.api, desk.office
    district = await api.call(
        "venues",
        "POST",
        "/v1/districts",
        demo.district.model_dump(mode="json"),
        by=office,
        key=f"demo-district-{demo.district.slug}",
    )
    villages = {}
    for village in demo.villages:
        villages[village.slug] = await _village(api, village, district["district_id"], office)
        done()
    listed: list[Listed] = []
    for organisation in demo.organisations:
        organisation_id, operator = await _organisation(api, organisation, office)
        for venue in demo.venues:
            if venue.organisation == organisation.key:
                ids = {"organisation_id": organisation_id, "village_id": villages[venue.village]}
                listed += await _venue(desk, venue, ids, operator)
                done()
    return listed


async def _village(api: Api, village: Village, district_id: str, office: Person) -> str:
    body = {**village.model_dump(mode="json"), "district_id": district_id}
    key = f"demo-village-{village.slug}"
    answer = await api.call("venues", "POST", "/v1/villages", body, by=office, key=key)
    village_id: str = answer["village_id"]
    return village_id


async def _organisation(api: Api, organisation: Organisation, office: Person) -> tuple[str, Person]:
    created = await api.call(
        "accounts",
        "POST",
        "/v1/organisations",
        {"name": organisation.name.model_dump()},
        by=office,
        key=f"demo-organisation-{organisation.key}",
    )
    organisation_id: str = created["organisation_id"]
    contact: Json = {"email": organisation.member}
    path = f"/v1/organisations/{organisation_id}/members"
    key = f"demo-member-{organisation.key}"
    await api.call("accounts", "POST", path, contact, by=office, key=key)
    return organisation_id, await api.sign_in(contact)


async def _venue(desk: Desk, venue: Venue, ids: Json, operator: Person) -> list[Listed]:
    api = desk.api
    fields = ("slug", "name", "summary", "description", "address", "day_capacity")
    body = {**venue.model_dump(mode="json", include=set(fields)), **ids}
    key = f"demo-venue-{venue.slug}"
    created = await api.call("venues", "POST", "/v1/venues", body, by=operator, key=key)
    path = f"/v1/venues/{created['venue_id']}"
    listed = [
        Listed(await _offering(desk, path, offering, operator), venue, offering)
        for offering in venue.offerings
    ]
    state = (await api.call("venues", "GET", path, by=operator))["state"]
    if state == "draft":
        await api.call("venues", "POST", f"{path}/submissions", by=operator)
        state = "submitted"
    if venue.state == "submitted":
        return []
    if state == "submitted":
        await api.call("venues", "POST", f"{path}/approvals", by=desk.office)
    return listed


async def _offering(desk: Desk, venue_path: str, offering: Offering, operator: Person) -> str:
    api, today = desk.api, desk.today
    body = offering.model_dump(
        mode="json", exclude={"prices", "capacity", "weekdays", "times"}, exclude_none=True
    )
    body["prices"] = [
        {"ticket_type": ticket, "fen": fen} for ticket, fen in offering.prices.items()
    ]
    created = await api.call(
        "venues",
        "POST",
        f"{venue_path}/offerings",
        body,
        by=operator,
        key=f"demo-offering-{offering.slug}",
    )
    offering_id: str = created["offering_id"]
    schedule: Json = {
        "weekdays": offering.weekdays,
        "times": offering.times,
        "from": today.isoformat(),
        "until": (today + timedelta(weeks=WEEKS_AHEAD)).isoformat(),
        "capacity": offering.capacity,
    }
    path = f"/v1/offerings/{offering_id}/schedule"
    await api.call("venues", "PUT", path, schedule, by=operator)
    return offering_id
