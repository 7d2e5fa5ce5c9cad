"""Parameters of path and query: one spelling for each value."""

import json
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.errors import ValidationFailed
from shared.http.models import FIRST_DAY, LAST_DAY
from shared.http.parameters import ParameterReader
from tests.http.conftest import Client
from tests.http.example.routes import KettlePath, KettlesQuery

KETTLE = "0190c0de-0000-7000-8000-000000000001"
reader = ParameterReader(KettlesQuery, "query")


async def understood(client: Client, query: str) -> dict[str, Any]:
    async with client.get(f"/v1/echoes?{query}") as answer:
        assert answer.status == 200, await answer.text()
        read: dict[str, Any] = json.loads((await answer.json())["query"])
        return read


async def refused(client: Client, query: str) -> list[tuple[str, str]]:
    async with client.get(f"/v1/echoes?{query}") as answer:
        problem = await answer.json()
        assert answer.status == 422, problem
        assert {error["in"] for error in problem["errors"]} == {"query"}
        return [(error["field"], error["code"]) for error in problem["errors"]]


async def test_parameters_become_what_their_fields_are(client: Client) -> None:
    query = {
        "day": "2026-10-01",
        "from": "2026-10-02",
        "litres": "5",
        "hot": "true",
        "temperature": "-3.5",
        "owner": KETTLE,
        "q": "茶 & 水",
        "at": "2026-10-01T14:00:00+08:00",
    }
    assert await understood(client, urlencode(query)) == {
        "day": "2026-10-01",
        "from_day": "2026-10-02",
        "litres": 5,
        "hot": True,
        "temperature": -3.5,
        "owner": KETTLE,
        "q": "茶 & 水",
        "at": "2026-10-01T14:00:00+08:00",
    }


async def test_lists_take_repeats(client: Client) -> None:
    answer = await understood(client, "colour=red&near=1&colour=blue&near=-2")
    assert answer == {"colour": ["red", "blue"], "near": [1, -2]}


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("litres=%205%20", "/litres", "integer"),
        ("litres=5.0", "/litres", "integer"),
        ("litres=0x5", "/litres", "integer"),
        ("litres=05", "/litres", "integer"),
        ("litres=%2B5", "/litres", "integer"),
        ("litres=1_0", "/litres", "integer"),
        ("litres=%D9%A3", "/litres", "integer"),
        ("litres=", "/litres", "integer"),
        ("litres=true", "/litres", "integer"),
        ("litres=0", "/litres", "too_small"),
        ("litres=21", "/litres", "too_large"),
        (f"litres={'9' * 30}", "/litres", "integer"),
        ("hot=True", "/hot", "boolean"),
        ("hot=1", "/hot", "boolean"),
        ("temperature=NaN", "/temperature", "number"),
        ("temperature=1e3", "/temperature", "number"),
        ("day=20261001", "/day", "date"),
        ("day=2026-10-1", "/day", "date"),
        ("day=2026-10-01T00:00", "/day", "date"),
        ("day=1700000000", "/day", "date"),
        # A whole number of days since 1970: pydantic alone would take it.
        ("day=1756684800", "/day", "date"),
        ("day=2026-02-30", "/day", "date"),
        ("day=1999-12-31", "/day", "too_small"),
        ("day=2200-01-02", "/day", "too_large"),
        ("owner=0190c0de000070008000000000000001", "/owner", "id"),
        (f"owner=%7B{KETTLE}%7D", "/owner", "id"),
        (f"owner=urn:uuid:{KETTLE}", "/owner", "id"),
        ("at=2026-10-01T14:00:00", "/at", "instant"),
        ("at=1700000000", "/at", "instant"),
        ("at=0001-01-01T00:00:00%2B14:00", "/at", "instant"),
        ("at=9999-12-31T23:59:59-14:00", "/at", "instant"),
        ("colour=pink", "/colour/0", "not_one_of"),
        ("near=1&near=2&near=3&near=4", "/near", "too_many"),
        ("litres=5&litres=5", "/litres", "repeated"),
        ("colours=red", "/colours", "unknown"),
        ("from_day=2026-10-01", "/from_day", "unknown"),
        ("q=a%00b", "/q", "format"),
        ("=1", "/", "unknown"),
    ],
)
async def test_a_parameter_with_another_spelling_is_refused(
    client: Client, query: str, field: str, code: str
) -> None:
    assert await refused(client, query) == [(field, code)]


async def test_a_route_without_parameters_refuses_them(client: Client) -> None:
    async with client.get(f"/v1/kettles/{KETTLE}?verbose=1") as answer:
        assert answer.status == 422
        assert (await answer.json())["errors"][0]["code"] == "unknown"


async def test_headers_are_read_like_parameters_and_others_are_let_be(client: Client) -> None:
    headers = {"x-sugar": "2", "X-Somebody-Elses": "?"}
    async with client.get("/v1/tastes", headers=headers) as answer:
        assert json.loads((await answer.json())["query"]) == {"sugar": 2, "milk": "no"}


@pytest.mark.parametrize(
    ("headers", "field", "code"),
    [
        ([], "/X-Sugar", "missing"),
        ([("X-Sugar", "02")], "/X-Sugar", "integer"),
        ([("X-Sugar", "6")], "/X-Sugar", "too_large"),
        ([("X-Sugar", "1"), ("X-Sugar", "2")], "/X-Sugar", "repeated"),
        ([("X-Sugar", "1"), ("X-Milk", "maybe")], "/X-Milk", "not_one_of"),
    ],
)
async def test_a_wrong_header_is_named(
    client: Client, headers: list[tuple[str, str]], field: str, code: str
) -> None:
    async with client.get("/v1/tastes", headers=headers) as answer:
        problem = await answer.json()
    assert answer.status == 422
    (error,) = problem["errors"]
    assert (error["in"], error["field"], error["code"]) == ("header", field, code)


@pytest.mark.parametrize("spelling", ["x", KETTLE.replace("-", ""), KETTLE + "0", "%20" + KETTLE])
async def test_an_id_in_the_path_has_one_spelling(client: Client, spelling: str) -> None:
    async with client.get(f"/v1/kettles/{spelling}") as answer:
        problem = await answer.json()
    assert (answer.status, problem["errors"][0]["in"]) == (422, "path")


@given(st.integers())
def test_only_the_canonical_digits_of_an_integer_in_bounds_are_read(number: int) -> None:
    if 1 <= number <= 20:
        assert reader.read([("litres", str(number))]).litres == number
    else:
        with pytest.raises(ValidationFailed):
            reader.read([("litres", str(number))])


@given(st.text())
def test_no_text_is_read_as_an_integer_unless_it_is_one(text: str) -> None:
    try:
        litres = reader.read([("litres", text)]).litres
    except ValidationFailed:
        return
    assert str(litres) == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_every_text_arrives_as_it_was_sent(text: str) -> None:
    assert reader.read([("q", text)]).q == text


@given(st.uuids(), st.dates(FIRST_DAY, LAST_DAY))
def test_ids_and_days_arrive_as_they_were_sent(owner: UUID, day: date) -> None:
    read = reader.read([("owner", str(owner)), ("from", day.isoformat())])
    assert (read.owner, read.from_day) == (owner, day)


@given(st.text(max_size=50))
def test_no_text_is_read_as_an_id_unless_it_is_one(text: str) -> None:
    path = ParameterReader(KettlePath, "path")
    with pytest.raises(ValidationFailed):
        path.read([("kettle_id", text)])
