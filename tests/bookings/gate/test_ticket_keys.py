"""A gate verifies tickets without us, by what we have published and by nothing of our code."""

import base64
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from aiohttp.test_utils import TestClient, TestServer
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import SecretStr

from services.bookings.app import build_app
from services.bookings.settings import BookingsSettings
from tests.bookings.village import camping, pottery
from tests.bookings.world import Bookings
from tests.conftest import DatabaseUrl

SEEDS = {"A": bytes(range(32)), "B2": bytes(range(32, 64))}


def read_offline(code: str, published: Any) -> tuple[UUID, int, date]:
    """Verify a ticket as the published description says. Raises InvalidSignature and KeyError."""
    keys = {key["key_id"]: base64.b64decode(key["public_key"]) for key in published["items"]}
    key_id, _, text = code.removeprefix("XY1").partition(".")
    content = base64.b32decode(text + "=" * (-len(text) % 8))
    body, signature = content[:22], content[22:]
    public = Ed25519PublicKey.from_public_bytes(keys[key_id])
    public.verify(signature, key_id.encode() + body)
    day = date.fromordinal(int.from_bytes(body[18:22], "big"))
    return UUID(bytes=body[:16]), int.from_bytes(body[16:18], "big"), day


async def published(bookings: Bookings) -> Any:
    return (await bookings.call("GET", "/v1/ticket-keys")).json


async def codes(bookings: Bookings, order_id: str) -> list[Any]:
    path = f"/v1/orders/{order_id}/tickets"
    items: list[Any] = (await bookings.call("GET", path, token=bookings.visitor)).json["items"]
    return items


async def test_cryptography_and_the_published_keys_are_enough(bookings: Bookings) -> None:
    answer = await bookings.order(
        pottery(adult=2), camping(nights=2, adult=6), payment_method="on_site"
    )
    keys = await published(bookings)
    lines = {line["line_id"]: line for line in answer.json["lines"]}
    tickets = await codes(bookings, answer.json["order_id"])
    assert len(tickets) == 4
    for ticket in tickets:
        line_id, ordinal, last_day = read_offline(ticket["code"], keys)
        line = lines[str(line_id)]
        assert (str(line_id), ordinal) == (ticket["line_id"], ticket["ordinal"])
        assert (last_day - date.fromisoformat(line["day"])).days == line["nights"]


async def test_a_changed_code_is_found_out_offline(bookings: Bookings) -> None:
    answer = await bookings.order(pottery(adult=1), payment_method="on_site")
    keys = await published(bookings)
    [ticket] = await codes(bookings, answer.json["order_id"])
    code = ticket["code"]
    place = code.index(".") + 28  # inside the ordinal
    for changed in (
        code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :],
        code[:-3] + ("A" if code[-3] != "A" else "B") + code[-2:],
    ):
        with pytest.raises(InvalidSignature):
            read_offline(changed, keys)
    with pytest.raises(KeyError):
        read_offline(code.replace("XY1A.", "XY1Z."), keys)


async def test_the_list_says_which_key_signs_and_older_tickets_stay_good(
    bookings: Bookings, database_url: DatabaseUrl
) -> None:
    answer = await bookings.order(pottery(adult=1), payment_method="on_site")
    found = []
    for seeds, current in ({"A": SEEDS["A"]}, "A"), (SEEDS, "B2"):
        settings = BookingsSettings(
            database_url=SecretStr(database_url("bookings")),
            ticket_keys={
                key_id: SecretStr(base64.b64encode(seed).decode()) for key_id, seed in seeds.items()
            },
            ticket_key_id=current,
        )
        app = build_app(settings, "api", verifier=bookings.tokens.verifier())
        async with TestClient(TestServer(app)) as client:
            replaced = Bookings(client, bookings.tokens)
            replaced.visitor = bookings.visitor
            keys = await published(replaced)
            [ticket] = await codes(replaced, answer.json["order_id"])
            found.append(ticket["code"])
    assert [(key["key_id"], key["signs_now"]) for key in keys["items"]] == [
        ("A", False),
        ("B2", True),
    ]
    before, after = found
    assert (before[:5], after[:6]) == ("XY1A.", "XY1B2.")
    assert read_offline(before, keys) == read_offline(after, keys)


async def test_the_list_may_be_kept_and_is_asked_for_again_by_its_tag(bookings: Bookings) -> None:
    answer = await bookings.call("GET", "/v1/ticket-keys")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    tag = {"If-None-Match": answer.headers["ETag"]}
    async with bookings.client.get("/v1/ticket-keys", headers=tag) as again:
        assert (again.status, await again.read()) == (304, b"")
    async with bookings.client.get("/v1/ticket-keys", headers={"If-None-Match": '"x"'}) as new:
        assert new.status == 200
