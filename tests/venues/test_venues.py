"""Venues: brought and changed by their operator."""

from typing import Final

from shared.core.ids import new_id
from tests.venues.stage import Stage, assert_gapless, both, venue_body


async def test_an_operator_brings_a_venue_as_a_draft(stage: Stage) -> None:
    village = await stage.village()
    body = venue_body(stage.organisation, village["village_id"])
    venue = await stage.good("POST", "/v1/venues", stage.operator, body)
    del body["village_id"]
    assert venue == {
        **body,
        "venue_id": venue["venue_id"],
        "village": {key: village[key] for key in ("village_id", "slug", "name")},
        "state": "draft",
        "kinds": [],
        "offerings": [],
        "photos": [],
        "rating": {"average": None, "count": 0, "hidden": 0},
        "version": 1,
    }


async def test_a_change_of_a_published_venue_is_told_at_once(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    changed = await stage.good("PATCH", path, stage.operator, {"day_capacity": 30})
    assert changed["day_capacity"] == 30
    assert changed["version"] > venue["version"]
    told = [event for event in await stage.told() if event.topic == "venues.venue"]
    assert [event.data["day_capacity"] for event in told] == [60, 30]
    assert_gapless(told)


async def test_a_change_of_a_draft_or_of_nothing_is_told_to_nobody(stage: Stage) -> None:
    draft = await stage.venue(slug="draft")
    published, _ = await stage.published_venue()
    await stage.forget_events()
    await stage.good("PATCH", f"/v1/venues/{draft['venue_id']}", stage.operator, {"slug": "new"})
    await stage.good("PATCH", f"/v1/venues/{published['venue_id']}", stage.operator, {})
    assert await stage.told() == []


async def test_of_two_editors_with_one_tag_one_is_refused(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    tag = (await stage.call("GET", path, stage.operator)).headers["ETag"]
    names = (both("甲", "A"), both("乙", "B"))
    answers = await stage.at_once(
        *(stage.call("PATCH", path, stage.operator, {"name": name}, If_Match=tag) for name in names)
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    (good,) = (answer for answer in answers if answer.status == 200)
    shown = await stage.good("GET", path)
    assert shown["name"] == good.body["name"]
    assert_gapless(await stage.told())


async def test_without_a_tag_the_last_editor_wins(stage: Stage) -> None:
    venue = await stage.venue()
    path = f"/v1/venues/{venue['venue_id']}"
    for capacity in (1, 2):
        answer = await stage.call("PATCH", path, stage.operator, {"day_capacity": capacity})
        assert answer.status == 200
        assert answer.headers["ETag"] == f'"{capacity + 1}"'
        assert answer.body["day_capacity"] == capacity


async def test_slugs_of_venues_are_unique_in_the_whole_district(stage: Stage) -> None:
    village = await stage.village()
    body = venue_body(stage.organisation, village["village_id"])
    answers = await stage.at_once(
        *(stage.call("POST", "/v1/venues", stage.operator, body) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    other = await stage.venue(slug="other")
    path = f"/v1/venues/{other['venue_id']}"
    answer = await stage.call("PATCH", path, stage.operator, {"slug": "xinlu-kiln"})
    assert (answer.status, answer.code) == (409, "slug_taken")


async def test_a_venue_needs_a_village_that_exists(stage: Stage) -> None:
    body = venue_body(stage.organisation, str(new_id()))
    answer = await stage.call("POST", "/v1/venues", stage.operator, body)
    assert answer.status == 422
    assert answer.fields == {"/village_id": "unknown_village"}


NOT_THEIRS: Final[list[dict[str, object]]] = [
    {"state": "published"},
    {"village_id": str(new_id())},
    {"organisation_id": str(new_id())},
    {"version": 9},
]


async def test_what_is_not_the_operators_to_set_is_refused(stage: Stage) -> None:
    venue = await stage.venue()
    for change in NOT_THEIRS:
        answer = await stage.call(
            "PATCH", f"/v1/venues/{venue['venue_id']}", stage.operator, change
        )
        assert answer.status == 422
        assert set(answer.fields.values()) == {"unknown"}


async def test_the_same_key_brings_a_venue_once(stage: Stage) -> None:
    village = await stage.village()
    body = venue_body(stage.organisation, village["village_id"])
    first, again = [
        await stage.call("POST", "/v1/venues", stage.operator, body, Idempotency_Key="v1")
        for _ in range(2)
    ]
    assert (again.status, again.body) == (201, first.body)
    other = {**body, "slug": "other"}
    reused = await stage.call("POST", "/v1/venues", stage.operator, other, Idempotency_Key="v1")
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
