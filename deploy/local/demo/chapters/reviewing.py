"""Saying how it was: a review by somebody who came, its answer, and what the office may do."""

from deploy.local.demo.api import Json, Person
from deploy.local.demo.steps import Stage, new_key
from deploy.local.demo.story import eventually, expect


async def review(stage: Stage, visitor: Person, offering: Json) -> None:
    """Review what was visited, have it answered, hidden for a reason, and shown again."""
    api, venue = stage.api, f"/v1/venues/{offering['venue_id']}/reviews"
    before = (await api.call("venues", "GET", venue))["rating"]

    async def known() -> Json | None:
        page = await api.call("venues", "GET", "/v1/my-visits", by=visitor)
        return next((one for one in page["items"] if one["venue_id"] == offering["venue_id"]), None)

    visit = await eventually("the visit, where it was", known)
    body = {"line_id": visit["line_id"], "rating": 5, "text": "还会再来。", "language": "zh"}
    written = await api.call("venues", "POST", venue, body, by=visitor, key=new_key())
    path = f"/v1/reviews/{written['review_id']}"
    operator = await stage.operator_of(offering)
    await api.call(
        "venues",
        "PUT",
        f"{path}/answer",
        {"text": "谢谢！"},
        by=operator,
        if_match=written["version"],
    )
    await api.call("venues", "POST", f"{path}/hidings", {"reason": "演示"}, by=stage.office)
    hidden = (await api.call("venues", "GET", venue))["rating"]
    expect("the reviews that count", hidden["count"], before["count"])
    expect("the reviews said to be hidden", hidden["hidden"], before["hidden"] + 1)
    await api.call("venues", "POST", f"{path}/restorations", by=stage.office)
    after = (await api.call("venues", "GET", venue))["rating"]
    expect("the reviews that count", after["count"], before["count"] + 1)
    trace = (await api.call("venues", "GET", f"{path}/trace", by=visitor))["items"]
    steps = [entry["step"] for entry in trace]
    expect("the review's steps", steps, ["written", "answered", "hidden", "restored"])
    stage.story.tell("reviewed by who came, answered, hidden for a reason and shown again")
