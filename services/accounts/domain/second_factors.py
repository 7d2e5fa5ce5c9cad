"""Second factors: whom they are asked of, which codes count, how long a wrong one costs.

Sources: RFC 6238 (codes of thirty seconds), NIST SP 800-63B §5.1.4 (each code once).
"""

import hmac
import secrets
import unicodedata
from datetime import datetime
from typing import Final, Literal, NamedTuple

import pyotp

# What a session still lacks. With `needed` and `to_enrol` it has a visitor's rights.
Standing = Literal["not_needed", "to_enrol", "needed", "done"]
# RFC 8176 §2 knows `sms`, `otp`, `pop` and `mfa`; a code by mail and a recovery code are ours.
Method = Literal["email", "sms", "otp", "recovery", "pop"]

ISSUER: Final = "Xiangyou 乡游"
DIGITS: Final = 6
# A clock may be one step of thirty seconds off, either way.
DRIFT: Final = (-1, 0, 1)
FREE_FAILURES: Final = 5
FIRST_WAIT_SECONDS: Final = 30
LONGEST_WAIT_SECONDS: Final = 3600
# Whoever sets up their first one, takes their data away or deletes their account has signed in
# this recently.
FRESH_SIGN_IN_MINUTES: Final = 15
# For so long a session has its person's roles after a second factor was shown; sessions themselves
# are renewed for as long as they are used. A working day for the office, a week for operators.
OFFICE_FACTOR_HOURS: Final = 12
FACTOR_HOURS: Final = 7 * 24
PENDING_MINUTES: Final = 15
RECOVERY_CODES: Final = 10
RECOVERY_LENGTH: Final = 10
# Without I, L, O and U, which are read as something else (Crockford's base 32).
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


class Authenticator(NamedTuple):
    """What an authenticator app is told: by typing the secret, or by the QR code of the URI."""

    secret: str
    uri: str


def standing_of(*, is_staff: bool, done: bool, enrolled: bool, required: bool) -> Standing:
    """Return what a session lacks.

    `required` is the setting: without it, only those who have enrolled are asked.
    """
    if done:
        return "done"
    if not is_staff or not (required or enrolled):
        return "not_needed"
    return "needed" if enrolled else "to_enrol"


def wait_seconds(failures: int) -> int:
    """Return how long nothing is accepted after so many wrong codes in a row."""
    if failures < FREE_FAILURES:
        return 0
    doublings = min(failures - FREE_FAILURES, 10)
    return int(min(FIRST_WAIT_SECONDS << doublings, LONGEST_WAIT_SECONDS))


def new_authenticator(account_name: str) -> Authenticator:
    """Return a secret of 160 random bits, as RFC 4226 §4 recommends."""
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=account_name, issuer_name=ISSUER)
    return Authenticator(secret, uri)


def accepted_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """Return the step whose code this is; None where it is wrong, too old, or was used."""
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now)
    steps = [current + drift for drift in DRIFT]
    # All are compared, so that the time taken says nothing.
    right = [hmac.compare_digest(totp.generate_otp(step), code) for step in steps]
    found = [step for step, is_right in zip(steps, right, strict=True) if is_right]
    return next((step for step in found if step > last_step), None)


def new_recovery_codes() -> list[str]:
    """Return ten codes of fifty random bits, such as `7K4QM-2XPD9`."""
    made: set[str] = set()
    while len(made) < RECOVERY_CODES:
        made.add("".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_LENGTH)))
    half = RECOVERY_LENGTH // 2
    return [f"{code[:half]}-{code[half:]}" for code in sorted(made)]


def normalised_recovery_code(typed: str) -> str | None:
    """Return a recovery code without its dash, however it was typed; None for what is none."""
    code = unicodedata.normalize("NFKC", typed).upper().translate(_READ_AS)
    return code if len(code) == RECOVERY_LENGTH and set(code) <= set(_ALPHABET) else None
