"""Reviews: by those who came, answered once, hidden for a reason, never gone silently."""

from datetime import timedelta

import asyncpg
import pytest

from services.venues.domain.reviewing import average
from services.venues.jobs.forget_visits import forget_visits
from shared.contracts.accounts import AccountErased
from shared.core.ids import new_id
from shared.db import acquire, transaction
from tests.venues.photo_stage import application, signed_in_again
from tests.venues.review_stage import Guest, heard, new_guest, rating_of, steps
from tests.venues.stage import Stage


async def test_who_came_reviews_and_is_shown_as_a_visitor_of_a_month(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review(rating=4)
    assert review["rating"] == 4
    assert review["visited_in"] == "2026-09"
    assert review["state"] == "shown"
    listed = (await stage.good("GET", guest.path))["items"]
    assert listed == [review]
    assert str(guest.account_id) not in str(listed)


async def test_who_has_not_come_yet_is_told_so(stage: Stage) -> None:
    guest = await new_guest(stage)
    await guest.books()
    answer = await guest.writes()
    assert (answer.status, answer.code) == (409, "not_visited_yet")


async def test_check_ins_may_be_heard_of_before_their_order(stage: Stage) -> None:
    guest = await new_guest(stage)
    await guest.comes()
    assert (await guest.writes()).status == 404
    await guest.books()
    assert (await guest.writes()).status == 201


async def test_a_check_in_that_was_taken_back_is_none_however_often_it_is_told(
    stage: Stage,
) -> None:
    guest = await new_guest(stage)
    await guest.books()
    await guest.came_by_mistake(version=4)
    await guest.comes(version=3)
    assert (await guest.writes()).code == "not_visited_yet"
    await guest.comes(version=5)
    assert (await guest.writes()).status == 201


async def test_a_review_by_a_check_in_that_was_taken_back_is_hidden_with_its_trace(
    stage: Stage,
) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    await guest.came_by_mistake()
    await guest.came_by_mistake()
    page = await stage.good("GET", f"/v1/reviews/{review['review_id']}/trace", guest.token)
    assert steps(page) == ["written", "hidden"]
    assert (await rating_of(stage, guest.venue))["count"] == 0


async def test_a_visit_is_reviewed_within_ninety_days(stage: Stage) -> None:
    guest = await new_guest(stage)
    await guest.books()
    await guest.comes()
    stage.clock.instant += timedelta(days=90, seconds=1)
    answer = await guest.writes()
    assert (answer.status, answer.code, answer.body["days"]) == (409, "review_too_late", 90)
    stage.clock.instant -= timedelta(seconds=1)
    assert (await guest.writes()).status == 201


async def test_a_line_is_reviewed_once_by_whichever_of_two_requests_is_first(
    stage: Stage,
) -> None:
    guest = await new_guest(stage)
    await guest.books()
    await guest.comes()
    answers = await stage.at_once(*(guest.writes(rating=stars) for stars in (1, 5)))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"already_reviewed"}
    assert (await rating_of(stage, guest.venue))["count"] == 1


async def test_the_same_request_sent_twice_is_one_review(stage: Stage) -> None:
    guest = await new_guest(stage)
    await guest.books()
    await guest.comes()
    key = str(new_id())
    first, second = [
        await stage.call("POST", guest.path, guest.token, guest.body(), Idempotency_Key=key)
        for _ in range(2)
    ]
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body


async def test_the_rating_is_honest(stage: Stage) -> None:
    guest = await new_guest(stage)
    reviews = [await guest.review(rating=5)]
    for stars in (5, 4, 1):
        other = Guest(stage, guest.venue, guest.offering)
        reviews.append(await other.review(rating=stars))
    rating = await rating_of(stage, guest.venue)
    assert rating == {
        "count": 4,
        "average": 3.8,
        "distribution": {"1": 1, "2": 0, "3": 0, "4": 1, "5": 2},
        "hidden": 0,
    }
    path = f"/v1/reviews/{reviews[-1]['review_id']}"
    await stage.good("POST", f"{path}/hidings", stage.office, {"reason": "辱骂"})
    rating = await rating_of(stage, guest.venue)
    assert (rating["count"], rating["average"], rating["hidden"]) == (3, 4.7, 1)
    await stage.good("POST", f"{path}/restorations", stage.office)
    rating = await rating_of(stage, guest.venue)
    assert (rating["count"], rating["average"], rating["hidden"]) == (4, 3.8, 0)


@pytest.mark.parametrize(
    ("count", "total", "mean"),
    [(0, 0, None), (1, 5, 5.0), (3, 14, 4.7), (20, 85, 4.3), (4, 15, 3.8), (8, 33, 4.1)],
    ids=["none", "one", "thirds", "half_up", "three_quarters", "eighths"],
)
def test_an_average_has_one_decimal_halves_up(count: int, total: int, mean: float | None) -> None:
    assert average(count, total) == mean


async def test_an_author_changes_their_review_for_fourteen_days_and_all_versions_are_kept(
    stage: Stage,
) -> None:
    guest = await new_guest(stage)
    review = await guest.review(rating=2)
    path = f"/v1/reviews/{review['review_id']}"
    body = {"rating": 4, "text": "后来换了老师，好多了。", "language": "zh"}
    edited = await stage.good("PUT", path, guest.token, body)
    assert (edited["rating"], edited["version"]) == (4, 2)
    assert edited["edited_at"] is not None
    assert (await rating_of(stage, guest.venue))["average"] == 4.0
    stale = await stage.call("PUT", path, guest.token, body, If_Match='"1"')
    assert stale.status == 412
    trace = await stage.good("GET", f"{path}/trace", guest.token)
    assert [(entry["step"], entry["rating"]) for entry in trace["items"]] == [
        ("written", 2),
        ("edited", 4),
    ]
    stage.clock.instant += timedelta(days=14, seconds=1)
    late = await stage.call("PUT", path, guest.token, body)
    assert (late.status, late.code) == (409, "review_final")


async def test_an_operator_answers_once_and_may_mend_the_answer(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    path = f"/v1/reviews/{review['review_id']}"
    first = await stage.good("PUT", f"{path}/answer", stage.operator, {"text": "谢谢！"})
    assert first["answer"]["text"] == "谢谢！"
    assert first["answer"]["edited_at"] is None
    second = await stage.good("PUT", f"{path}/answer", stage.operator, {"text": "谢谢，下次见！"})
    assert second["answer"]["answered_at"] == first["answer"]["answered_at"]
    assert second["answer"]["edited_at"] is not None
    trace = await stage.good("GET", f"{path}/trace", stage.office)
    assert [entry["note"] for entry in trace["items"]] == [None, "谢谢！", "谢谢，下次见！"]


async def test_a_hidden_review_is_seen_by_its_author_with_the_reason_and_by_no_stranger(
    stage: Stage,
) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    path = f"/v1/reviews/{review['review_id']}"
    hidden = await stage.good("POST", f"{path}/hidings", stage.office, {"reason": "含有电话号码"})
    assert hidden["state"] == "hidden"
    assert (await stage.good("GET", guest.path))["items"] == []
    for token, status in (
        (None, 404),
        (stage.visitor, 404),
        (stage.rival, 404),
        (guest.token, 200),
        (stage.operator, 200),
        (stage.office, 200),
    ):
        answer = await stage.call("GET", path, token)
        assert answer.status == status
        if status == 200:
            assert answer.body["hidden_because"] == "含有电话号码"
    for method, where, token, body in (
        ("PUT", "", guest.token, {"rating": 1, "language": "zh"}),
        ("PUT", "/answer", stage.operator, {"text": "x"}),
    ):
        answer = await stage.call(method, path + where, token, body)
        assert (answer.status, answer.code) == (409, "review_hidden")
    listed = await stage.good("GET", f"{guest.path}?state=hidden", stage.office)
    assert [one["review_id"] for one in listed["items"]] == [review["review_id"]]


async def test_two_of_the_office_hide_a_review_once(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    path = f"/v1/reviews/{review['review_id']}"
    answers = await stage.at_once(
        *(
            stage.call("POST", f"{path}/hidings", stage.office, {"reason": reason})
            for reason in ("a", "b")
        )
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"review_state_conflict"}
    shown = await stage.call("POST", f"{path}/restorations", stage.office)
    again = await stage.call("POST", f"{path}/restorations", stage.office)
    assert (shown.status, again.status) == (200, 409)
    trace = await stage.good("GET", f"{path}/trace", stage.office)
    assert steps(trace) == ["written", "hidden", "restored"]


async def test_reviews_are_listed_newest_first_page_by_page(stage: Stage) -> None:
    guest = await new_guest(stage)
    written = [(await guest.review())["review_id"]]
    others = [Guest(stage, guest.venue, guest.offering) for _ in range(4)]
    written += [(await other.review(text=None))["review_id"] for other in others]
    found: list[str] = []
    cursor = ""
    while True:
        page = await stage.good("GET", f"{guest.path}?limit=2{cursor}")
        found += [review["review_id"] for review in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == written[::-1]


async def test_own_visits_say_what_may_be_reviewed(stage: Stage) -> None:
    guest = await new_guest(stage)
    await guest.books()
    assert (await stage.good("GET", "/v1/my-visits", guest.token))["items"] == []
    await guest.comes()
    (visit,) = (await stage.good("GET", "/v1/my-visits", guest.token))["items"]
    assert visit["line_id"] == str(guest.line_id)
    assert visit["review_id"] is None
    review = (await guest.writes()).body
    (visit,) = (await stage.good("GET", "/v1/my-visits", guest.token))["items"]
    assert visit["review_id"] == review["review_id"]
    assert (await stage.good("GET", "/v1/my-visits", stage.visitor))["items"] == []


async def test_visits_that_nobody_can_review_any_more_are_forgotten_and_reviews_stay(
    stage: Stage,
) -> None:
    guest = await new_guest(stage)
    await guest.review()
    stage.clock.instant += timedelta(days=121)
    await forget_visits(application(stage))
    signed_in_again(stage)
    async with acquire(stage.database) as conn:
        assert await conn.fetchval("select count(*) from visits") == 0
        assert await conn.fetchval("select count(*) from visit_tickets") == 0
    assert len((await stage.good("GET", guest.path))["items"]) == 1


async def test_of_an_erased_author_only_the_figure_is_left(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review(rating=3, text="我是住在新路的王小明")
    path = f"/v1/reviews/{review['review_id']}"
    await stage.good(
        "PUT", path, guest.token, {"rating": 3, "text": "还是王小明", "language": "zh"}
    )
    event = AccountErased(account_id=guest.account_id)
    for _ in range(2):
        await heard(stage, event, subject=guest.account_id, version=1)
    (left,) = (await stage.good("GET", guest.path))["items"]
    assert (left["rating"], left["text"]) == (3, None)
    assert (await rating_of(stage, guest.venue))["count"] == 1
    trace = await stage.good("GET", f"{path}/trace", stage.office)
    assert steps(trace) == ["written", "edited", "forgotten"]
    async with acquire(stage.database) as conn:
        for table in ("reviews", "review_versions", "review_trace", "visits", "idempotency_keys"):
            text = "select coalesce(string_agg(t::text, ' '), '') from "
            found = await conn.fetchval(text + f"{table} t")
            assert "王小明" not in found
            assert str(guest.account_id) not in found


async def test_what_is_held_about_a_person_names_their_visits_and_reviews(stage: Stage) -> None:
    guest = await new_guest(stage)
    await guest.review()
    data = await stage.good(
        "GET", f"/v1/people/{guest.account_id}/data", stage.tokens.service("accounts")
    )
    held = {section["name"]: len(section["items"]) for section in data["sections"]}
    assert held["visits"] == 1
    assert held["reviews"] == 1


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("delete from reviews", "reviews_are_never_deleted"),
        ("update review_trace set note = 'x'", "review_trace_is_final"),
        ("delete from review_trace", "review_trace_is_final"),
        ("update review_versions set rating = 5", "review_versions_are_final"),
        ("update review_versions set text = 'x'", "review_versions_are_final"),
        ("delete from review_versions", "review_versions_are_never_deleted"),
        ("update reviews set state = 'hidden'", "reviews_hidden_say_why"),
        ("update reviews set rating = 6", "reviews_rating_in_range"),
    ],
    ids=["review", "step", "steps", "version", "words", "versions", "reason", "stars"],
)
async def test_the_database_itself_keeps_what_happened(
    stage: Stage, statement: str, rule: str
) -> None:
    guest = await new_guest(stage)
    await guest.review(rating=1)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(statement)
    assert refused.value.constraint_name == rule
