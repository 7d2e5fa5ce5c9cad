"""Districts and villages: entered and changed by the office, read by everybody."""

from typing import Final

from shared.core.ids import new_id
from tests.venues.stage import Stage, assert_gapless, both, district_body, village_body


async def test_a_village_is_told_with_its_and_its_districts_capacity(stage: Stage) -> None:
    district = await stage.good("POST", "/v1/districts", stage.office, district_body())
    body = village_body(district["district_id"])
    village = await stage.good("POST", "/v1/villages", stage.office, body)
    assert village == {
        **body,
        "village_id": village["village_id"],
        "hour_capacity": None,
        "warn_percent": 80,
        "steer_percent": 90,
        "neighbours": [],
        "version": 1,
    }
    (event,) = await stage.told()
    assert (event.type, event.version) == ("village.published.v1", 1)
    assert event.data == {
        "village_id": village["village_id"],
        "district_id": district["district_id"],
        "name": body["name"],
        "day_capacity": 800,
        "district_day_capacity": 9000,
        "hour_capacity": None,
        "warn_percent": 80,
        "steer_percent": 90,
        "neighbours": [],
    }


async def test_a_changed_village_is_told_again(stage: Stage) -> None:
    village = await stage.village()
    path = f"/v1/villages/{village['village_id']}"
    changed = await stage.good("PATCH", path, stage.office, {"day_capacity": 500})
    assert changed == {**village, "day_capacity": 500, "version": 2}
    told = await stage.told()
    assert [event.data["day_capacity"] for event in told] == [800, 500]
    assert_gapless(told)


async def test_a_change_that_names_nothing_changes_nothing(stage: Stage) -> None:
    village = await stage.village()
    unchanged = await stage.good("PATCH", "/v1/villages/xinlu", stage.office, {})
    assert unchanged == village
    assert len(await stage.told()) == 1


async def test_a_village_is_found_by_its_slug_and_by_its_id(stage: Stage) -> None:
    village = await stage.village()
    for name in ("xinlu", village["village_id"]):
        assert await stage.good("GET", f"/v1/villages/{name}") == village
    answer = await stage.call("GET", "/v1/villages/atlantis")
    assert (answer.status, answer.code) == (404, "not_found")


async def test_villages_are_listed_with_the_number_of_their_published_venues(stage: Stage) -> None:
    busy = await stage.village(slug="jiaxi")
    await stage.village(slug="xinlu")
    await stage.published_venue(village_id=busy["village_id"], slug="one")
    await stage.submitted_venue(village_id=busy["village_id"], slug="two")
    first = await stage.good("GET", "/v1/villages?limit=1")
    second = await stage.good("GET", f"/v1/villages?limit=1&cursor={first['next']}")
    assert [(one["slug"], one["venue_count"]) for one in first["items"]] == [("jiaxi", 1)]
    assert [(one["slug"], one["venue_count"]) for one in second["items"]] == [("xinlu", 0)]
    assert second["next"] is None


async def test_slugs_of_districts_and_villages_are_unique(stage: Stage) -> None:
    await stage.good("POST", "/v1/districts", stage.office, district_body())
    answer = await stage.call("POST", "/v1/districts", stage.office, district_body())
    assert (answer.status, answer.code, answer.body["slug"]) == (409, "slug_taken", "beilun")
    village = await stage.village(slug="jiaxi")
    other = await stage.village(slug="xinlu")
    again = village_body(village["district_id"], slug="jiaxi")
    assert (await stage.call("POST", "/v1/villages", stage.office, again)).code == "slug_taken"
    path = f"/v1/villages/{other['village_id']}"
    answer = await stage.call("PATCH", path, stage.office, {"slug": "jiaxi"})
    assert (answer.status, answer.code) == (409, "slug_taken")


async def test_a_village_needs_a_district_that_exists(stage: Stage) -> None:
    body = village_body(str(new_id()))
    answer = await stage.call("POST", "/v1/villages", stage.office, body)
    assert answer.status == 422
    assert answer.fields == {"/district_id": "unknown_district"}


WRONG_FIELDS: Final[list[tuple[dict[str, object], str]]] = [
    ({"location": {"lat": 91, "lon": 0}}, "/location/lat"),
    ({"location": {"lat": 0}}, "/location/lon"),
    ({"day_capacity": -1}, "/day_capacity"),
    ({"day_capacity": True}, "/day_capacity"),
    ({"slug": "Xin Lu"}, "/slug"),
    ({"slug": None}, "/slug"),
    ({"name": {"zh": "新路"}}, "/name/en"),
    ({"name": both("新\n路", "Xinlu")}, "/name"),
    ({"name": both("新路", "\u202eulniX")}, "/name"),
    ({"name": both("新\u200b路", "Xinlu")}, "/name"),
    ({"name": both("新" * 121, "Xinlu")}, "/name"),
    ({"story": both(" ", "story")}, "/story"),
    ({"venue_count": 3}, "/venue_count"),
]


async def test_names_are_kept_in_one_form(stage: Stage) -> None:
    village = await stage.village()
    path = f"/v1/villages/{village['village_id']}"
    named = {"name": both(" 新路  村 ", "Cafe\u0301")}
    changed = await stage.good("PATCH", path, stage.office, named)
    assert changed["name"] == both("新路 村", "Café")


async def test_a_wrong_field_of_a_village_is_named(stage: Stage) -> None:
    village = await stage.village()
    for change, field in WRONG_FIELDS:
        body = village_body(village["district_id"], **{"slug": "other", **change})
        for answer in (
            await stage.call("POST", "/v1/villages", stage.office, body),
            await stage.call("PATCH", "/v1/villages/xinlu", stage.office, change),
        ):
            assert (answer.status, answer.code) == (422, "invalid_request")
            assert field in answer.fields


async def test_a_renamed_village_renews_what_readers_hold_of_its_venues(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    before = await stage.call("GET", path)
    village = f"/v1/villages/{venue['village']['village_id']}"
    await stage.good("PATCH", village, stage.office, {"name": both("新路古村", "Old Xinlu")})
    after = await stage.call("GET", path, If_None_Match=before.headers["ETag"])
    assert after.status == 200
    assert after.body["village"]["name"]["en"] == "Old Xinlu"


async def test_of_two_changes_with_one_tag_one_is_refused(stage: Stage) -> None:
    await stage.village()
    path = "/v1/villages/xinlu"
    tag = (await stage.call("GET", path, stage.office)).headers["ETag"]
    answers = await stage.at_once(
        *(
            stage.call("PATCH", path, stage.office, {"day_capacity": n}, If_Match=tag)
            for n in (10, 20)
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 412]
    assert_gapless(await stage.told())


async def test_the_same_key_enters_a_place_once(stage: Stage) -> None:
    key = {"Idempotency_Key": "district-1"}
    first = await stage.call("POST", "/v1/districts", stage.office, district_body(), **key)
    again = await stage.call("POST", "/v1/districts", stage.office, district_body(), **key)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    body = village_body(first.body["district_id"])
    answers = await stage.at_once(
        *(
            stage.call("POST", "/v1/villages", stage.office, body, Idempotency_Key="village-1")
            for _ in range(3)
        )
    )
    assert {answer.status for answer in answers} <= {201, 409}
    assert len((await stage.good("GET", "/v1/villages"))["items"]) == 1
    assert len(await stage.told()) == 1


async def test_two_equal_districts_at_once_become_one(stage: Stage) -> None:
    answers = await stage.at_once(
        *(stage.call("POST", "/v1/districts", stage.office, district_body()) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
