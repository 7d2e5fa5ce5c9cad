"""Pictures of strangers: nothing hurts, nothing leaks, nothing is anybody else's to touch."""

import asyncio
import io
import struct
import time
import zlib
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from services.venues.pictures.pool import PicturePool, PictureRefusedError
from services.venues.pictures.studio import MOST_BYTES
from shared.core.ids import new_id
from tests.venues.photo_stage import ALT, announced, file_of, photos_of, sent, shown
from tests.venues.pictures import drawn, from_a_phone, opened, picture
from tests.venues.stage import Stage

ZIP = b"PK\x05\x06" + bytes(18)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be of this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def film(kind: str) -> bytes:
    frames = [drawn(100, 80), drawn(100, 80).rotate(180)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=100)
    return file.getvalue()


def with_comment(text: bytes) -> bytes:
    return picture(comment=text)


REFUSED = {
    "svg": (SVG, "image/png", 422, "picture_unreadable"),
    "svg_as_itself": (SVG, "image/svg+xml", 415, "unsupported_media_type"),
    "gif": (picture("gif"), "image/png", 422, "picture_unreadable"),
    "gif_as_itself": (picture("gif"), "image/gif", 415, "unsupported_media_type"),
    "html": (b"<!doctype html><script>1</script>", "image/jpeg", 422, "picture_unreadable"),
    "nothing": (b"", "image/jpeg", 400, "malformed_body"),
    "cut_off_jpeg": (picture()[:-40], "image/jpeg", 422, "picture_unreadable"),
    "cut_off_png": (picture("png")[:-40], "image/png", 422, "picture_unreadable"),
    "cut_off_webp": (picture("webp")[:-40], "image/webp", 422, "picture_unreadable"),
    "cut_off_avif": (picture("avif")[:-40], "image/avif", 422, "picture_unreadable"),
    "jpeg_and_archive": (picture() + ZIP, "image/jpeg", 422, "picture_ambiguous"),
    "jpeg_and_page": (picture() + b"<html>", "image/jpeg", 422, "picture_ambiguous"),
    "png_and_archive": (picture("png") + ZIP, "image/png", 422, "picture_ambiguous"),
    "webp_and_text": (picture("webp") + b"more", "image/webp", 422, "picture_ambiguous"),
    "avif_and_text": (picture("avif") + b"\0\0\0\x04mo", "image/avif", 422, "picture_ambiguous"),
    "script_in_a_comment": (
        with_comment(b"*/=1;<script>alert(1)</script>"),
        "image/jpeg",
        422,
        "picture_ambiguous",
    ),
    "pdf_in_a_comment": (with_comment(b"%PDF-1.7"), "image/jpeg", 422, "picture_ambiguous"),
    "php_in_a_comment": (with_comment(b"<?PHP x"), "image/jpeg", 422, "picture_ambiguous"),
    "bomb": (png_of(30_000, 30_000), "image/png", 422, "picture_too_large"),
    "just_too_many_pixels": (png_of(10_000, 5_001), "image/png", 422, "picture_too_large"),
    "strip": (png_of(60_000, 100), "image/png", 422, "picture_out_of_shape"),
    "moving_webp": (film("webp"), "image/webp", 422, "picture_animated"),
    "moving_png": (film("png"), "image/png", 422, "picture_animated"),
    "other_than_it_says": (picture("png"), "image/jpeg", 415, "unsupported_media_type"),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
async def test_what_is_no_plain_picture_is_refused_with_a_clear_reason(
    stage: Stage, case: str
) -> None:
    content, kind, status, code = REFUSED[case]
    venue, _ = await stage.ready_venue()
    photo = await announced(stage, venue)
    answer = await sent(stage, photo, content, kind)
    assert (answer.status, answer.code) == (status, code)
    assert answer.body["detail"]
    assert (await photos_of(stage, venue))[0]["state"] == "awaiting"


async def test_pixels_are_counted_before_any_is_decoded() -> None:
    before = time.monotonic()
    with pytest.raises(PictureRefusedError, match="pixels"):
        await PicturePool(1).look(png_of(30_000, 30_000))
    assert time.monotonic() - before < 5


async def test_nothing_of_what_the_camera_wrote_is_left_in_any_file(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    sent_content = from_a_phone()
    assert b"Secretphone" in sent_content
    assert b"Secretcomment" in sent_content
    photo = await shown(stage, venue, sent_content)
    for kind, widths in photo["sources"].items():
        for width in widths:
            content = await (await file_of(stage, photo, width, kind)).read()
            assert b"Secret" not in content
            assert b"Exif" not in content
            image = opened(content)
            assert not image.getexif()
            assert not {"comment", "xmp", "icc_profile", "exif"} & set(image.info)


async def test_colours_of_a_profile_become_srgb_and_a_broken_profile_harms_nobody(
    stage: Stage,
) -> None:
    venue, _ = await stage.published_venue()
    photo = await shown(stage, venue, picture(icc_profile=b"no profile at all"))
    assert photo["state"] == "ready"


async def test_too_many_bytes_are_refused_while_they_come(stage: Stage) -> None:
    venue, _ = await stage.ready_venue()
    photo = await announced(stage, venue)
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 4 * MOST_BYTES:
            taken += 65_536
            yield bytes(65_536)

    headers = {"Authorization": f"Bearer {stage.operator}", "Content-Type": "image/jpeg"}
    path = f"/v1/photos/{photo['photo_id']}/content"
    try:
        async with stage.client.put(path, data=endless(), headers=headers) as response:
            assert response.status == 413
    except (ConnectionError, OSError):
        pass  # the service closed the connection under the sender: that is an answer too
    assert taken < 4 * MOST_BYTES


async def test_a_packed_body_is_refused_before_it_is_unpacked(stage: Stage) -> None:
    venue, _ = await stage.ready_venue()
    photo = await announced(stage, venue)
    headers = {
        "Authorization": f"Bearer {stage.operator}",
        "Content-Type": "image/jpeg",
        "Content-Encoding": "gzip",
    }
    path = f"/v1/photos/{photo['photo_id']}/content"
    packed = zlib.compress(bytes(10), wbits=31)
    async with stage.client.put(path, data=packed, headers=headers) as response:
        assert response.status == 415


async def test_what_decodes_pictures_knows_no_secret_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[dict[str, str]] = []
    start = asyncio.create_subprocess_exec

    async def seen(*command, **options):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN003, ANN202
        started.append(options["env"])
        return await start(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", seen)
    await PicturePool(1).look(picture())
    assert started == [{}]


async def test_photos_of_others_answer_byte_for_byte_as_missing_ones(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    photo = await shown(stage, venue)
    mine = (photo["photo_id"], venue["venue_id"])
    none = (str(new_id()), str(new_id()))
    for method, path, body in (
        ("PATCH", "/v1/photos/{0}", {"alt": ALT}),
        ("DELETE", "/v1/photos/{0}", None),
        ("POST", "/v1/venues/{1}/photos", {"alt": ALT}),
        ("GET", "/v1/venues/{1}/photos", None),
        ("PUT", "/v1/venues/{1}/photos/order", {"photo_ids": []}),
    ):
        bodies = []
        for ids in (mine, none):
            answer = await stage.call(method, path.format(*ids), stage.rival, body)
            assert answer.status == 404
            bodies.append({**answer.body, "instance": "", "request_id": ""})
        assert bodies[0] == bodies[1]
    foreign = await sent(stage, photo, token=stage.rival)
    missing = await sent(stage, {"photo_id": none[0]}, token=stage.rival)
    assert (foreign.status, missing.status) == (404, 404)


@pytest.mark.parametrize("who", ["nobody", "visitor", "office"])
async def test_only_the_venues_own_people_change_photos(stage: Stage, who: str) -> None:
    venue, _ = await stage.published_venue()
    token = {"nobody": None, "visitor": stage.visitor, "office": stage.office}[who]
    answer = await stage.call("POST", f"/v1/venues/{venue['venue_id']}/photos", token, {"alt": ALT})
    assert answer.status in {401, 403}


@pytest.mark.parametrize(
    "digest",
    ["..%2f..%2f..%2fetc%2fpasswd", "%2e%2e", "A" * 64, "a" * 63, "a" * 64 + "%00"],
    ids=["path", "dots", "capitals", "short", "null"],
)
async def test_no_address_leads_out_of_the_pictures(stage: Stage, digest: str) -> None:
    async with stage.client.get(f"/v1/photos/{digest}/320.jpeg") as response:
        assert response.status in {404, 422}


async def test_the_file_that_was_sent_is_shown_to_nobody(stage: Stage) -> None:
    venue, _ = await stage.published_venue()
    photo = await shown(stage, venue, from_a_phone())
    for width in photo["sources"]["jpeg"]:
        assert await (await file_of(stage, photo, width, "jpeg")).read() != from_a_phone()
    # Its own digest leads to what was made of it, and never to itself.
    assert (await file_of(stage, photo, photo["width"] + 1, "jpeg")).status == 404


@pytest.mark.parametrize(
    "extra",
    [{"digest": "a" * 64}, {"position": 1}, {"venue_id": str(new_id())}, {"state": "ready"}],
    ids=["digest", "position", "venue", "state"],
)
async def test_nobody_says_of_a_photo_what_is_not_theirs_to_say(
    stage: Stage, extra: dict[str, object]
) -> None:
    venue, _ = await stage.ready_venue()
    path = f"/v1/venues/{venue['venue_id']}/photos"
    answer = await stage.call("POST", path, stage.operator, {"alt": ALT, **extra})
    assert answer.status == 422


@pytest.mark.parametrize(
    "alt",
    [None, {}, {"zh": "窑"}, {"zh": "窑", "en": ""}, {"zh": " ", "en": "kiln"}],
    ids=["none", "empty", "one_language", "empty_english", "blank"],
)
async def test_a_photo_without_words_for_those_who_cant_see_it_is_refused(
    stage: Stage, alt: object
) -> None:
    venue, _ = await stage.ready_venue()
    answer = await stage.call(
        "POST", f"/v1/venues/{venue['venue_id']}/photos", stage.operator, {"alt": alt}
    )
    assert answer.status == 422


def test_pictures_of_tests_are_what_they_seem() -> None:
    assert getattr(Image.open(io.BytesIO(film("webp"))), "n_frames", 1) == 2
    assert getattr(Image.open(io.BytesIO(film("png"))), "n_frames", 1) == 2
