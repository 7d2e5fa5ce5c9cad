"""How bookings and the sandbox's cashier prove to each other who speaks: HMAC, and a time.

Both sides know one key. What is signed is what is said (`POST /v1/charges`, or `callback` for a
report), when, and the body; so nothing can be changed, or sent again after five minutes.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Final

TIME_HEADER: Final = "X-Sandbox-Time"
SIGNATURE_HEADER: Final = "X-Sandbox-Signature"
CALLBACK: Final = "callback"
WINDOW_SECONDS: Final = 300
_LONGEST_TIME: Final = 12


def sign(key: bytes, what: str, body: bytes) -> dict[str, str]:
    """Return the headers that sign a request or a report as of now."""
    moment = str(int(time.time()))
    return {TIME_HEADER: moment, SIGNATURE_HEADER: _signature(key, what, moment, body)}


def is_signed(key: bytes, what: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether the headers sign this, not longer than five minutes ago.

    `headers` are looked up as they are given: pass a mapping that knows no case.
    """
    moment, signature = headers.get(TIME_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < _LONGEST_TIME):
        return False
    if abs(time.time() - int(moment)) > WINDOW_SECONDS:
        return False
    expected = _signature(key, what, moment, body)
    return hmac.compare_digest(expected.encode(), signature.encode())


def _signature(key: bytes, what: str, moment: str, body: bytes) -> str:
    message = f"{what}\n{moment}\n".encode() + body
    return hmac.new(key, message, hashlib.sha256).hexdigest()
