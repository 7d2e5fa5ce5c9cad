"""Licences as operators enter them and the office decides about them."""

from datetime import date
from typing import Any, Final

from services.venues.jobs.watch_licences import watch_licences
from tests.venues.stage import (
    Answer,
    Json,
    Stage,
    session_body,
)

# The stage's clock stands on 11 September 2026.
TODAY: Final = date(2026, 9, 11)
HOURS: Final[Json] = {"times": [], "opens_at": "09:00", "closes_at": "18:00"}


def licence_body(kind: str = "business", **other: object) -> Json:
    return {
        "kind": kind,
        "number": f"{kind}-2026-1",
        "issued_by": "北仑区市场监管局",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        **other,
    }


async def enter(stage: Stage, venue: Json, kind: str = "business", **other: object) -> Json:
    path = f"/v1/venues/{venue['venue_id']}/licences"
    licence: Json = await stage.good("POST", path, stage.operator, licence_body(kind, **other))
    return licence


async def scan(stage: Stage, licence: Json) -> Json:
    """Send the document of a licence; return the licence after it."""
    path = f"/v1/licences/{licence['licence_id']}/document"
    headers = {"Authorization": f"Bearer {stage.operator}", "Content-Type": "application/pdf"}
    async with stage.client.put(path, data=b"%PDF-1.7\n%%EOF\n", headers=headers) as response:
        assert response.status == 200
        scanned: Json = await response.json()
        return scanned


async def confirm(stage: Stage, licence: Json) -> Json:
    """Send the document of a licence, and confirm it."""
    await scan(stage, licence)
    path = f"/v1/licences/{licence['licence_id']}/confirmations"
    confirmed: Json = await stage.good("POST", path, stage.office)
    return confirmed


async def confirmed(stage: Stage, venue: Json, kind: str = "business", **other: object) -> Json:
    return await confirm(stage, await enter(stage, venue, kind, **other))


async def refuse(stage: Stage, licence: Json, reason: str = "看不清") -> Json:
    path = f"/v1/licences/{licence['licence_id']}/refusals"
    refused: Json = await stage.good("POST", path, stage.office, {"reason": reason})
    return refused


async def listed(stage: Stage, venue: Json, token: str | None = None) -> Json:
    path = f"/v1/venues/{venue['venue_id']}/licences"
    answer: Json = await stage.good("GET", path, token or stage.operator)
    return answer


async def unlicensed(stage: Stage, *offerings: tuple[Json, Json], **other: object) -> Json:
    """Return a submitted venue without any licence that offers these, each with its schedule."""
    venue = await stage.venue(None, licensed=False, **other)
    for body, schedule in offerings or [(session_body(), {})]:
        await stage.schedule(await stage.offering(venue, body), **schedule)
    return await stage.move(venue, "submissions")


async def approve(stage: Stage, venue: Json) -> Answer:
    return await stage.call("POST", f"/v1/venues/{venue['venue_id']}/approvals", stage.office)


def days_pass(stage: Stage, days: int) -> None:
    """Let days pass; everybody signs in again, because tokens don't last so long."""
    stage.clock.pass_days(days)
    stage.__post_init__()


async def watch(stage: Stage) -> None:
    app: Any = stage.client.app
    await watch_licences(app)


async def licensed_until(stage: Stage, last: date) -> tuple[Json, Json]:
    """Return a published workshop, and its business licence, which ends that day."""
    venue = await unlicensed(stage)
    licence = await confirmed(stage, venue, valid_until=last.isoformat())
    venue = await stage.move(venue, "approvals", stage.office)
    await stage.forget_events()
    return venue, licence
