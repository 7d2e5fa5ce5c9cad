"""Quiet villages get their share, names count with their accents, prices are what adults pay."""

from datetime import date, timedelta
from urllib.parse import quote

from tests.venues.stage import (
    Json,
    Stage,
    both,
    entry_body,
    option,
    price,
    session_body,
    stay_body,
    table_body,
)
from tests.venues.test_searching import SATURDAY, ask, district, page, publish, slugs, tell_left

FRIDAY = date(2026, 9, 11)


def reasons(found: Json, slug: str) -> dict[str, int]:
    (venue,) = [one for one in found["items"] if one["slug"] == slug]
    return {one["code"]: one["points"] for one in venue["reasons"]}


async def two_villages(stage: Stage) -> list[Json]:
    """Publish a workshop each in a village that will be crowded and in a quiet one."""
    villages = await district(stage, "xinlu", "jiaxi")
    for village, slug in zip(villages, ("loud", "calm"), strict=True):
        name = both(f"陶艺{slug}", slug.title())
        await publish(stage, village, session_body(), slug=slug, name=name)
    return villages


async def crowd(stage: Stage, village: Json, days: int) -> None:
    """Leave a village one place on each of some days from today on."""
    for number in range(days):
        day = str(FRIDAY + timedelta(days=number))
        await tell_left(stage, village["village_id"], 1, scope="village_day", day=day)


async def test_quiet_villages_get_their_share_of_the_coming_week_without_days_too(
    stage: Stage,
) -> None:
    loud, _calm = await two_villages(stage)
    assert await ask(stage, "陶艺") == ["loud", "calm"]
    await crowd(stage, loud, 7)
    for question in (f"q={quote('陶艺')}", "kind=session", "near=29.87,121.78&within_km=100"):
        found = await page(stage, question)
        assert [one["slug"] for one in found["items"]] == ["calm", "loud"], question
        assert reasons(found, "calm")["quiet_village"] == 30
        assert reasons(found, "loud")["crowded_village"] == 0
    # A list that asks for nothing has its own order, and so have its reasons.
    plain = await page(stage)
    assert [(one["slug"], one["reasons"]) for one in plain["items"]] == [
        ("loud", []),
        ("calm", []),
    ]


async def test_some_crowded_days_of_the_week_cost_their_share_alone(stage: Stage) -> None:
    loud, _calm = await two_villages(stage)
    await crowd(stage, loud, 2)
    found = await page(stage, f"q={quote('陶艺')}")
    assert reasons(found, "loud")["quiet_village"] == 21
    # Beyond the week it does not matter, and an asked day counts alone.
    asked = await page(stage, f"q={quote('陶艺')}&date={SATURDAY}")
    assert reasons(asked, "loud")["crowded_village"] == 0


async def test_the_very_name_counts_with_and_without_its_accents(stage: Stage) -> None:
    (village,) = await district(stage, "xinlu")
    await publish(
        stage, village, session_body(), slug="other", name=both("咖啡", "Café Crème House")
    )
    await publish(stage, village, session_body(), slug="cafe", name=both("ＡＢ馆", "Café Crème"))
    for words in ("Café Crème", "cafe creme", "CAFÉ crème", "ab馆"):
        found = await page(stage, f"q={quote(words)}")
        assert found["items"][0]["slug"] == "cafe", words
        assert reasons(found, "cafe")["exact_name"] == 120


PRICES: list[tuple[str, Json, int]] = [
    ("child", session_body(prices=[price("adult", 12800), price("child", 0)]), 12800),
    (
        "days",
        entry_body(
            prices=[
                price("adult", 8000),
                price("adult", 6000, day_type="workday"),
                price("child", 3000),
            ]
        ),
        6000,
    ),
    ("elders", entry_body(prices=[price("senior", 4000), price("child", 2000)]), 2000),
    ("table", table_body(), 3000),
    (
        "pitch",
        stay_body(
            persons_per_unit=None,
            prices=[price("pitch", 16000, option="meadow"), price("pitch", 12000, option="wood")],
            terms={"options": [option("meadow", 1, 4), option("wood", 1, 2)]},
        ),
        12000,
    ),
]


async def test_a_price_is_from_what_an_adult_pays_and_so_is_the_filter(stage: Stage) -> None:
    (village,) = await district(stage, "xinlu")
    for slug, body, fen in PRICES:
        venue = await stage.venue(village["village_id"], slug=slug)
        offering = await stage.offering(venue, body)
        assert offering["price_from_fen"] == fen, slug
    state = "state=any"
    for most, found in (
        (1999, []),
        (2000, ["elders"]),
        (5999, ["elders", "table"]),
        (6000, ["days", "elders", "table"]),
        (12799, ["days", "elders", "table", "pitch"]),
        (12800, ["child", "days", "elders", "table", "pitch"]),
    ):
        assert await slugs(stage, f"{state}&price_most_fen={most}", stage.operator) == found
    bands = (await page(stage, state, stage.operator))["facets"]["prices"]
    assert [(one["least_fen"], one["venues"]) for one in bands] == [(1, 2), (5001, 1), (10001, 2)]
