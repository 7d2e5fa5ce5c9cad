"""Two gates without a network tell of their scans later, in a heap; one ticket was at both."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from deploy.local.demo.api import Json
from deploy.local.demo.steps import PaidPlan, Stage, figure, moved, of
from deploy.local.demo.story import eventually, expect
from shared.core.clock import SystemClock, today

GATES = ("东门", "西门")
FIRST_SCAN = timedelta(minutes=20)
CONFLICT_AFTER = timedelta(minutes=7)


async def merge(stage: Stage, plan: PaidPlan) -> None:
    """Let two gates tell of their scans, twice, and find the ticket that was shown at both."""
    stage.story.chapter("The gates had no signal  检票口没有信号")
    answer = await stage.api.call("bookings", "GET", f"{of(plan.order)}/tickets", by=plan.visitor)
    valid = [ticket for ticket in answer["items"] if ticket["state"] == "valid"]
    # The line with most tickets shows most.
    number = max(range(len(plan.stops)), key=lambda place: len(_tickets(plan, place, valid)))
    tickets, stop = _tickets(plan, number, valid), plan.stops[number]
    before = await figure(stage, stop.village, stop.day)
    operator = await stage.operator_of(stop.offering)
    scans = scans_of(tickets)
    for time in ("first", "second"):
        heap = random.sample(scans, len(scans))
        answer = await stage.api.call(
            "bookings", "POST", "/v1/check-ins", {"batch": heap}, by=operator
        )
        outcomes = {one["scan_id"]: one["outcome"] for one in answer["items"]}
        found = [outcomes[scan["scan_id"]] for scan in scans]
        wanted = ["admitted"] * len(tickets) + ["conflict"]
        expect(f"the scans, told of for the {time} time", found, wanted)
    stage.story.tell(
        f"{len(scans)} scans of two gates merged by their own times, and again without effect"
    )
    await conflict_found(stage, plan, number, scans[-1])
    persons = sum(ticket["admits"] for ticket in tickets)
    await moved(stage, before, arrived=persons)


def scans_of(tickets: Sequence[Json]) -> list[Json]:
    """Return a scan of each ticket at one of the gates, and later one of the first at the other."""
    first = SystemClock().now() - FIRST_SCAN
    scans = [
        _scan(ticket, GATES[place % 2], first + timedelta(seconds=place))
        for place, ticket in enumerate(tickets)
    ]
    return [*scans, _scan(tickets[0], GATES[1], first + CONFLICT_AFTER)]


def _scan(ticket: Json, gate: str, at: datetime) -> Json:
    return {
        "scan_id": str(uuid4()),
        "scanned_at": at.isoformat(),
        "gate": gate,
        "code": ticket["code"],
        "admit_on_another_day": True,
    }


async def conflict_found(stage: Stage, plan: PaidPlan, number: int, scan: Json) -> None:
    """See in the venue's list which gate let somebody in by a ticket that was used before."""
    offering, line = plan.stops[number].offering, plan.order["lines"][number]
    path = f"/v1/venues/{offering['venue_id']}/scan-conflicts"
    operator = await stage.operator_of(offering)
    day = today(SystemClock())

    async def look() -> list[Json] | None:
        found: list[Json] = []
        for each in (day, day - timedelta(days=1)):
            answer = await stage.api.call(
                "bookings", "GET", path, by=operator, params={"day": each}
            )
            found += [one for one in answer["items"] if one["line_id"] == line["line_id"]]
        return found or None

    conflicts = await eventually("the conflict in the venue's list", look)
    found = [(one["scan_id"], one["gate"], one["checked_in_gate"]) for one in conflicts]
    expect("the conflicts", found, [(scan["scan_id"], GATES[1], GATES[0])])
    stage.story.tell(f"found: one ticket came in at {GATES[0]}, and again at {GATES[1]}")


def _tickets(plan: PaidPlan, number: int, tickets: Sequence[Json]) -> list[Json]:
    line_id = plan.order["lines"][number]["line_id"]
    return [ticket for ticket in tickets if ticket["line_id"] == line_id]
