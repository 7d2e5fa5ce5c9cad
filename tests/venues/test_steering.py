"""When a village is nearly full, and to which others its visitors are led, is the office's word."""

from uuid import UUID

import pytest

from services.venues.domain.steering import crowding, neighbour_faults
from shared.core.ids import new_id
from tests.venues.stage import Json, Stage, district_body, village_body


async def district_of_villages(stage: Stage, *slugs: str) -> list[Json]:
    district = await stage.good("POST", "/v1/districts", stage.office, district_body())
    return [
        await stage.good(
            "POST", "/v1/villages", stage.office, village_body(district["district_id"], slug=slug)
        )
        for slug in slugs
    ]


async def test_a_village_is_entered_with_its_own_thresholds_and_neighbours(stage: Stage) -> None:
    near, far = await district_of_villages(stage, "jiaxi", "xinlu")
    body = village_body(
        near["district_id"],
        slug="flower",
        hour_capacity=200,
        warn_percent=60,
        steer_percent=75,
        neighbours=[far["village_id"], near["village_id"]],
    )
    village = await stage.good("POST", "/v1/villages", stage.office, body)
    shown = await stage.good("GET", "/v1/villages/flower")
    assert shown == village
    assert {name: shown[name] for name in body} == body
    event = (await stage.told())[-1].data
    assert (event["hour_capacity"], event["warn_percent"], event["steer_percent"]) == (200, 60, 75)
    assert event["neighbours"] == [far["village_id"], near["village_id"]]


async def test_a_change_replaces_all_neighbours_and_tells_it(stage: Stage) -> None:
    one, two, three = await district_of_villages(stage, "one", "two", "three")
    path = f"/v1/villages/{one['village_id']}"
    for neighbours in ([two["village_id"], three["village_id"]], [three["village_id"]], []):
        changed = await stage.good("PATCH", path, stage.office, {"neighbours": neighbours})
        assert changed["neighbours"] == neighbours
        assert (await stage.told())[-1].data["neighbours"] == neighbours
    listed = await stage.good("GET", "/v1/villages")
    assert [village["neighbours"] for village in listed["items"]] == [[], [], []]


async def test_neighbours_are_other_villages_of_the_same_district_and_each_named_once(
    stage: Stage,
) -> None:
    one, two = await district_of_villages(stage, "one", "two")
    elsewhere = await stage.village(slug="elsewhere")
    path = f"/v1/villages/{one['village_id']}"
    wanted = [one["village_id"], two["village_id"], two["village_id"]]
    answer = await stage.call("PATCH", path, stage.office, {"neighbours": wanted})
    assert answer.status == 422
    assert answer.fields == {"/neighbours/0": "itself", "/neighbours/2": "neighbour_repeated"}
    wanted = [two["village_id"], elsewhere["village_id"], str(new_id())]
    answer = await stage.call("PATCH", path, stage.office, {"neighbours": wanted})
    assert answer.fields == {
        "/neighbours/1": "unknown_neighbour",
        "/neighbours/2": "unknown_neighbour",
    }
    assert (await stage.good("GET", path))["neighbours"] == []


async def test_a_village_has_at_most_six_neighbours(stage: Stage) -> None:
    one, *others = await district_of_villages(stage, *(f"village-{n}" for n in range(8)))
    path = f"/v1/villages/{one['village_id']}"
    names = [village["village_id"] for village in others]
    answer = await stage.call("PATCH", path, stage.office, {"neighbours": names})
    assert (answer.status, answer.fields) == (422, {"/neighbours": "too_many"})
    await stage.good("PATCH", path, stage.office, {"neighbours": names[:6]})


async def test_visitors_are_led_elsewhere_after_the_warning_not_before(stage: Stage) -> None:
    (village,) = await district_of_villages(stage, "one")
    path = f"/v1/villages/{village['village_id']}"
    for change in ({"steer_percent": 80}, {"warn_percent": 90}, {"warn_percent": 95}):
        answer = await stage.call("PATCH", path, stage.office, change)
        assert answer.fields == {"/steer_percent": "not_above_warning"}
    for change in ({"steer_percent": 101}, {"warn_percent": 49}):
        assert (await stage.call("PATCH", path, stage.office, change)).status == 422
    body = village_body(village["district_id"], slug="two", warn_percent=90, steer_percent=90)
    answer = await stage.call("POST", "/v1/villages", stage.office, body)
    assert answer.fields == {"/steer_percent": "not_above_warning"}


async def test_two_changes_of_neighbours_at_once_leave_the_list_of_one(stage: Stage) -> None:
    one, two, three = await district_of_villages(stage, "one", "two", "three")
    path = f"/v1/villages/{one['village_id']}"
    lists = [[two["village_id"]], [three["village_id"], two["village_id"]]]
    answers = await stage.at_once(
        *(stage.call("PATCH", path, stage.office, {"neighbours": wanted}) for wanted in lists)
    )
    assert [answer.status for answer in answers] == [200, 200]
    assert (await stage.good("GET", path))["neighbours"] in lists


@pytest.mark.parametrize(
    ("capacity", "left", "expected"),
    [
        (100, 100, "quiet"),
        (100, 21, "quiet"),
        (100, 20, "busy"),
        (100, 11, "busy"),
        (100, 10, "crowded"),
        (100, 1, "crowded"),
        (100, 0, "full"),
        (0, 0, "full"),
    ],
)
def test_how_crowded_a_village_is_follows_its_thresholds(
    capacity: int, left: int, expected: str
) -> None:
    assert crowding(capacity, left, 80, 90) == expected


def test_each_wrong_neighbour_is_named_by_its_place() -> None:
    own, other = UUID(int=1), UUID(int=2)
    assert neighbour_faults(own, [other, own, other]) == [
        (1, "itself"),
        (2, "neighbour_repeated"),
    ]
