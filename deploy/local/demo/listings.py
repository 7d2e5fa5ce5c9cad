"""Putting the district online: villages by the office, venues by their operators."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.district import Demo, District, Offering, Organisation, Venue, Village
from deploy.local.demo.licences import license_venue
from deploy.local.demo.sessions import Sessions
from deploy.local.demo.years import enter_unknown_years
from shared.contracts.terms import OfferingTerms, TicketPrice
from shared.http.client import ProblemAnswer

WEEKS_AHEAD: Final = 6
EVERY_SECOND_SATURDAY: Final = "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA"
# Whenever the demo is loaded, it means the same Saturdays.
FIRST_SATURDAY: Final = date(2026, 1, 3)
FORTNIGHT: Final = timedelta(weeks=2)


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
    sessions: Sessions
    office: Person
    today: date


async def publish(desk: Desk, demo: Demo, done: Callable[[], None]) -> list[Listed]:
    """Publish the whole district and return what is on sale. What exists already stays."""
    await enter_unknown_years(desk.api, desk.office, desk.today, WEEKS_AHEAD)
    api, known = desk.api, await _known(desk)
    district_id = known.district_id or await _district(desk, demo.district)
    for village in demo.villages:
        if village.slug not in known.villages:
            known.villages[village.slug] = await _village(desk, village, district_id)
        done()
    listed: list[Listed] = []
    for organisation in demo.organisations:
        organisation_id = known.organisations.get(organisation.name)
        organisation_id = organisation_id or await _organisation(desk, organisation)
        operator = await desk.sessions.of(own_member(organisation))
        if not api.authenticators.knows(organisation.member):
            await _invite(api, organisation_id, organisation.member, operator)
        for venue in demo.venues:
            if venue.organisation == organisation.key:
                ids = {
                    "organisation_id": organisation_id,
                    "village_id": known.villages[venue.village],
                }
                created = known.venues.get(venue.slug)
                created = created or await _create_venue(api, venue, ids, operator)
                listed += await _open_venue(desk, venue, created, operator)
                done()
    return listed


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run put online: ids by slug, organisations by name."""

    district_id: str | None
    villages: dict[str, str]
    organisations: dict[str, str]
    venues: dict[str, Json]


async def _known(desk: Desk) -> Known:
    async def everything(service: str, path: str, **params: str) -> list[Json]:
        answer = await desk.api.call(
            service, "GET", path, by=desk.office, params={**params, "limit": 100}
        )
        items: list[Json] = answer["items"]
        return items

    villages = await everything("venues", "/v1/villages")
    organisations = await everything("accounts", "/v1/organisations")
    venues = await everything("venues", "/v1/venues", state="any")
    return Known(
        district_id=villages[0]["district_id"] if villages else None,
        villages={village["slug"]: village["village_id"] for village in villages},
        organisations={one["name"]: one["organisation_id"] for one in organisations},
        venues={venue["slug"]: venue for venue in venues},
    )


async def _district(desk: Desk, district: District) -> str:
    body = district.model_dump(mode="json")
    key = f"demo-district-{district.slug}"
    answer = await desk.api.call("venues", "POST", "/v1/districts", body, by=desk.office, key=key)
    district_id: str = answer["district_id"]
    return district_id


async def _village(desk: Desk, village: Village, district_id: str) -> str:
    body = {**village.model_dump(mode="json"), "district_id": district_id}
    key = f"demo-village-{village.slug}"
    answer = await desk.api.call("venues", "POST", "/v1/villages", body, by=desk.office, key=key)
    village_id: str = answer["village_id"]
    return village_id


async def _organisation(desk: Desk, organisation: Organisation) -> str:
    body = {"name": organisation.name}
    key = f"demo-organisation-{organisation.key}"
    created = await desk.api.call(
        "accounts", "POST", "/v1/organisations", body, by=desk.office, key=key
    )
    organisation_id: str = created["organisation_id"]
    path = f"/v1/organisations/{organisation_id}/members"
    member = own_member(organisation)
    key, body = f"demo-member-{member['email']}", member | {"role": "owner"}
    await desk.api.call("accounts", "POST", path, body, by=desk.office, key=key)
    return organisation_id


async def _invite(api: Api, organisation_id: str, address: str, operator: Person) -> None:
    """Invite the well-known member, who accepts where their authenticator is set up."""
    path = f"/v1/organisations/{organisation_id}/members"
    body = {"email": address, "role": "owner"}
    await api.call("accounts", "POST", path, body, by=operator, key=f"demo-member-{address}")


def own_member(organisation: Organisation) -> Json:
    """Return the contact by which the demo itself acts for an organisation."""
    return {"email": f"demo-{organisation.key}@xiangyou.example"}


async def _create_venue(api: Api, venue: Venue, ids: Json, operator: Person) -> Json:
    fields = {"slug", "name", "summary", "description", "address", "day_capacity"}
    body = {**venue.model_dump(mode="json", include=fields), **ids}
    key = f"demo-venue-{venue.slug}"
    created: Json = await api.call("venues", "POST", "/v1/venues", body, by=operator, key=key)
    return created


async def _open_venue(desk: Desk, venue: Venue, created: Json, operator: Person) -> list[Listed]:
    path = f"/v1/venues/{created['venue_id']}"
    known = {one["slug"]: one for one in created["offerings"]}
    ids = {slug: one["offering_id"] for slug, one in known.items()}
    for offering in venue.offerings:
        if offering.slug not in ids:
            ids[offering.slug] = await _offering(desk.api, path, offering, operator)
        else:
            await _bring_up_to_date(desk, path, known[offering.slug], offering, operator)
        await _schedule(desk, ids[offering.slug], offering, operator)
    await license_venue(
        desk.api,
        created["venue_id"],
        operator=operator,
        office=desk.office,
        today=desk.today,
        ends_in_days=venue.licence_ends_in_days,
    )
    now = await desk.api.call("venues", "GET", path, by=operator)
    if now["state"] == "draft":
        now = await desk.api.call("venues", "POST", f"{path}/submissions", by=operator)
    if venue.state == "submitted":
        return []
    if now["state"] == "submitted":
        read = now["version"]
        await desk.api.call("venues", "POST", f"{path}/approvals", by=desk.office, if_match=read)
    await _approve_new(desk, now)
    return [Listed(ids[offering.slug], venue, offering) for offering in venue.offerings]


async def _approve_new(desk: Desk, venue: Json) -> None:
    """Approve what this release offers, and the one that put the venue online did not."""
    held_back = [one["offering_id"] for one in venue["offerings"] if one["held_back"]]
    if not held_back:
        return
    params = {"venue": venue["venue_id"], "limit": 100}
    path = "/v1/change-proposals"
    waiting = await desk.api.call("venues", "GET", path, by=desk.office, params=params)
    for one in waiting["items"]:
        if one["offering_id"] in held_back:
            approvals = f"{path}/{one['proposal_id']}/approvals"
            await desk.api.call("venues", "POST", approvals, by=desk.office)


async def _offering(api: Api, venue_path: str, offering: Offering, operator: Person) -> str:
    fields = {"slug", "kind", "name", "description", "persons_per_unit", "duration_minutes"}
    body = offering.model_dump(mode="json", include=fields, exclude_none=True)
    path, key = f"{venue_path}/offerings", f"demo-offering-{offering.slug}"
    created = await api.call(
        "venues", "POST", path, {**body, **conditions(offering)}, by=operator, key=key
    )
    offering_id: str = created["offering_id"]
    return offering_id


def conditions(offering: Offering) -> Json:
    """Return prices, payment and terms as the API takes them."""
    return {
        "prices": [price.model_dump(mode="json") for price in offering.price_list],
        "payment": offering.payment,
        "terms": offering.terms.model_dump(mode="json"),
    }


async def _bring_up_to_date(
    desk: Desk, venue_path: str, known: Json, offering: Offering, operator: Person
) -> None:
    """Give an offering that an earlier release put online its present prices and terms."""
    prices = {TicketPrice.model_validate(price) for price in known["prices"]}
    terms = OfferingTerms.model_validate(known["terms"])
    if (prices, known["payment"], terms) != (
        set(offering.price_list),
        offering.payment,
        offering.terms,
    ):
        path = f"{venue_path}/offerings/{known['offering_id']}"
        changed = await desk.api.call(
            "venues",
            "PATCH",
            path,
            conditions(offering),
            by=operator,
            if_match=known["version"],
        )
        if waiting := changed["pending_change"]:
            path = f"/v1/change-proposals/{waiting['proposal_id']}/approvals"
            await desk.api.call("venues", "POST", path, by=desk.office)


async def _schedule(desk: Desk, offering_id: str, offering: Offering, operator: Person) -> None:
    body: Json = {
        "weekdays": offering.weekdays,
        "times": offering.times,
        "opens_at": offering.opens_at,
        "closes_at": offering.closes_at,
        "from": desk.today.isoformat(),
        "until": (desk.today + timedelta(weeks=WEEKS_AHEAD)).isoformat(),
        "capacity": offering.capacity,
        **special_days(offering, desk.today, weeks=WEEKS_AHEAD),
    }
    path = f"/v1/offerings/{offering_id}/schedule"
    version = await _schedule_version(desk.api, path, operator)
    await desk.api.call("venues", "PUT", path, body, by=operator, if_match=version)


def special_days(offering: Offering, today: date, *, weeks: int) -> Json:
    """Return the rules and exceptions of an offering's schedule, as the API takes them."""
    coming = [today + timedelta(days=number) for number in range(weeks * 7 + 1)]
    since_first = (today - FIRST_SATURDAY) // FORTNIGHT * FORTNIGHT
    fortnightly = {"rrule": EVERY_SECOND_SATURDAY, "from": str(FIRST_SATURDAY + since_first)}
    return {
        "rules": [fortnightly] if offering.every_second_saturday else [],
        "exceptions": [
            {"day": str(day), "closed": True, "note": closed.note.model_dump()}
            for closed in offering.closed_on
            for day in coming
            if f"{day:%m-%d}" == closed.day
        ],
    }


async def _schedule_version(api: Api, path: str, operator: Person) -> int | None:
    """Return the version of the schedule that an earlier run has set, or None."""
    try:
        version: int = (await api.call("venues", "GET", path, by=operator))["version"]
    except ProblemAnswer as problem:
        if problem.code == "not_found":
            return None
        raise
    return version
