"""Licences are nobody else's to read or to decide, and their documents are only ever downloads."""

import io

import asyncpg
import pytest

from services.venues.domain.documents import MOST_DOCUMENT_BYTES
from services.venues.jobs.sweep_licence_documents import sweep_licence_documents
from shared.core.ids import new_id
from shared.db import acquire, transaction
from tests.venues.stage import Answer, Json, Stage

PDF = b"%PDF-1.7\n1 0 obj\n<< /Names << /JavaScript 2 0 R >> >>\nendobj\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + bytes(64) + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64) + b"IEND\xaeB`\x82"
BODY: Json = {
    "kind": "business",
    "number": "A-1",
    "issued_by": "北仑区",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
}


async def licence_of(stage: Stage, *, document: bytes | None = PDF) -> tuple[Json, str]:
    """Return a licence that waits, and its path."""
    venue = await stage.venue(licensed=False)
    path = f"/v1/venues/{venue['venue_id']}/licences"
    licence = await stage.good("POST", path, stage.operator, BODY)
    address = f"/v1/licences/{licence['licence_id']}"
    if document is not None:
        assert (await send(stage, address, document)).status == 200
    return licence, address


async def send(
    stage: Stage,
    address: str,
    content: bytes,
    media_type: str = "application/pdf",
    token: str | None = None,
) -> Answer:
    headers = {
        "Authorization": f"Bearer {token or stage.operator}",
        "Content-Type": media_type,
    }
    async with stage.client.put(
        f"{address}/document", data=io.BytesIO(content), headers=headers
    ) as response:
        body = await response.json() if await response.read() else None
        return Answer(response.status, body, response.headers)


async def fetch(stage: Stage, address: str, token: str | None) -> tuple[int, bytes, Json]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with stage.client.get(f"{address}/document", headers=headers) as response:
        return response.status, await response.read(), dict(response.headers)


async def reads(stage: Stage) -> int:
    async with acquire(stage.database) as conn:
        return int(await conn.fetchval("select count(*) from licence_document_reads"))


@pytest.mark.parametrize(
    ("content", "media_type", "suffix"),
    [
        (PDF, "application/pdf", "pdf"),
        (JPEG, "image/jpeg", "jpg"),
        (PNG, "image/png", "png"),
    ],
    ids=["pdf", "jpeg", "png"],
)
async def test_a_document_is_only_ever_a_download(
    stage: Stage, content: bytes, media_type: str, suffix: str
) -> None:
    licence, address = await licence_of(stage, document=None)
    sent = await send(stage, address, content, media_type)
    assert (sent.status, sent.body["document_type"]) == (200, media_type)
    status, body, headers = await fetch(stage, address, stage.operator)
    assert (status, body) == (200, content)
    name = f"business-{licence['licence_id']}.{suffix}"
    assert headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == media_type
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_a_strangers_document_answers_as_one_that_does_not_exist(stage: Stage) -> None:
    _, address = await licence_of(stage)
    missing = f"/v1/licences/{new_id()}"
    for token in (stage.rival,):
        theirs = await stage.call("GET", f"{address}/document", token)
        nobodys = await stage.call("GET", f"{missing}/document", token)
        assert _bare(theirs) == _bare(nobodys) == _bare(nobodys)
        assert theirs.status == 404
        sent = await send(stage, address, PDF, token=token)
        unsent = await send(stage, missing, PDF, token=token)
        assert _bare(sent) == _bare(unsent)
        assert sent.status == 404
    assert await reads(stage) == 0


def _bare(answer: Answer) -> Json:
    return {key: answer.body[key] for key in ("status", "code", "title", "detail")}


async def test_visitors_services_and_people_at_the_gate_read_no_licence(stage: Stage) -> None:
    licence, address = await licence_of(stage)
    gate = stage.tokens.person(organisations=(stage.organisation,), role="gate")
    service = stage.tokens.service("bookings")
    paths = [address + "/document", "/v1/licences", f"/v1/venues/{licence['venue_id']}/licences"]
    for path in paths:
        for token in (stage.visitor, gate, service):
            assert (await stage.call("GET", path, token)).status == 403
        assert (await stage.call("GET", path)).status == 401


async def test_a_rival_finds_no_licence_and_enters_none(stage: Stage) -> None:
    licence, _ = await licence_of(stage)
    path = f"/v1/venues/{licence['venue_id']}/licences"
    assert (await stage.call("GET", path, stage.rival)).status == 404
    assert (await stage.call("POST", path, stage.rival, BODY)).status == 404
    assert (await stage.good("GET", "/v1/licences", stage.rival))["items"] == []


async def test_no_operator_decides_about_a_licence_and_no_office_enters_one(stage: Stage) -> None:
    licence, address = await licence_of(stage)
    for step, body in (("confirmations", None), ("refusals", {"reason": "x"})):
        for token in (stage.operator, stage.rival, stage.visitor):
            assert (await stage.call("POST", f"{address}/{step}", token, body)).status == 403
    path = f"/v1/venues/{licence['venue_id']}/licences"
    assert (await stage.call("POST", path, stage.office, BODY)).status == 403
    assert (await send(stage, address, PDF, token=stage.office)).status == 403


async def test_each_reading_by_the_office_is_recorded_for_good(stage: Stage) -> None:
    _, address = await licence_of(stage)
    await fetch(stage, address, stage.operator)
    assert await reads(stage) == 0
    assert (await fetch(stage, address, stage.office))[0] == 200
    await fetch(stage, address, stage.office)
    assert await reads(stage) == 2
    for statement in (
        "update licence_document_reads set read_by = uuidv7()",
        "delete from licence_document_reads",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(stage.database) as conn:
                await conn.execute(statement)


REFUSED = {
    "page": (b"<!doctype html><script>alert(1)</script>", "application/pdf"),
    "page_before_a_pdf": (b"<script>alert(1)</script>" + PDF, "application/pdf"),
    "cut_off_pdf": (PDF[:20], "application/pdf"),
    "cut_off_jpeg": (JPEG[:-2], "image/jpeg"),
    "jpeg_and_archive": (JPEG + b"PK\x05\x06" + bytes(18), "image/jpeg"),
    "png_and_page": (PNG + b"<html>", "image/png"),
    "gif": (b"GIF89a" + bytes(20), "image/png"),
    "pdf_as_png": (PDF, "image/png"),
    "program": (b"MZ" + bytes(64), "application/pdf"),
}


@pytest.mark.parametrize("what", sorted(REFUSED))
async def test_what_is_no_whole_document_is_refused(stage: Stage, what: str) -> None:
    content, media_type = REFUSED[what]
    _, address = await licence_of(stage, document=None)
    answer = await send(stage, address, content, media_type)
    assert (answer.status, answer.code) == (422, "document_unreadable")
    assert (await fetch(stage, address, stage.operator))[0] == 404


async def test_other_types_and_too_large_files_are_refused(stage: Stage) -> None:
    _, address = await licence_of(stage, document=None)
    for media_type in ("image/svg+xml", "text/html", "application/octet-stream"):
        assert (await send(stage, address, PDF, media_type)).status == 415
    too_large = PDF + bytes(MOST_DOCUMENT_BYTES)
    assert (await send(stage, address, too_large)).status == 413
    assert (await send(stage, address, b"")).status == 400


async def test_a_document_is_not_exchanged_after_the_decision(stage: Stage) -> None:
    licence, address = await licence_of(stage)
    read = await stage.call("GET", f"/v1/venues/{licence['venue_id']}/licences", stage.office)
    version = read.body["items"][0]["version"]
    assert (await send(stage, address, JPEG, "image/jpeg")).status == 200
    late = await stage.call(
        "POST", f"{address}/confirmations", stage.office, If_Match=f'"{version}"'
    )
    assert late.status == 412
    await stage.good("POST", f"{address}/confirmations", stage.office)
    answer = await send(stage, address, PDF)
    assert (answer.status, answer.code) == (409, "licence_state_conflict")


async def test_documents_that_were_replaced_are_deleted_a_day_later(stage: Stage) -> None:
    _, address = await licence_of(stage)
    await send(stage, address, JPEG, "image/jpeg")
    app = stage.client.app
    await sweep_licence_documents(app)
    async with acquire(stage.database) as conn:
        assert await conn.fetchval("select count(*) from blobs") == 2
    stage.clock.pass_days(2)
    await sweep_licence_documents(app)
    async with acquire(stage.database) as conn:
        assert await conn.fetchval("select count(*) from blobs") == 1
    stage.__post_init__()
    assert (await fetch(stage, address, stage.operator))[1] == JPEG
