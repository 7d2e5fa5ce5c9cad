"""Finding venues: filters, who sees what, pages, entity tags, a fixed number of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import asyncpg

from shared.db import acquire
from tests.venues.stage import Json, Stage, both, session_body, stay_body


async def found(stage: Stage, query: str = "", token: str | None = None) -> list[str]:
    page = await stage.good("GET", f"/v1/venues?{query}", token)
    return [venue["slug"] for venue in page["items"]]


async def two_villages(stage: Stage) -> tuple[Json, Json]:
    """A kiln in Xinlu with weekend classes, and a camp in Jiaxi that is open on weekdays."""
    xinlu = await stage.village(slug="xinlu")
    jiaxi = await stage.village(slug="jiaxi")
    kiln, _ = await stage.published_venue(village_id=xinlu["village_id"])
    camp = await stage.venue(
        jiaxi["village_id"],
        slug="jiaxi-camp",
        name=both("嘉溪营地", "Jiaxi Camp 100%"),
        summary=both("枕着溪声入睡", "Sleep by the stream"),
        description=both("一片草地。", "A meadow."),
    )
    pitch = await stage.offering(camp, stay_body())
    await stage.schedule(pitch, weekdays=[1, 2, 3], times=[])
    await stage.move(camp, "submissions")
    return kiln, await stage.move(camp, "approvals", stage.office)


async def test_visitors_find_venues_by_kind_village_day_and_words(stage: Stage) -> None:
    kiln, camp = await two_villages(stage)
    assert await found(stage) == ["xinlu-kiln", "jiaxi-camp"]
    assert await found(stage, "kind=stay") == ["jiaxi-camp"]
    assert await found(stage, "village=xinlu") == ["xinlu-kiln"]
    assert await found(stage, f"village={camp['village']['village_id']}") == ["jiaxi-camp"]
    assert await found(stage, "date=2026-09-13") == ["xinlu-kiln"]
    assert await found(stage, "date=2026-09-14") == ["jiaxi-camp"]
    assert await found(stage, "date=2026-09-14&kind=session") == []
    assert await found(stage, f"organisation={kiln['organisation_id']}&kind=session") == [
        "xinlu-kiln"
    ]
    for words, slugs in {
        "陶艺": ["xinlu-kiln"],
        "溪": ["jiaxi-camp"],
        "SLEEP by": ["jiaxi-camp"],
        "pottery class": ["xinlu-kiln"],
        "0%": ["jiaxi-camp"],
        "_": [],
        "\\": [],
        "  ": ["xinlu-kiln", "jiaxi-camp"],
    }.items():
        assert await found(stage, f"q={quote(words)}") == slugs, words


async def test_unpublished_venues_are_seen_by_their_operator_and_the_office_only(
    stage: Stage,
) -> None:
    await stage.venue(slug="draft")
    await stage.submitted_venue(slug="waiting")
    await stage.published_venue(slug="open")
    assert await found(stage, "state=any", stage.operator) == ["draft", "waiting", "open"]
    assert await found(stage, "state=any", stage.office) == ["draft", "waiting", "open"]
    assert await found(stage, "state=submitted", stage.office) == ["waiting"]
    assert await found(stage, "state=draft&state=submitted", stage.operator) == ["draft", "waiting"]
    for token in (None, stage.visitor, stage.rival):
        assert await found(stage, "state=any", token) == ["open"]
        assert await found(stage, "state=draft", token) == []
    assert await found(stage, "", stage.office) == ["open"]


async def test_pages_follow_each_other_in_the_order_of_creation(stage: Stage) -> None:
    slugs = [f"venue-{number}" for number in range(5)]
    village = (await stage.village())["village_id"]
    for slug in slugs:
        await stage.venue(village, slug=slug)
    seen: list[str] = []
    cursor = ""
    while True:
        path = f"/v1/venues?state=any&limit=2{cursor}"
        page = await stage.good("GET", path, stage.operator)
        seen += [venue["slug"] for venue in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == slugs


WRONG_FILTERS: Final[list[str]] = [
    "kind=tent",
    "date=tomorrow",
    "limit=0",
    "limit=101",
    "cursor=x",
    "state=lost",
    "colour=red",
    "date=0001-01-01",
    "q=",
    "village=a&village=b",
    "q=%00",
]


async def test_a_wrong_filter_is_refused(stage: Stage) -> None:
    for query in WRONG_FILTERS:
        answer = await stage.call("GET", f"/v1/venues?{query}")
        assert (answer.status, answer.code) == (422, "invalid_request")


@contextmanager
def counted(connection: asyncpg.Connection) -> Iterator[list[str]]:
    statements: list[str] = []

    def log(record: asyncpg.connection.LoggedQuery) -> None:
        statements.append(record.query)

    connection.add_query_logger(log)
    try:
        yield statements
    finally:
        connection.remove_query_logger(log)


async def test_a_page_takes_as_many_statements_however_much_is_on_it(stage: Stage) -> None:
    village = (await stage.village())["village_id"]
    counts = []
    for number in range(2):
        for one in range(number * 3 + 1):
            venue = await stage.venue(village, slug=f"venue-{number}-{one}")
            for offering in range(one + 1):
                await stage.offering(venue, session_body(slug=f"offering-{offering}"))
        # Requests come one after the other, so the pool serves them all by its one connection.
        async with acquire(stage.database) as conn:
            # The connection itself: loggers of the loan end with the loan.
            counting = counted(conn._con)  # type: ignore[union-attr]  # noqa: SLF001
        with counting as statements:
            await stage.good("GET", "/v1/venues?state=any&limit=100", stage.office)
        counts.append(len(statements))
    assert counts == [7, 7]


async def test_public_answers_may_be_kept_a_little_and_are_asked_for_again_by_tag(
    stage: Stage,
) -> None:
    venue, offering = await stage.published_venue()
    village = venue["village"]
    for path in (
        "/v1/villages",
        f"/v1/villages/{village['slug']}",
        "/v1/venues",
        f"/v1/venues/{venue['venue_id']}",
        f"/v1/offerings/{offering['offering_id']}",
        f"/v1/offerings/{offering['offering_id']}/slots",
    ):
        answer = await stage.call("GET", path)
        is_kept = path in {"/v1/venues", "/v1/villages"}
        allowed = "max-age=0, must-revalidate" if is_kept else "max-age=15"
        assert answer.headers["Cache-Control"] == f"public, {allowed}"
        tag = answer.headers["ETag"]
        for known in (tag, f'W/{tag}, "other"', "*"):
            again = await stage.call("GET", path, If_None_Match=known)
            assert (again.status, again.body, again.headers["ETag"]) == (304, None, tag)
        own = await stage.call("GET", path, stage.operator)
        assert own.headers["Cache-Control"] == "private, no-cache"
        assert own.headers["Vary"] == "Authorization"
    await stage.good("PATCH", f"/v1/venues/{venue['venue_id']}", stage.operator, {"slug": "new"})
    assert (await stage.call("GET", "/v1/venues", If_None_Match=tag)).status == 200
