"""A newcomer becomes an operator: a café with tables and a campsite, online in one go."""

import asyncio
import secrets
from datetime import date, timedelta
from typing import Final

from deploy.local.demo.api import Json, Person
from deploy.local.demo.licences import license_venue
from deploy.local.demo.steps import Opened, Stage, new_key
from deploy.local.demo.story import StepFailedError, eventually, expect
from shared.core.clock import SystemClock, today
from shared.http.client import ProblemAnswer

WEEKS_AHEAD: Final = 8
# A café's weeks are two thousand quarters of an hour.
WITHIN_SECONDS: Final = 30.0
EVERY_DAY: Final = [1, 2, 3, 4, 5, 6, 7]


async def open_places(stage: Stage) -> Opened:
    """Register, enter two venues, have them licensed and approved, and find both on sale."""
    stage.story.chapter("A newcomer opens a café and a campsite  新手开店：茶座与营地")
    owner, organisation_id = await register(stage)
    villages = (await stage.api.call("venues", "GET", "/v1/villages"))["items"][:2]
    mark = secrets.token_hex(3)
    entered = []
    for kind, village in (("table", villages[0]), ("stay", villages[1])):
        ids = {"organisation_id": organisation_id, "village_id": village["village_id"]}
        entered.append(await enter(stage, owner, {**ids, **VENUES[kind](mark)}, OFFERS[kind]))
    await asyncio.gather(*(publish(stage, owner, venue) for venue in entered))
    cafe = await on_sale(stage, entered[0], "table")
    camp = await on_sale(stage, entered[1], "stay")
    return Opened(owner, cafe, camp, villages)


async def register(stage: Stage) -> tuple[Person, str]:
    """Sign in, register an organisation, set up the second factor that its owner needs."""
    api = stage.api
    contact = {"email": f"owner-{secrets.token_hex(4)}@xiangyou.example"}
    session = await api.start_session(contact)
    newcomer = Person(contact, session["access_token"], session["account_id"])
    name = {"name": f"溪畔合作社 {secrets.token_hex(2)}"}
    created = await api.call(
        "accounts", "POST", "/v1/organisations", name, by=newcomer, key=new_key()
    )
    body = {"session_token": session["session_token"]}
    renewed = await api.call("accounts", "POST", "/v1/sessions/renewals", body)
    expect("what the owner's session waits for", renewed["second_factor"], "to_enrol")
    full = await api.with_second_factor(contact, renewed)
    expect("the owner's organisations", full["organisations"], [created["organisation_id"]])
    stage.story.tell(f"registered {created['name']}; its owner has set up an authenticator")
    return Person(contact, full["access_token"], full["account_id"]), created["organisation_id"]


async def enter(stage: Stage, owner: Person, body: Json, offer: Json) -> Json:
    """Enter a venue with one offering and its schedule; return the venue."""
    api = stage.api
    venue: Json = await api.call("venues", "POST", "/v1/venues", body, by=owner, key=new_key())
    path = f"/v1/venues/{venue['venue_id']}/offerings"
    offering = await api.call("venues", "POST", path, offer["offering"], by=owner, key=new_key())
    first = today(SystemClock())
    days = {
        "from": first.isoformat(),
        "until": last_day().isoformat(),
        "weekdays": EVERY_DAY,
    }
    path = f"/v1/offerings/{offering['offering_id']}/schedule"
    schedule = await api.call("venues", "PUT", path, {**days, **offer["schedule"]}, by=owner)
    stage.story.tell(f"entered {venue['name']['zh']}: {schedule['slots']:,} times to book")
    return venue


async def publish(stage: Stage, owner: Person, venue: Json) -> None:
    """Submit a venue, see it refused without its licences, and approved with them."""
    api, path = stage.api, f"/v1/venues/{venue['venue_id']}"
    read = (await api.call("venues", "POST", f"{path}/submissions", by=owner))["version"]
    try:
        await api.call("venues", "POST", f"{path}/approvals", by=stage.office, if_match=read)
    except ProblemAnswer as problem:
        expect("what an approval without licences is told", problem.code, "licence_missing")
    else:
        raise StepFailedError("a venue without a licence was published")
    await license_venue(
        api, venue["venue_id"], operator=owner, office=stage.office, today=today(SystemClock())
    )
    approved = await api.call("venues", "POST", f"{path}/approvals", by=stage.office, if_match=read)
    expect("the venue's state", approved["state"], "published")
    stage.story.tell(f"{venue['name']['zh']}: refused without licences, approved with them")


async def on_sale(stage: Stage, venue: Json, kind: str) -> Json:
    """Find the venue's offering in the search of visitors, with places to book."""

    async def look() -> Json | None:
        params = {"q": venue["name"]["zh"], "kind": kind}
        found = (await stage.api.call("venues", "GET", "/v1/venues", params=params))["items"]
        here = [one for one in found if one["venue_id"] == venue["venue_id"]]
        offering: Json | None = here[0]["offerings"][0] if here else None
        if offering is None:
            return None
        # Times go on sale in their order: when the last ones are, all are.
        days = (tomorrow(), last_day())
        free = [await free_places(stage, offering, day) for day in days]
        return offering if all(free) else None

    offering = await eventually(f"{venue['name']['zh']} on sale", look, within=WITHIN_SECONDS)
    stage.story.tell(f"visitors find {venue['name']['zh']}, and could book it from tomorrow on")
    return offering


async def free_places(stage: Stage, offering: Json, day: date) -> int:
    """Return how many places one of the offering's slots of a day has at most."""
    params = {"offering": offering["offering_id"], "from": day, "to": day}
    answer = await stage.api.call("bookings", "GET", "/v1/availability", params=params)
    return max((slot["left"] for slot in answer["items"]), default=0)


def tomorrow() -> date:
    """Return the next day, in the villages."""
    return today(SystemClock()) + timedelta(days=1)


def last_day() -> date:
    """Return the last day of the schedules."""
    return today(SystemClock()) + timedelta(weeks=WEEKS_AHEAD)


def _text(chinese: str, english: str) -> Json:
    return {"zh": chinese, "en": english}


def _cafe(mark: str) -> Json:
    return {
        "slug": f"brook-cafe-{mark}",
        "name": _text(f"溪畔茶座 {mark}", f"Brook café {mark}"),
        "summary": _text("溪边六张桌子，手冲咖啡和青团", "Six tables by the brook"),
        "description": _text(
            "老磨坊改成的茶座，门前就是溪水。", "A tea room in the old mill, by the water."
        ),
        "address": _text("溪畔路 6 号", "6 Brook Lane"),
        "day_capacity": 200,
    }


def _camp(mark: str) -> Json:
    return {
        "slug": f"brook-camp-{mark}",
        "name": _text(f"溪畔营地 {mark}", f"Brook campsite {mark}"),
        "summary": _text("竹林下的十个营位", "Ten pitches under bamboo"),
        "description": _text("草地平整，有热水和公共厨房。", "Level grass, hot water, a kitchen."),
        "address": _text("溪畔路 18 号", "18 Brook Lane"),
        "day_capacity": 80,
    }


VENUES: Final = {"table": _cafe, "stay": _camp}
OFFERS: Final[dict[str, Json]] = {
    "table": {
        "offering": {
            "slug": "tables",
            "kind": "table",
            "name": _text("溪边的桌子", "A table by the brook"),
            "description": _text("按桌预订，到店点单。", "Booked by the table."),
            "prices": [{"ticket_type": "table", "fen": 0}],
            "payment": "free",
            "terms": {
                "options": [
                    {"code": "two", "name": _text("两人桌", "For two"), "units": 4, "persons": 2},
                    {"code": "six", "name": _text("六人桌", "For six"), "units": 2, "persons": 6},
                ],
                "seating": [{"up_to_persons": 6, "minutes": 90}],
            },
        },
        "schedule": {"opens_at": "09:00", "closes_at": "18:00"},
    },
    "stay": {
        "offering": {
            "slug": "pitches",
            "kind": "stay",
            "name": _text("竹林营位", "A pitch under bamboo"),
            "description": _text("自带帐篷，一晚起订。", "Bring your tent."),
            "prices": [{"ticket_type": "pitch", "fen": 12800}],
            "payment": "on_site",
            "persons_per_unit": 4,
        },
        "schedule": {"capacity": 10},
    },
}
