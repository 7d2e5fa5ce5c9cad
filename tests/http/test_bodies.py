"""Bodies: what is read, and all that is refused."""

import asyncio
import json
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.errors import MalformedBody
from shared.http.json_body import BODY_LIMIT, DEEPEST, parse_json
from tests.http.conftest import Client

JSON = {"Content-Type": "application/json", "Accept-Language": "en"}
PREVIEWS = "/v1/previews"


async def send(client: Client, body: bytes, headers: dict[str, str] = JSON) -> tuple[int, Any]:
    async with client.post(PREVIEWS, data=BytesIO(body), headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def refused_field(client: Client, body: dict[str, Any]) -> tuple[str, str]:
    status, problem = await send(client, json.dumps(body).encode())
    assert status == 422, problem
    (error,) = problem["errors"]
    assert error["in"] == "body"
    return error["field"], error["code"]


async def test_a_body_is_read_strictly_and_answered(client: Client, loan: dict[str, Any]) -> None:
    status, answer = await send(client, json.dumps(loan).encode())
    assert status == 200
    assert answer == {"name": "little one", "day": "2026-10-01", "cups": 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "syntax"),
        (b"{", "syntax"),
        (b"not json", "syntax"),
        (b"\xef\xbb\xbf{}", "syntax"),
        (b'{"name": "\xff"}', "not_utf8"),
        (b'{"name": "a", "name": "b"}', "duplicate_key"),
        (b'{"cups": [{"colour": "red", "colour": "blue"}]}', "duplicate_key"),
        (b'{"weight": NaN}', "not_finite"),
        (b'{"weight": -Infinity}', "not_finite"),
        (b'{"name": "a\\u0000b"}', "null_character"),
        (b'{"a\\u0000b": 1}', "null_character"),
        (b'{"weight": ' + b"1" * 5000 + b"}", "syntax"),
        (b'{"notes": ' + b"[" * 40 + b"]" * 40 + b"}", "too_deep"),
        (b"[" * 100_000, "too_deep"),
    ],
)
async def test_a_body_that_is_not_clean_json_is_malformed(
    client: Client, body: bytes, reason: str
) -> None:
    status, problem = await send(client, body)
    assert (status, problem["code"], problem["reason"]) == (400, "malformed_body", reason)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"text"'])
async def test_a_body_that_is_not_an_object_is_refused(client: Client, body: bytes) -> None:
    status, problem = await send(client, body)
    assert status == 422
    assert problem["errors"] == [
        {"in": "body", "field": "", "code": "object", "message": "This should be an object."}
    ]


@pytest.mark.parametrize("quantity", [0, -1, 49, 501, True, 100.0, "100", None, 2**63, 1e300])
async def test_a_quantity_has_one_type_and_its_bounds(
    client: Client, loan: dict[str, Any], quantity: object
) -> None:
    loan["cups"][0]["millilitres"] = quantity
    field, code = await refused_field(client, loan)
    assert field == "/cups/0/millilitres"
    assert code in {"integer", "too_small", "too_large"}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": ""}, "/name", "text_too_short"),
        ({"name": "x" * 21}, "/name", "text_too_long"),
        ({"name": 5}, "/name", "text"),
        ({"day": "2026-02-30"}, "/day", "date"),
        ({"day": 0}, "/day", "date"),
        ({"day": "1700000000"}, "/day", "date"),
        ({"starts_at": "2026-10-01T14:00:00"}, "/starts_at", "instant"),
        ({"starts_at": 1_700_000_000}, "/starts_at", "instant"),
        ({"starts_at": "1700000000"}, "/starts_at", "instant"),
        ({"cups": []}, "/cups", "too_few"),
        ({"cups": [{"colour": "red", "millilitres": 60}] * 4}, "/cups", "too_many"),
        ({"cups": "red"}, "/cups", "list"),
        ({"cups": [{"colour": "pink", "millilitres": 60}]}, "/cups/0/colour", "not_one_of"),
        ({"cups": [{"colour": "red"}]}, "/cups/0/millilitres", "missing"),
        ({"status": "paid"}, "/status", "unknown"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown"),
        ({"notes": {"x": "1"}}, "/notes/x", "integer"),
        ({"weight": "1.5"}, "/weight", "number"),
    ],
)
async def test_each_wrong_field_is_named_with_its_rule(
    client: Client, loan: dict[str, Any], change: dict[str, Any], field: str, code: str
) -> None:
    assert await refused_field(client, loan | change) == (field, code)


async def test_a_models_own_rule_has_its_own_sentence(client: Client) -> None:
    async with client.post(
        "/v1/stretches", json={"start": 2, "end": 1}, headers={"Accept-Language": "en"}
    ) as answer:
        problem = await answer.json()
    assert problem["errors"][0]["message"] == "The end is before the start."


async def test_an_optional_body_may_be_missing_but_not_wrong(client: Client) -> None:
    assert (await client.post("/v1/stretches")).status == 204
    assert (await client.post("/v1/stretches", json={"start": 1, "end": 2})).status == 204
    assert (await client.post("/v1/stretches", json={"start": 1})).status == 422


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", "x"],
)
async def test_a_body_in_another_format_is_refused(client: Client, content_type: str) -> None:
    status, problem = await send(client, b"{}", {"Content-Type": content_type})
    assert (status, problem["code"]) == (415, "unsupported_media_type")


async def test_a_body_may_name_its_charset(client: Client, loan: dict[str, Any]) -> None:
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    status, _ = await send(client, json.dumps(loan).encode(), headers)
    assert status == 200


async def test_a_body_over_a_mebibyte_is_refused(client: Client) -> None:
    status, problem = await send(client, b" " * (BODY_LIMIT + 1))
    assert (status, problem["code"]) == (413, "body_too_large")


async def test_a_body_that_grows_over_the_limit_when_unpacked_is_refused(client: Client) -> None:
    packed = zlib.compress(b" " * (20 * BODY_LIMIT))
    status, _ = await send(client, packed, JSON | {"Content-Encoding": "deflate"})
    assert status == 413


async def test_a_body_that_is_not_what_it_says_is_packed_by_is_malformed(client: Client) -> None:
    status, problem = await send(client, b"{}", JSON | {"Content-Encoding": "gzip"})
    assert (status, problem["reason"]) == (400, "transfer")


async def test_a_body_that_never_arrives_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.json_body.read_body.__defaults__", (0.05,))
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(
        b"POST /v1/previews HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b'Content-Length: 100\r\n\r\n{"name": '
    )
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b'"code":"body_timeout"')
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408 ")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_every_clean_json_text_is_read_as_it_is(value: object) -> None:
    try:
        raw = json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert parse_json(raw) == value


@given(st.integers(1, 2 * DEEPEST), st.booleans())
def test_nesting_is_counted_exactly(depth: int, objects: bool) -> None:  # noqa: FBT001
    raw = b'{"a":' * depth + b"1" + b"}" * depth if objects else b"[" * depth + b"]" * depth
    if depth <= DEEPEST:
        parse_json(raw)
    else:
        with pytest.raises(MalformedBody):
            parse_json(raw)
