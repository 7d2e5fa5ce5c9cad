"""An owner reads how to reach a colleague: for a reason, and on the record."""

from typing import Any
from uuid import uuid4

import pytest

from shared.db import acquire
from tests.accounts.accounts_client import Accounts, Answer, Json
from tests.accounts.test_members import CHEN, LIN, Shop

RECORDED = "select reader, reason, note from personal_data_reads where account_id = $1"


@pytest.fixture
async def shop(accounts: Accounts) -> Shop:
    owner, organisation = await accounts.register(await accounts.sign_in(LIN))
    return Shop(accounts, organisation, owner)


async def colleague(shop: Shop) -> str:
    return str((await shop.join(CHEN, "gate"))["account_id"])


async def read(shop: Shop, member: str, token: str | None = None, **body: Any) -> Answer:
    sent = {"reason": "shift", **body}
    path = f"{shop.path}/{member}/contact-reads"
    return await shop.accounts.call("POST", path, sent, token=token)


async def recorded(shop: Shop, member: str) -> list[tuple[Any, ...]]:
    async with acquire(shop.accounts.database) as conn:
        return [tuple(row) for row in await conn.fetch(RECORDED, member)]


async def test_an_owner_reads_a_colleagues_address_on_the_record(shop: Shop) -> None:
    member = await colleague(shop)
    answer = await read(shop, member, shop.owner, note="周六早班")
    assert answer.status == 201
    assert (answer.json["email"], answer.json["phone"]) == (CHEN, None)
    [(reader, reason, note)] = await recorded(shop, member)
    assert reader.startswith("account:")
    assert (reason, note) == ("shift", "周六早班")


@pytest.mark.parametrize(
    "body",
    [{"reason": "curious"}, {"reason": None}, {"note": ""}, {"note": "x" * 101}, {"role": "owner"}],
    ids=["reason-unknown", "no-reason", "empty-note", "long-note", "unknown-field"],
)
async def test_nothing_is_read_without_a_reason(shop: Shop, body: Json) -> None:
    member = await colleague(shop)
    assert (await read(shop, member, shop.owner, **body)).status == 422
    assert await recorded(shop, member) == []


async def test_only_an_owner_of_the_organisation_reads(accounts: Accounts, shop: Shop) -> None:
    joined = await shop.join(CHEN, "gate")
    member, gate = joined["account_id"], joined["access_token"]
    stranger, _theirs = await accounts.register(await accounts.sign_in("wang@example.com"))
    theirs = await read(shop, member, stranger)
    missing = await read(shop, str(uuid4()), shop.owner)
    assert (theirs.status, theirs.code) == (missing.status, missing.code) == (404, "not_found")
    office = await accounts.office_token()
    for token, status in ((None, 401), (gate, 403), (office, 403)):
        assert (await read(shop, member, token)).status == status
    assert await recorded(shop, member) == []


async def test_who_was_only_invited_is_nobodys_colleague(shop: Shop) -> None:
    added = await shop.add({"email": CHEN, "role": "gate"})
    answer = await read(shop, added.json["account_id"], shop.owner)
    assert (answer.status, answer.code) == (404, "not_found")
    assert await recorded(shop, added.json["account_id"]) == []
