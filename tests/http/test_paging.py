"""Cursors: handed back they continue, made up they are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.errors import ValidationFailed
from shared.http.paging import decode_cursor, encode_cursor
from tests.http.conftest import Client


async def test_pages_follow_each_other_to_the_end(client: Client) -> None:
    seen: list[list[int]] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"cursor": cursor} if cursor else {}
        async with client.get("/v1/numbers", params=params) as answer:
            page = await answer.json()
        seen.append(page["items"])
        cursor = page["next"]
    assert seen == [[1, 2], [3, 4], [5]]


async def test_a_page_has_a_largest_size(client: Client) -> None:
    async with client.get("/v1/numbers?limit=101") as answer:
        assert answer.status == 422


@pytest.mark.parametrize("cursor", ["x", "e30=", "W10", "bnVsbA", "%20e30", "e30%0A", "A" * 600])
async def test_a_cursor_that_was_never_given_is_refused(client: Client, cursor: str) -> None:
    async with client.get(f"/v1/numbers?cursor={cursor}") as answer:
        problem = await answer.json()
    assert (answer.status, problem["errors"][0]["field"]) == (422, "/cursor")


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3))
def test_a_cursor_leads_back_to_its_position(position: dict[str, int | str]) -> None:
    assert decode_cursor(encode_cursor(dict(position))) == position


@given(st.text(max_size=100))
def test_text_is_refused_unless_it_is_a_cursor(text: str) -> None:
    try:
        position = decode_cursor(text)
    except ValidationFailed:
        return
    assert encode_cursor(position) == text
