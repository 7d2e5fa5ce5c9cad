"""Edits that notice each other, and readers that need no second copy."""

import pytest

from tests.http.conftest import Client

KETTLE = "/v1/kettles/0190c0de-0000-7000-8000-000000000001"


async def test_an_answer_has_its_version_as_etag(client: Client) -> None:
    async with client.get(KETTLE) as answer:
        assert (answer.status, answer.headers["ETag"]) == (200, '"7"')


@pytest.mark.parametrize("known", ['"7"', '"6", "7"', 'W/"7"', '"6", W/"7"', "*"])
async def test_a_reader_who_has_the_version_is_not_sent_it_again(
    client: Client, known: str
) -> None:
    async with client.get(KETTLE, headers={"If-None-Match": known}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")


@pytest.mark.parametrize("known", ["", '"6"', '"77"', 'W/"6"', "7", '"6", *'])
async def test_a_reader_of_another_version_is_sent_this_one(client: Client, known: str) -> None:
    async with client.get(KETTLE, headers={"If-None-Match": known}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ({}, 200),
        ({"If-Match": '"7"'}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"6"'}, 412),
        ({"If-Match": "7"}, 412),
        ({"If-Match": 'W/"7"'}, 412),
        ({"If-Match": '"6", *'}, 412),
        ({"If-Match": ""}, 412),
    ],
)
async def test_a_change_of_what_was_read_goes_through_and_of_older_things_does_not(
    client: Client, header: dict[str, str], status: int
) -> None:
    async with client.patch(KETTLE, headers=header) as answer:
        assert answer.status == status
        assert answer.headers.get("ETag") == ('"8"' if status == 200 else None)


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ({}, 428, "precondition_required"),
        ({"If-Match": '"6"'}, 412, "precondition_failed"),
        ({"If-Match": '"7"'}, 200, None),
        ({"If-Match": "*"}, 200, None),
    ],
)
async def test_a_change_that_must_say_what_it_read_is_refused_without_it(
    client: Client, header: dict[str, str], status: int, code: str | None
) -> None:
    async with client.put(KETTLE, headers=header) as answer:
        assert (answer.status, (await answer.json()).get("code")) == (status, code)
