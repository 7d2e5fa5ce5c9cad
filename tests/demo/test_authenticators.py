import stat
import time
from pathlib import Path

import pytest
from pyotp import TOTP

from deploy.local.demo.authenticators import FILE, Authenticators
from deploy.local.errors import LocalError
from deploy.local.mail_catcher.authenticator_codes import codes_of

SECRET = "JBSWY3DPEHPK3PXP" * 2
OFFICE = "office@xiangyou.example"


def accepted(code: str) -> bool:
    """Tell whether accounts would take the code now."""
    return TOTP(SECRET).verify(code, valid_window=1)


async def test_no_code_is_given_twice(tmp_path: Path) -> None:
    authenticators = Authenticators(tmp_path)
    await authenticators.keep(OFFICE, SECRET)
    first, second = await authenticators.code(OFFICE), await authenticators.code(OFFICE)
    assert first != second
    assert accepted(second)
    # Another process goes on where this one has stopped.
    third = await Authenticators(tmp_path).code(OFFICE)
    assert third not in {first, second}
    assert accepted(third)


async def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    await Authenticators(tmp_path).keep(OFFICE, SECRET)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


async def test_somebody_whose_app_is_elsewhere_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=OFFICE):
        await Authenticators(tmp_path).code(OFFICE)


async def test_the_inbox_shows_a_code_that_was_not_used_yet(tmp_path: Path) -> None:
    authenticators = Authenticators(tmp_path)
    await authenticators.keep(OFFICE, SECRET)
    await authenticators.keep("demo-office@xiangyou.example", SECRET)
    used = {await authenticators.code(OFFICE), await authenticators.code(OFFICE)}
    shown = codes_of(tmp_path / FILE, "")
    assert [one.name for one in shown] == [OFFICE, "demo-office@xiangyou.example"]
    assert shown[0].digits not in used
    assert accepted(shown[0].digits)
    assert 1 <= shown[0].seconds_left <= 60
    assert [one.name for one in codes_of(tmp_path / FILE, "OFFICE@xiangyou.example")] == [OFFICE]


def test_a_stack_without_the_demo_shows_no_codes(tmp_path: Path) -> None:
    assert codes_of(None, "") == codes_of(tmp_path / FILE, "") == []


def test_a_step_is_half_a_minute() -> None:
    now = int(time.time())
    assert TOTP(SECRET).at(now) == TOTP(SECRET).generate_otp(now // 30)
