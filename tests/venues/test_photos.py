"""Photos of venues: announced, sent, made into sizes, shown, put in order, taken away."""

import asyncio
import time
from datetime import timedelta

import pytest

from services.venues.jobs.make_pictures import CLAIM, LEASE, make_pictures
from services.venues.jobs.sweep_pictures import sweep_pictures
from services.venues.pictures.pool import POOL, PicturePool
from shared.core.ids import new_id
from shared.db import acquire
from tests.venues.photo_stage import (
    ALT,
    announced,
    application,
    file_of,
    photos_of,
    sent,
    shown,
    signed_in_again,
)
from tests.venues.pictures import from_a_phone, opened, picture
from tests.venues.stage import Stage, both


async def test_an_announced_photo_waits_for_its_content_and_nobody_else_sees_it(
    stage: Stage,
) -> None:
    venue, _ = await stage.published_venue()
    photo = await announced(stage, venue, credit="陈师傅")
    assert photo["state"] == "awaiting"
    assert photo["alt"] == ALT
    assert photo["credit"] == "陈师傅"
    assert photo["position"] == 1
    seen = await stage.good("GET", f"/v1/venues/{venue['venue_id']}")
    assert seen["photos"] == []


async def test_a_picture_is_made_into_all_sizes_and_formats_and_shown(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    photo = await announced(stage, venue)
    answer = await sent(stage, photo, picture(size=(1400, 1050)))
    assert answer.status == 200
    assert answer.body["state"] == "processing"
    await make_pictures(application(stage))
    (seen,) = (await stage.good("GET", f"/v1/venues/{venue['venue_id']}"))["photos"]
    widths = [320, 640, 1280]
    assert seen["sources"] == {"avif": widths, "webp": widths, "jpeg": widths}
    assert (seen["width"], seen["height"]) == (1400, 1050)
    assert seen["colour"].startswith("#")
    assert seen["alt"] == ALT
    for kind, width in [(kind, width) for kind in seen["sources"] for width in widths]:
        response = await file_of(stage, seen, width, kind)
        assert response.status == 200
        assert response.content_type == f"image/{kind}"
        image = opened(await response.read())
        assert image.size == (width, width * 3 // 4)


@pytest.mark.parametrize(
    ("size", "widths"),
    [((200, 150), [200]), ((330, 250), [320]), ((1000, 750), [320, 640, 1000])],
    ids=["tiny", "nearly", "between"],
)
async def test_no_picture_is_made_larger_than_it_was(
    stage: Stage, size: tuple[int, int], widths: list[int]
) -> None:
    venue, _ = await stage.published_venue()
    photo = await shown(stage, venue, picture(size=size))
    assert photo["sources"]["webp"] == widths


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
async def test_each_format_is_taken(stage: Stage, kind: str) -> None:
    venue, _ = await stage.ready_venue()
    photo = await announced(stage, venue)
    answer = await sent(stage, photo, picture(kind), f"image/{kind}")
    assert answer.status == 200, answer.body
    await make_pictures(application(stage))
    assert (await photos_of(stage, venue))[0]["state"] == "ready"


async def test_a_picture_stands_upright_as_its_camera_says(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    photo = await shown(stage, venue, from_a_phone())
    assert (photo["width"], photo["height"]) == (600, 800)
    image = opened(await (await file_of(stage, photo, 320, "jpeg")).read())
    assert image.size == (320, 427)
    # What was at the top left before is at the top right when the phone was held upright.
    red, green, _blue = image.resize((4, 4)).tobytes()[9:12]
    assert red > green


async def test_photos_of_a_list_are_the_first_of_each_venue(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    first, _second = await shown(stage, venue), await shown(stage, venue, picture(size=(500, 400)))
    listed = (await stage.good("GET", "/v1/venues"))["items"][0]["photos"]
    assert [photo["photo_id"] for photo in listed] == [first["photo_id"]]
    whole = (await stage.good("GET", f"/v1/venues/{venue['venue_id']}"))["photos"]
    assert len(whole) == 2


async def test_photos_are_put_in_order(stage: Stage) -> None:
    venue, _ = await stage.ready_venue()
    ids = [(await announced(stage, venue))["photo_id"] for _ in range(3)]
    path = f"/v1/venues/{venue['venue_id']}/photos/order"
    order = [ids[2], ids[0], ids[1]]
    page = await stage.good("PUT", path, stage.operator, {"photo_ids": order})
    assert [photo["photo_id"] for photo in page["items"]] == order
    for wrong in (ids[:2], [*ids, str(new_id())], [ids[0], ids[0], ids[1]]):
        answer = await stage.call("PUT", path, stage.operator, {"photo_ids": wrong})
        assert (answer.status, answer.code) == (409, "photos_changed")


async def test_what_is_said_about_a_photo_changes_and_an_old_version_is_refused(
    stage: Stage,
) -> None:
    venue, offering = await stage.ready_venue()
    photo = await announced(stage, venue, credit="A")
    path = f"/v1/photos/{photo['photo_id']}"
    body = {"alt": both("新", "new"), "offering_id": offering["offering_id"], "credit": None}
    changed = await stage.good("PATCH", path, stage.operator, body)
    assert changed["alt"] == body["alt"]
    assert changed["offering_id"] == offering["offering_id"]
    assert changed["credit"] is None
    stale = await stage.call(
        "PATCH", path, stage.operator, {"credit": "B"}, If_Match=f'"{photo["version"]}"'
    )
    assert (stale.status, stale.code) == (412, "precondition_failed")


async def test_each_change_counts_as_a_version_of_the_venue_and_stands_in_its_history(
    stage: Stage,
) -> None:
    venue, _ = await stage.published_venue()
    version = venue["version"]
    photo = await shown(stage, venue)
    seen = await stage.good("GET", f"/v1/venues/{venue['venue_id']}")
    # Announced, sent, made.
    assert seen["version"] == version + 3
    assert (
        await stage.call("DELETE", f"/v1/photos/{photo['photo_id']}", stage.operator)
    ).status == 204
    async with acquire(stage.database) as conn:
        rows = await conn.fetch(
            "select what from venue_history where what = 'photos_changed' order by entry_id"
        )
    assert len(rows) == 3


async def test_a_photo_that_is_taken_away_leaves_no_gap(stage: Stage) -> None:
    venue, _ = await stage.ready_venue()
    photos = [await announced(stage, venue) for _ in range(3)]
    gone = await stage.call("DELETE", f"/v1/photos/{photos[1]['photo_id']}", stage.operator)
    assert gone.status == 204
    left = await photos_of(stage, venue)
    assert [photo["position"] for photo in left] == [1, 2]
    again = await stage.call("DELETE", f"/v1/photos/{photos[1]['photo_id']}", stage.operator)
    assert again.status == 404


async def test_a_venue_has_at_most_thirty_photos_however_they_come(stage: Stage) -> None:
    venue, _ = await stage.ready_venue()
    for _ in range(29):
        await announced(stage, venue)
    path = f"/v1/venues/{venue['venue_id']}/photos"
    answers = await stage.at_once(
        *(stage.call("POST", path, stage.operator, {"alt": ALT}) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"too_many_photos"}


async def test_the_same_announcement_sent_twice_is_one_photo(stage: Stage) -> None:
    venue, _ = await stage.ready_venue()
    path = f"/v1/venues/{venue['venue_id']}/photos"
    key = str(new_id())
    first, second = [
        await stage.call("POST", path, stage.operator, {"alt": ALT}, Idempotency_Key=key)
        for _ in range(2)
    ]
    assert first.body == second.body
    assert len(await photos_of(stage, venue)) == 1


async def test_an_offering_of_another_venue_is_unknown(stage: Stage) -> None:
    venue, _ = await stage.ready_venue()
    _, foreign = await stage.ready_venue(slug="another-venue")
    path = f"/v1/venues/{venue['venue_id']}/photos"
    body = {"alt": ALT, "offering_id": foreign["offering_id"]}
    answer = await stage.call("POST", path, stage.operator, body)
    assert answer.status == 422
    assert answer.fields == {"/offering_id": "unknown_offering"}


async def test_a_file_is_cached_for_ever_and_known_by_its_tag(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    photo = await shown(stage, venue)
    first = await file_of(stage, photo, 640, "webp")
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    again = await file_of(stage, photo, 640, "webp", If_None_Match=first.headers["ETag"])
    assert again.status == 304
    assert await again.read() == b""
    head = await stage.client.head(f"/v1/photos/{photo['digest']}/640.webp")
    assert head.status == 200
    assert head.headers["Content-Length"] == first.headers["Content-Length"]
    for path in ("641.webp", "640.png", "0640.webp", "640.webp.exe"):
        missing = await stage.client.get(f"/v1/photos/{photo['digest']}/{path}")
        assert missing.status in {404, 422}


async def test_work_that_died_half_way_is_begun_again_by_somebody_else(stage: Stage) -> None:
    venue, _ = await stage.ready_venue()
    await sent(stage, await announced(stage, venue))
    async with acquire(stage.database) as conn:
        now = stage.clock.now()
        assert await conn.fetchrow(CLAIM, now, now + LEASE) is not None
    await make_pictures(application(stage))
    assert (await photos_of(stage, venue))[0]["state"] == "processing"
    stage.clock.instant += LEASE
    await make_pictures(application(stage))
    assert (await photos_of(stage, venue))[0]["state"] == "ready"


async def test_a_picture_that_kills_its_process_each_time_is_refused_in_the_end(
    stage: Stage,
) -> None:
    venue, _ = await stage.ready_venue()
    await sent(stage, await announced(stage, venue))
    pool = application(stage)[POOL]
    pool._seconds = 0.001  # noqa: SLF001 - every process takes longer than this
    for _ in range(6):
        await make_pictures(application(stage))
        stage.clock.instant += LEASE
    assert (await photos_of(signed_in_again(stage), venue))[0]["state"] == "refused"


async def test_several_processes_make_each_picture_once(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    for number in range(3):
        await sent(stage, await announced(stage, venue), picture(size=(400 + number, 300)))
    await asyncio.gather(*(make_pictures(application(stage)) for _ in range(3)))
    photos = await photos_of(stage, venue)
    assert [photo["state"] for photo in photos] == ["ready"] * 3
    async with acquire(stage.database) as conn:
        assert await conn.fetchval("select max(attempts) from pictures") == 1


async def test_the_same_picture_may_come_again_while_it_is_being_made(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    photo = await announced(stage, venue)
    assert (await sent(stage, photo)).status == 200
    again, *_ = await asyncio.gather(
        sent(stage, photo), make_pictures(application(stage)), sent(stage, photo)
    )
    assert again.status == 200
    await make_pictures(application(stage))
    assert (await photos_of(stage, venue))[0]["state"] == "ready"


async def test_files_that_nothing_shows_go_after_a_day_and_others_stay(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    kept, gone = await shown(stage, venue), await shown(stage, venue, picture(size=(500, 400)))
    await stage.call("DELETE", f"/v1/photos/{gone['photo_id']}", stage.operator)
    await sweep_pictures(application(stage))
    assert (await file_of(stage, gone, 320, "jpeg")).status == 200
    stage.clock.instant += timedelta(days=2)
    await sweep_pictures(application(stage))
    assert (await file_of(stage, gone, 320, "jpeg")).status == 404
    assert (await file_of(stage, kept, 320, "jpeg")).status == 200
    async with acquire(stage.database) as conn:
        # The picture that was sent, and three widths in three formats.
        assert await conn.fetchval("select count(*) from blobs") == 10
    again = await announced(signed_in_again(stage), venue)
    assert (await sent(stage, again, picture(size=(500, 400)))).status == 200
    await make_pictures(application(stage))
    assert (await file_of(stage, gone, 320, "jpeg")).status == 200


async def test_two_venues_may_show_the_same_picture_and_one_may_take_it_away(
    stage: Stage,
) -> None:
    one, _ = await stage.published_venue()
    other, _ = await stage.published_venue(slug="another-venue")
    first, second = await shown(stage, one), await shown(stage, other)
    assert first["digest"] == second["digest"]
    await stage.call("DELETE", f"/v1/photos/{first['photo_id']}", stage.operator)
    stage.clock.instant += timedelta(days=2)
    await sweep_pictures(application(stage))
    assert (await file_of(stage, second, 640, "avif")).status == 200


async def test_the_service_answers_others_while_it_works_on_a_large_picture(
    stage: Stage,
) -> None:
    content = picture("png", (6000, 4000))
    pool = PicturePool(2)
    work = asyncio.create_task(pool.make(content))
    slowest = 0.0
    while not work.done():
        before = time.monotonic()
        async with stage.client.get("/healthz") as response:
            assert response.status == 200
        slowest = max(slowest, time.monotonic() - before)
        await asyncio.sleep(0.005)
    await work
    # Decoding it takes more than a second; whoever did that on the event loop would wait so long.
    assert slowest < 0.5
