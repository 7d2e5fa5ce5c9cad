"""The end of a listing: archived by its operator, and a draft again when it is restored."""

import pytest

from tests.venues.stage import Stage, assert_gapless, schedule_body, session_body


async def test_a_published_venue_is_withdrawn_and_archived_in_one(stage: Stage) -> None:
    venue, offering = await stage.published_venue()
    await stage.forget_events()
    archived = await stage.move(venue, "archivals")
    assert (archived["state"], archived["offerings"][0]["on_sale"]) == ("archived", False)
    assert await stage.told_types() == [
        "venue.withdrawn",
        "offering.withdrawn",
        *["slot.withdrawn"] * 6,
    ]
    assert (await stage.call("GET", f"/v1/venues/{venue['venue_id']}")).status == 404
    assert (await stage.call("GET", f"/v1/offerings/{offering['offering_id']}")).status == 404
    listed = await stage.good("GET", "/v1/venues?state=archived", stage.operator)
    assert [one["venue_id"] for one in listed["items"]] == [venue["venue_id"]]


@pytest.mark.parametrize("reached", ["draft", "rejected", "paused"])
async def test_what_is_not_on_sale_is_archived_without_a_word(stage: Stage, reached: str) -> None:
    if reached == "draft":
        venue, _ = await stage.ready_venue()
    elif reached == "rejected":
        venue, _ = await stage.submitted_venue()
        path = f"/v1/venues/{venue['venue_id']}/rejections"
        await stage.good("POST", path, stage.office, {"reason": "-"})
    else:
        venue, _ = await stage.published_venue()
        await stage.move(venue, "pauses")
    await stage.forget_events()
    assert (await stage.move(venue, "archivals"))["state"] == "archived"
    assert await stage.told_types() == []


async def test_a_restored_venue_is_a_draft_that_goes_the_whole_way_again(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    await stage.move(venue, "archivals")
    assert (await stage.move(venue, "restorations"))["state"] == "draft"
    assert (await stage.move(venue, "submissions"))["state"] == "submitted"
    published = await stage.move(venue, "approvals", stage.office)
    assert (published["state"], published["offerings"][0]["on_sale"]) == ("published", True)
    assert_gapless(await stage.told())


@pytest.mark.parametrize(
    ("reached", "step"),
    [
        ("submitted", "archivals"),
        ("archived", "archivals"),
        ("archived", "submissions"),
        ("archived", "resumptions"),
        ("draft", "restorations"),
        ("published", "restorations"),
    ],
)
async def test_a_step_that_does_not_follow_is_refused(
    stage: Stage, reached: str, step: str
) -> None:
    venue, _ = await stage.ready_venue()
    steps = {
        "draft": [],
        "submitted": ["submissions"],
        "published": ["submissions", "approvals"],
        "archived": ["archivals"],
    }
    for taken in steps[reached]:
        await stage.move(venue, taken, stage.office if taken == "approvals" else None)
    answer = await stage.call("POST", f"/v1/venues/{venue['venue_id']}/{step}", stage.operator)
    assert (answer.status, answer.code) == (409, "venue_state_conflict")
    assert answer.body["state"] == reached


async def test_an_archived_venue_is_not_edited(stage: Stage) -> None:
    venue, offering = await stage.ready_venue()
    await stage.move(venue, "archivals")
    path = f"/v1/venues/{venue['venue_id']}"
    answers = [
        await stage.call("PATCH", path, stage.operator, {"day_capacity": 1}),
        await stage.call(
            "PATCH", f"{path}/offerings/{offering['offering_id']}", stage.operator, {"slug": "new"}
        ),
        await stage.call("POST", f"{path}/offerings", stage.operator, session_body(slug="new")),
        await stage.call(
            "PUT",
            f"/v1/offerings/{offering['offering_id']}/schedule",
            stage.operator,
            schedule_body(weekdays=[1]),
        ),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [
        (409, "venue_state_conflict")
    ] * 4


@pytest.mark.parametrize("step", ["archivals", "restorations"])
async def test_of_two_equal_steps_at_once_one_takes_effect(stage: Stage, step: str) -> None:
    venue, _ = await stage.published_venue()
    if step == "restorations":
        await stage.move(venue, "archivals")
    path = f"/v1/venues/{venue['venue_id']}/{step}"
    answers = await stage.at_once(*(stage.call("POST", path, stage.operator) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409]
    assert_gapless(await stage.told())


async def test_an_archival_and_a_pause_at_once_end_archived_or_paused_first(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    archival, pause = await stage.at_once(
        stage.call("POST", f"{path}/archivals", stage.operator),
        stage.call("POST", f"{path}/pauses", stage.operator),
    )
    assert (archival.status, pause.status in {200, 409}) == (200, True)
    assert (await stage.good("GET", path, stage.operator))["state"] == "archived"
    assert (await stage.told_types()).count("venue.withdrawn") == 1


async def test_a_rejection_says_point_by_point_what_to_mend(stage: Stage) -> None:
    venue, _ = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    points = [
        {"field": "address", "text": "请写明门牌号"},
        {"field": "offerings/pottery/prices", "text": "儿童价缺说明"},
        {"field": None, "text": "照片看不清"},
    ]
    body = {"reason": "还差三处", "reasons": points}
    await stage.good("POST", f"{path}/rejections", stage.office, body)
    [rejected, _] = (await stage.good("GET", f"{path}/decisions", stage.operator))["items"]
    assert (rejected["reason"], rejected["reasons"]) == ("还差三处", points)


async def test_a_rejection_by_a_sentence_has_it_as_its_only_reason(stage: Stage) -> None:
    venue, _ = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}"
    await stage.good("POST", f"{path}/rejections", stage.office, {"reason": "请补充地址"})
    [rejected, submitted] = (await stage.good("GET", f"{path}/decisions", stage.office))["items"]
    assert rejected["reasons"] == [{"field": None, "text": "请补充地址"}]
    assert submitted["reasons"] == []


@pytest.mark.parametrize(
    ("reasons", "field"),
    [
        ([], "/reasons"),
        ([{"text": "-"}] * 21, "/reasons"),
        ([{"field": "address"}], "/reasons/0/text"),
        ([{"field": "/address", "text": "-"}], "/reasons/0/field"),
        ([{"field": "address", "text": "-", "state": "published"}], "/reasons/0/state"),
    ],
    ids=["none", "too many", "no text", "no field name", "something else"],
)
async def test_reasons_that_make_no_sense_are_refused(
    stage: Stage, reasons: object, field: str
) -> None:
    venue, _ = await stage.submitted_venue()
    path = f"/v1/venues/{venue['venue_id']}/rejections"
    body = {"reason": "-", "reasons": reasons}
    answer = await stage.call("POST", path, stage.office, body)
    assert (answer.status, set(answer.fields)) == (422, {field})
