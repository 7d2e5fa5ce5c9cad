"""What happened to a listing, for its people and the office to read, and for nobody to rewrite."""

from datetime import date
from itertools import pairwise
from uuid import UUID

import asyncpg
import pytest

from shared.core.ids import new_id
from shared.db import acquire, transaction
from tests.venues.licences.papers import confirmed, licensed_until, refuse
from tests.venues.life.listings import DEARER, THERE, listed
from tests.venues.stage import Stage, both, price


async def test_the_history_tells_who_did_what_from_the_beginning(stage: Stage) -> None:
    listing = await listed(stage)
    await listing.change({"day_capacity": 40}, of_venue=True)
    for token in (stage.operator, stage.office):
        entries = await listing.history(token)
        assert [(one["what"], one["role"]) for one in entries] == [
            ("venue_changed", "operator"),
            ("approved", "office"),
            ("submitted", "operator"),
            ("schedule_set", "operator"),
            ("offering_added", "operator"),
            ("venue_created", "operator"),
        ]
    edit, approval, *_ = entries
    assert edit["changes"] == [{"field": "day_capacity", "before": 60, "after": 40}]
    assert approval["changes"] == [{"field": "state", "before": "submitted", "after": "published"}]
    assert edit["done_by"] != approval["done_by"]
    assert edit["done_at"] == "2026-09-11T02:00:00Z"
    created = {one["field"]: one["after"] for one in entries[-1]["changes"]}
    assert created["name"] == listing.venue["name"]


async def test_what_a_program_did_names_its_key_and_not_who_made_it(stage: Stage) -> None:
    listing = await listed(stage)
    maker = new_id()
    program = stage.tokens.person(
        maker, organisations=(stage.organisation,), scopes=("venue.change", "venue.read")
    )
    key_id = await _session_of(stage, program)
    body = {"day_capacity": 40}
    await stage.good("PATCH", listing.path, program, body)
    await stage.good("PATCH", listing.path, stage.operator, {"day_capacity": 30})
    for token in (stage.operator, stage.office, program):
        by_person, by_program, *_ = await listing.history(token)
        assert (by_program["what"], by_program["role"]) == ("venue_changed", "operator")
        assert (by_program["done_by"], by_program["done_by_key"]) == (None, str(key_id))
        assert by_person["done_by"] is not None
        assert by_person["done_by_key"] is None
        assert str(maker) not in str(by_program)
    assert (await stage.call("GET", f"{listing.path}/history", stage.rival)).status == 404
    assert (await stage.call("GET", f"{listing.path}/history")).status == 401


@pytest.mark.parametrize(
    ("role", "names"),
    [("operator", ()), ("operator", ("done_by", "done_by_key")), ("platform", ("done_by_key",))],
    ids=["nobody", "two", "the platform's key"],
)
async def test_the_database_keeps_one_author_of_each_entry(
    stage: Stage, role: str, names: tuple[str, ...]
) -> None:
    listing = await listed(stage)
    authors = [new_id() if name in names else None for name in ("done_by", "done_by_key")]
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(
                "insert into venue_history"
                " (entry_id, venue_id, what, role, done_by, done_by_key, done_at, changes)"
                " values (uuidv7(), $1, 'paused', $2, $3, $4, now(), '[]')",
                listing.venue["venue_id"],
                role,
                *authors,
            )
    assert refused.value.constraint_name == "venue_history_is_done_by_one"


async def _session_of(stage: Stage, token: str) -> UUID | None:
    caller = await stage.tokens.verifier().verify(token)
    return caller.session_id


async def test_edits_of_an_offering_and_its_schedule_say_what_they_changed(stage: Stage) -> None:
    listing = await listed(stage)
    name = both("拉坯课", "Pottery")
    await listing.change(
        {"name": name, "terms": {"group_steps": [{"from_persons": 10, "percent_off": 20}]}}
    )
    await stage.schedule(listing.offering, capacity=10)
    scheduled, edited, *_ = await listing.history()
    assert {one["field"]: one["after"] for one in edited["changes"]} == {
        "name": name,
        "terms/group_steps": [{"from_persons": 10, "percent_off": 20}],
    }
    assert scheduled["changes"] == [{"field": "capacity", "before": 12, "after": 10}]
    assert edited["offering_id"] == scheduled["offering_id"] == listing.offering["offering_id"]
    path = f"{listing.path}/history?offering={listing.offering['offering_id']}"
    of_it = (await stage.good("GET", path, stage.office))["items"]
    assert [one["what"] for one in of_it] == [
        "schedule_set",
        "offering_changed",
        "schedule_set",
        "offering_added",
    ]


async def test_proposals_leave_their_whole_story(stage: Stage) -> None:
    listing = await listed(stage)
    first = await listing.wait({"prices": DEARER})
    await listing.decide(first, "rejections")
    second = await listing.wait({"address": THERE}, of_venue=True)
    await listing.decide(second, "withdrawals", stage.operator)
    await listing.wait({"prices": DEARER})
    dearest = [price("adult", 20000), price("child", 6800)]
    last = await listing.wait({"prices": dearest})
    await listing.decide(last, "approvals")
    told = [(one["what"], one["role"]) for one in await listing.history()][:9]
    assert told == [
        ("change_approved", "office"),
        ("change_proposed", "operator"),
        ("change_outdated", "operator"),
        ("change_proposed", "operator"),
        ("change_withdrawn", "operator"),
        ("change_proposed", "operator"),
        ("change_rejected", "office"),
        ("change_proposed", "operator"),
        ("approved", "office"),
    ]
    approved, *_, rejected, _, _ = (await listing.history())[:9]
    assert approved["proposal_id"] == last["proposal_id"]
    assert approved["changes"] == [
        {"field": "prices", "before": listing.offering["prices"], "after": dearest}
    ]
    assert rejected["note"] == "价格太高"


async def test_what_waits_when_a_venue_is_archived_leaves_its_end(stage: Stage) -> None:
    listing = await listed(stage)
    waiting = [
        await listing.wait({"prices": DEARER}),
        await listing.wait({"address": THERE}, of_venue=True),
    ]
    await stage.move(listing.venue, "archivals")
    *withdrawn, archived = (await listing.history())[:3]
    assert archived["what"] == "archived"
    assert {(one["what"], one["role"], one["proposal_id"]) for one in withdrawn} == {
        ("change_withdrawn", "operator", one["proposal_id"]) for one in waiting
    }
    assert {one["offering_id"] for one in withdrawn} == {None, listing.offering["offering_id"]}


async def test_a_licence_that_is_lost_and_had_again_leaves_what_the_platform_did(
    stage: Stage,
) -> None:
    venue, licence = await licensed_until(stage, date(2026, 12, 31))
    await refuse(stage, licence)
    await confirmed(stage, venue, number="next")
    path = f"/v1/venues/{venue['venue_id']}/history"
    back, off, *_ = (await stage.good("GET", path, stage.operator))["items"]
    for entry, what, changes in (
        (off, "taken_off_sale", [("on_sale", True, False), ("missing", [], ["business"])]),
        (back, "put_back_on_sale", [("on_sale", False, True)]),
    ):
        assert (entry["what"], entry["role"], entry["done_by"]) == (what, "platform", None)
        assert [(c["field"], c["before"], c["after"]) for c in entry["changes"]] == changes


async def test_what_was_refused_or_changed_nothing_leaves_nothing(stage: Stage) -> None:
    listing = await listed(stage)
    before = await listing.history()
    other = await stage.venue(slug="other", village_id=listing.venue["village"]["village_id"])
    refused = await stage.call("PATCH", listing.path, stage.operator, {"slug": other["slug"]})
    assert (refused.status, refused.code) == (409, "slug_taken")
    await listing.change({}, of_venue=True)
    await listing.change({"slug": listing.offering["slug"]})
    await stage.schedule(listing.offering)
    assert await listing.history() == before


async def test_the_history_is_read_page_by_page(stage: Stage) -> None:
    listing = await listed(stage)
    everything = await listing.history()
    found, path = [], f"{listing.path}/history?limit=2"
    page = await stage.good("GET", path, stage.office)
    found += page["items"]
    while page["next"]:
        page = await stage.good("GET", f"{path}&cursor={page['next']}", stage.office)
        found += page["items"]
    assert found == everything
    wrong = await stage.call("GET", f"{listing.path}/history?limit=101", stage.office)
    assert (wrong.status, set(wrong.fields)) == (422, {"/limit"})


async def test_what_happens_at_once_stands_there_one_after_the_other(stage: Stage) -> None:
    listing = await listed(stage)
    answers = await stage.at_once(
        *(
            stage.call("PATCH", listing.path, stage.operator, {"day_capacity": n})
            for n in (10, 20, 30, 40)
        )
    )
    went = sorted(answer.body["version"] for answer in answers if answer.status == 200)
    entries = [one for one in await listing.history() if one["what"] == "venue_changed"]
    assert len(entries) + len(await listing.proposals("outdated")) >= 1
    chain = [(one["changes"][0]["before"], one["changes"][0]["after"]) for one in entries]
    # Newest first: each began where the one before it ended.
    assert all(later[0] == earlier[1] for later, earlier in pairwise(chain))
    assert len(set(went)) == len(went)


@pytest.mark.parametrize(
    "statement",
    [
        "update venue_history set note = 'x'",
        "delete from venue_history",
        "update venue_history set done_by = uuidv7() where false",
    ],
    ids=["rewritten", "deleted", "nothing rewritten"],
)
async def test_the_database_rewrites_no_history(stage: Stage, statement: str) -> None:
    await stage.ready_venue()
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(stage.database) as conn:
            await conn.execute(statement)
    assert refused.value.constraint_name == "venue_history_is_final"
    async with acquire(stage.database) as conn:
        assert await conn.fetchval("select count(*) from venue_history") == 3


async def test_the_history_of_no_venue_is_not_found(stage: Stage) -> None:
    answer = await stage.call("GET", f"/v1/venues/{new_id()}/history", stage.office)
    assert (answer.status, answer.code) == (404, "not_found")


async def test_the_history_says_in_both_languages_what_was_done(stage: Stage) -> None:
    listing = await listed(stage)
    titles = {one["what"]: one["title"] for one in await listing.history()}
    assert titles["approved"] == {"zh": "文旅局批准上线", "en": "Approved by the tourism office"}
    path = f"{listing.path}/history?limit=1"
    [latest] = (await stage.good("GET", path, stage.office))["items"]
    assert latest["title"] == titles["approved"]
