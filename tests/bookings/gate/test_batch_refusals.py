"""Batches that are refused as a whole: malformed, too large, or from somebody else."""

from uuid import uuid4

import pytest

from tests.bookings.gate.stage import Line, noon, seen, sell, stored_outcomes
from tests.bookings.village import Json
from tests.bookings.world import Bookings


@pytest.mark.parametrize(
    "change",
    [
        {"scan_id": "17"},
        {"scan_id": None},
        {"scanned_at": "2026-05-02 12:00"},
        {"scanned_at": 1777694400},
        {"gate": ""},
        {"gate": None},
        {"direction": "up"},
        {"ordinal": -1},
        {"line_id": None},
        {"code": "both"},
        {"state": "admitted"},
    ],
)
async def test_a_batch_that_is_malformed_is_refused_as_a_whole(
    bookings: Bookings, change: Json
) -> None:
    sold = await sell(bookings, Line())
    body = {"batch": [seen(sold.ticket(), noon()), seen(sold.ticket(), noon()) | change]}
    answer = await bookings.call("POST", "/v1/check-ins", body, token=bookings.operator)
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert await stored_outcomes(bookings) == {}


async def test_a_batch_has_limits_and_stands_alone(bookings: Bookings) -> None:
    one = seen({"line_id": str(uuid4()), "ordinal": 1}, noon())
    for body in (
        {"batch": [{**one, "scan_id": str(uuid4())} for _ in range(501)]},
        {"batch": [one], "gate": "north"},
        {"batch": [one], "line_id": str(uuid4()), "ordinal": 1},
        {"batch": None},
    ):
        answer = await bookings.call("POST", "/v1/check-ins", body, token=bookings.operator)
        assert (answer.status, answer.code) == (422, "invalid_request")


async def test_only_operators_send_batches(bookings: Bookings) -> None:
    sold = await sell(bookings, Line())
    body = {"batch": [seen(sold.ticket(), noon())]}
    answer = await bookings.call("POST", "/v1/check-ins", body, token=bookings.visitor)
    assert (answer.status, answer.code) == (403, "not_allowed")
    answer = await bookings.call("POST", "/v1/check-ins", body)
    assert (answer.status, answer.code) == (401, "not_signed_in")
