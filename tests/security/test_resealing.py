"""Keys rotate: everything is sealed anew by the new one, and the old one can be thrown away."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import pytest

from services.accounts.__main__ import main as accounts_command
from services.bookings.__main__ import main as bookings_command
from shared.core.sealing import SealBrokenError, Sealer
from tests.bookings.village import pottery
from tests.conftest import MakeDatabase
from tests.security.platform import Platform, serve_platform

EMAIL, PHONE = "lin@example.com", "+8613911112222"
OLD = base64.b64encode(b"seals names and addresses".ljust(32, b".")).decode()
OLD_OF_ORDERS = base64.b64encode(b"seals contacts of orders".ljust(32, b".")).decode()
NEW = base64.b64encode(b"n" * 32).decode()
MARK = "select bool_and(substring({} from 2 for 3) = 'new') from {}"


@pytest.fixture
async def platform(make_database: MakeDatabase) -> AsyncIterator[Platform]:
    async with serve_platform(await make_database()) as running:
        yield running


async def live_with_us(platform: Platform) -> None:
    await platform.accounts.sign_in(PHONE)
    token = (await platform.accounts.sign_in(EMAIL))["access_token"]
    named = await platform.accounts.call(
        "PATCH", "/v1/me", {"name": "林溪"}, token=token, headers={"If-Match": '"1"'}
    )
    assert named.status == 200
    agreed = {"text": "children", "version": "2026-11-01", "given": True}
    await platform.accounts.call("POST", "/v1/me/consents", agreed, token=token)
    child = {"name": "小满", "birth_year": 2020}
    await platform.accounts.call("POST", "/v1/me/children", child, token=token)
    for _ in range(3):
        contact = {"name": "林溪", "phone": PHONE}
        placed = await platform.bookings.order(pottery(adult=1), token=token, contact=contact)
        assert placed.status == 201


@pytest.fixture
def keys(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the commands see both keys, the new one as the current one."""
    for service in ("ACCOUNTS", "BOOKINGS"):
        url = platform.database.url(service.lower())
        monkeypatch.setenv(f"{service}_DATABASE_URL", url)
        monkeypatch.setenv(f"{service}_SEALING_KEY_ID", "new")
    monkeypatch.setenv("ACCOUNTS_SEALING_KEYS", json.dumps({"development": OLD, "new": NEW}))
    monkeypatch.setenv(
        "BOOKINGS_SEALING_KEYS", json.dumps({"development": OLD_OF_ORDERS, "new": NEW})
    )


@pytest.mark.usefixtures("keys")
async def test_all_that_is_sealed_is_sealed_anew_and_opens_with_the_new_key_alone(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    await live_with_us(platform)
    assert await asyncio.to_thread(accounts_command, ["reseal"]) == 0
    said = capsys.readouterr().out
    assert "mail addresses: 1 sealed anew, 0 left" in said
    assert "All is sealed by the current key." in said
    assert await asyncio.to_thread(bookings_command, ["reseal"]) == 0
    assert "orders: 3 sealed anew, 0 left" in capsys.readouterr().out
    for column, table in (
        ("name", "accounts.accounts where name is not null"),
        ("address", "accounts.contact_points"),
        ("name", "accounts.children"),
        ("contact_sealed", "bookings.orders"),
    ):
        assert await platform.run(MARK.format(column, table))
    sealed = await platform.run("select contact_sealed from bookings.orders limit 1")
    with pytest.raises(SealBrokenError):
        Sealer({"development": b"seals contacts of orders".ljust(32, b".")}, "development").open(
            sealed, "order.contact"
        )
    opened = Sealer({"new": b"n" * 32}, "new").open(sealed, "order.contact")
    assert json.loads(opened) == {"name": "林溪", "phone": PHONE}
    # Once more there is nothing to do.
    assert await asyncio.to_thread(bookings_command, ["reseal"]) == 0
    assert "orders: 0 sealed anew, 0 left" in capsys.readouterr().out


@pytest.mark.usefixtures("keys")
async def test_what_can_not_be_opened_is_told_and_left_as_it_is(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    await live_with_us(platform)
    await platform.run("update bookings.orders set contact_sealed = contact_sealed || sha256('x')")
    before = await platform.run("select array_agg(contact_sealed) from bookings.orders")
    assert await asyncio.to_thread(bookings_command, ["reseal"]) == 1
    said = capsys.readouterr().out
    assert "orders: 0 sealed anew, 3 can't be opened, 3 left" in said
    assert "Some is still sealed by other keys." in said
    assert await platform.run("select array_agg(contact_sealed) from bookings.orders") == before
