"""Reviews can't be made up, bought with others' visits, used to show who somebody is, or lost."""

import pytest

from services.venues.domain.reviewing import STARS
from shared.core.ids import new_id
from tests.venues.review_stage import Guest, new_guest
from tests.venues.stage import Answer, Stage

SCRIPT = "<script>alert(1)</script> [x](javascript:alert(1)) <svg onload=alert(1)>"


def plain(answer: Answer) -> dict[str, object]:
    """A problem without what names the request."""
    return {**answer.body, "instance": "", "request_id": ""}


async def test_nobody_reviews_by_the_visit_of_somebody_else(stage: Stage) -> None:
    guest = await new_guest(stage)
    await guest.books()
    await guest.comes()
    thief = Guest(stage, guest.venue, guest.offering, line_id=guest.line_id)
    foreign = await thief.writes()
    missing = await thief.writes(line_id=str(new_id()))
    assert (foreign.status, missing.status) == (404, 404)
    assert plain(foreign) == plain(missing)


async def test_a_visit_counts_for_the_venue_where_it_was(stage: Stage) -> None:
    guest, other = await new_guest(stage), await new_guest(stage, "another-venue")
    await guest.books()
    await guest.comes()
    answer = await stage.call("POST", other.path, guest.token, guest.body())
    assert answer.status == 404


async def test_reviews_of_others_answer_byte_for_byte_as_missing_ones(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    edit = {"rating": 1, "language": "zh"}
    for method, path, token, body in (
        ("PUT", "/v1/reviews/{}", stage.visitor, edit),
        ("PUT", "/v1/reviews/{}/answer", stage.rival, {"text": "x"}),
        ("GET", "/v1/reviews/{}/trace", stage.visitor, None),
        ("GET", "/v1/reviews/{}/trace", stage.rival, None),
    ):
        foreign, missing = [
            await stage.call(method, path.format(one), token, body)
            for one in (review["review_id"], new_id())
        ]
        assert (foreign.status, missing.status) == (404, 404)
        assert plain(foreign) == plain(missing)


@pytest.mark.parametrize("what", ["edit", "answer"])
async def test_nobody_answers_or_rewrites_a_review_that_they_have_not_read(
    stage: Stage, what: str
) -> None:
    guest = await new_guest(stage)
    path = f"/v1/reviews/{(await guest.review(rating=1))['review_id']}"
    edit = {"rating": 5, "language": "zh"}
    where, token, body = {
        "edit": (path, guest.token, {**edit, "rating": 2}),
        "answer": (f"{path}/answer", stage.operator, {"text": "谢谢！"}),
    }[what]
    unread = await stage.call("PUT", where, token, body, If_Match=None)
    assert (unread.status, unread.code) == (428, "precondition_required")
    await stage.good("PUT", path, guest.token, edit)
    stale = await stage.call("PUT", where, token, body, If_Match='"1"')
    assert (stale.status, stale.code) == (412, "precondition_failed")
    shown = await stage.good("GET", path, guest.token)
    assert (shown["rating"], shown["answer"]) == (5, None)
    assert (await stage.call("PUT", where, token, body, If_Match='"2"')).status == 200


@pytest.mark.parametrize("who", ["nobody", "visitor", "operator", "author"])
async def test_only_the_office_hides_and_restores(stage: Stage, who: str) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    token = {
        "nobody": None,
        "visitor": stage.visitor,
        "operator": stage.operator,
        "author": guest.token,
    }[who]
    path = f"/v1/reviews/{review['review_id']}"
    for step, body in (("hidings", {"reason": "x"}), ("restorations", None)):
        answer = await stage.call("POST", f"{path}/{step}", token, body)
        assert answer.status == (401 if token is None else 403)


async def test_an_operator_does_not_rate_edit_or_remove_what_visitors_say(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review(rating=1)
    path = f"/v1/reviews/{review['review_id']}"
    for method in ("DELETE", "PATCH"):
        answer = await stage.call(method, path, stage.operator, {"rating": 5})
        assert answer.status == 405
    answer = await stage.call("PUT", path, stage.operator, {"rating": 5, "language": "zh"})
    assert answer.status == 404


async def test_nobody_learns_who_wrote_a_review(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    for path in (guest.path, f"/v1/reviews/{review['review_id']}"):
        for token in (None, stage.operator, stage.office):
            shown = str((await stage.call("GET", path, token)).body)
            for secret in (guest.account_id, guest.order_id, guest.line_id):
                assert str(secret) not in shown
    trace = await stage.call("GET", f"/v1/reviews/{review['review_id']}/trace", stage.operator)
    assert str(guest.account_id) not in str(trace.body)
    assert trace.body["items"][0]["text"] is None


async def test_hidden_reviews_are_listed_for_nobody_outside(stage: Stage) -> None:
    guest = await new_guest(stage)
    for token in (None, stage.visitor, stage.rival, guest.token):
        assert (await stage.call("GET", f"{guest.path}?state=hidden", token)).status == 404


@pytest.mark.parametrize(
    "other",
    [
        {"rating": 0},
        {"rating": 6},
        {"rating": -1},
        {"rating": True},
        {"rating": 4.0},
        {"rating": "5"},
        {"rating": 2**63},
        {"rating": None},
        {"text": ""},
        {"text": "x" * 2001},
        {"text": "a\u0000b"},
        {"text": "\u202eevil"},
        {"language": "fr"},
        {"line_id": "1"},
        {"state": "shown"},
        {"account_id": str(new_id())},
        {"visited_in": "2026-10"},
        {"answer": "我们最好"},
    ],
    ids=[
        *("zero", "six", "below", "true", "fraction", "string", "huge", "null", "empty", "long"),
        *("nul", "bidi", "language", "line", "state", "account", "month", "answer"),
    ],
)
async def test_a_review_is_made_of_what_its_author_may_say(
    stage: Stage, other: dict[str, object]
) -> None:
    guest = await new_guest(stage)
    await guest.books()
    await guest.comes()
    answer = await guest.writes(**other)
    assert answer.status in {400, 422}
    assert (await stage.good("GET", guest.path))["rating"]["count"] == 0


async def test_scripts_in_reviews_stay_words(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review(text=SCRIPT)
    assert review["text"] == SCRIPT
    answer = await stage.call("GET", guest.path)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_one_visit_raced_five_times_is_one_review(stage: Stage) -> None:
    guest = await new_guest(stage)
    await guest.books()
    await guest.comes()
    answers = await stage.at_once(*(guest.writes(rating=stars) for stars in STARS))
    assert [answer.status for answer in answers].count(201) == 1
    assert (await stage.good("GET", guest.path))["rating"]["count"] == 1
