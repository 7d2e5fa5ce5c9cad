"""Who may do what: visitors read, operators run their own venues, the office decides."""

from shared.core.ids import new_id
from tests.venues.stage import (
    Answer,
    Json,
    Stage,
    both,
    district_body,
    schedule_body,
    session_body,
    venue_body,
    village_body,
)


def calls(venue: Json, offering: Json) -> list[tuple[str, str, object]]:
    """Every writing call to a venue of its operator."""
    path = f"/v1/venues/{venue['venue_id']}"
    return [
        ("PATCH", path, {"name": both("改", "Changed")}),
        ("POST", f"{path}/submissions", None),
        ("POST", f"{path}/pauses", None),
        ("POST", f"{path}/resumptions", None),
        ("POST", f"{path}/offerings", session_body(slug="new")),
        ("PATCH", f"{path}/offerings/{offering['offering_id']}", {"slug": "new"}),
        ("PUT", f"/v1/offerings/{offering['offering_id']}/schedule", schedule_body()),
    ]


def office_calls(venue: Json) -> list[tuple[str, str, object]]:
    path = f"/v1/venues/{venue['venue_id']}"
    village = venue["village"]["village_id"]
    return [
        ("POST", "/v1/districts", district_body()),
        ("POST", "/v1/villages", village_body(str(new_id()))),
        ("PATCH", f"/v1/villages/{village}", {"day_capacity": 1}),
        ("POST", f"{path}/approvals", None),
        ("POST", f"{path}/rejections", {"reason": "-"}),
    ]


async def test_nobody_writes_without_being_signed_in(stage: Stage) -> None:
    venue, offering = await stage.submitted_venue()
    body = venue_body(stage.organisation, venue["village"]["village_id"], slug="new")
    for method, path, sent in [
        *calls(venue, offering),
        *office_calls(venue),
        ("POST", "/v1/venues", body),
    ]:
        answer = await stage.call(method, path, None, sent)
        assert (answer.status, answer.code) == (401, "not_signed_in"), path


async def test_visitors_run_no_venues_and_decide_nothing(stage: Stage) -> None:
    venue, offering = await stage.submitted_venue()
    for method, path, sent in [*calls(venue, offering), *office_calls(venue)]:
        answer = await stage.call(method, path, stage.visitor, sent)
        assert (answer.status, answer.code) == (403, "not_allowed"), path


async def test_operators_decide_nothing_and_the_office_runs_nothing(stage: Stage) -> None:
    venue, offering = await stage.submitted_venue()
    for method, path, sent in office_calls(venue):
        assert (await stage.call(method, path, stage.operator, sent)).status == 403, path
    for method, path, sent in calls(venue, offering):
        assert (await stage.call(method, path, stage.office, sent)).status == 403, path


def bare(answer: Answer) -> tuple[object, ...]:
    """What an answer says apart from the request that it answers."""
    body = {
        key: value for key, value in answer.body.items() if key not in {"instance", "request_id"}
    }
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name.lower() not in {"x-request-id", "date"}
    }
    return answer.status, body, headers


async def test_anothers_venue_answers_as_one_that_does_not_exist(stage: Stage) -> None:
    venue, offering = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    reads: list[tuple[str, str, object]] = [
        ("GET", path, None),
        ("GET", f"{path}/decisions", None),
        ("GET", f"/v1/offerings/{offering['offering_id']}", None),
        ("GET", f"/v1/offerings/{offering['offering_id']}/slots", None),
        ("GET", f"/v1/offerings/{offering['offering_id']}/schedule", None),
    ]
    for method, address, body in [*calls(venue, offering), *reads]:
        missing = address.replace(venue["venue_id"], str(new_id())).replace(
            offering["offering_id"], str(new_id())
        )
        theirs = await stage.call(method, address, stage.rival, body)
        nobodys = await stage.call(method, missing, stage.rival, body)
        assert theirs.status == 404, address
        assert bare(theirs) == bare(nobodys)
        assert len(str(theirs.body)) == len(str(nobodys.body))


async def test_nobody_brings_a_venue_for_anothers_organisation(stage: Stage) -> None:
    village = await stage.village()
    body = venue_body(stage.organisation, village["village_id"])
    answer = await stage.call("POST", "/v1/venues", stage.rival, body)
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_paused_venue_is_hidden_from_visitors_but_not_from_our_services(
    stage: Stage,
) -> None:
    venue, offering = await stage.published_venue()
    await stage.move(venue, "pauses")
    paths = [
        f"/v1/venues/{venue['venue_id']}",
        f"/v1/offerings/{offering['offering_id']}",
        f"/v1/offerings/{offering['offering_id']}/slots",
    ]
    for path in paths:
        for token in (None, stage.visitor, stage.rival):
            assert (await stage.call("GET", path, token)).status == 404
        for token in (stage.operator, stage.office, stage.tokens.service("bookings")):
            assert (await stage.call("GET", path, token)).status == 200
