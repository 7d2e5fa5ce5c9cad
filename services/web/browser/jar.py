"""Cookies that only we can read and write: sealed, HttpOnly, SameSite=Lax."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from http.cookies import Morsel
from typing import Final

from aiohttp import hdrs, web

from shared.core.sealing import SealBrokenError, Sealer

# Browsers drop a cookie of more than 4096 bytes without a word.
MOST_BYTES: Final = 3800
YEAR: Final = 365 * 86400


def cookie_sealer(key: bytes) -> Sealer:
    """Return the sealer of cookies; `key` is 32 random bytes."""
    return Sealer({"c1": key}, "c1", hashlib.sha256(b"cookie index" + key).digest())


class Jar:
    """The cookies of one request, and those that its answer will set."""

    def __init__(self, cookies: Mapping[str, str], sealer: Sealer, *, secure: bool) -> None:
        self._cookies = cookies
        self._sealer = sealer
        self._secure = secure
        self._pending: dict[str, tuple[str, int]] = {}

    def read(self, name: str) -> str | None:
        """Return a sealed cookie's text; None where it is missing, changed, or not by us."""
        value = self.read_plain(name)
        if not value:
            return None
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            return self._sealer.open(sealed, self._purpose(name))
        except (binascii.Error, ValueError, SealBrokenError):
            return None

    def write(self, name: str, text: str, max_age: int) -> None:
        """Seal a cookie for `max_age` seconds. Raises ValueError where browsers would drop it."""
        sealed = self._sealer.seal(text, self._purpose(name))
        value = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
        if len(value) > MOST_BYTES:
            raise ValueError(f"the cookie {name} is too long")
        self._pending[self._full(name)] = (value, max_age)

    def read_plain(self, name: str) -> str | None:
        """Return a cookie as it is; what this request wrote counts already."""
        full = self._full(name)
        if full in self._pending:
            return self._pending[full][0] or None
        return self._cookies.get(full)

    def write_plain(self, name: str, text: str, max_age: int = YEAR) -> None:
        """Set a cookie that is no secret and no harm when changed."""
        self._pending[self._full(name)] = (text, max_age)

    def remove(self, name: str) -> None:
        """Take a cookie away, where there is one."""
        if self.read_plain(name) is not None:
            self._pending[self._full(name)] = ("", 0)

    def headers(self) -> list[str]:
        """Return the values of the Set-Cookie headers."""
        return [self._morsel(name, *pending) for name, pending in self._pending.items()]

    def _morsel(self, name: str, value: str, max_age: int) -> str:
        morsel: Morsel[str] = Morsel()
        morsel.set(name, value, value)
        morsel["path"] = "/"
        morsel["max-age"] = str(max_age)
        morsel["samesite"] = "Lax"
        morsel["httponly"] = True
        if self._secure:
            morsel["secure"] = True
        return morsel.OutputString()

    def _full(self, name: str) -> str:
        # The prefix binds the cookie to this very host (RFC 6265bis §4.1.3.2).
        return f"__Host-xiangyou_{name}" if self._secure else f"xiangyou_{name}"

    @staticmethod
    def _purpose(name: str) -> str:
        return f"cookie.{name}"


JAR: Final[web.RequestKey[Jar]] = web.RequestKey("jar", Jar)


async def set_cookies(request: web.Request, response: web.StreamResponse) -> None:
    """Put the cookies that the request wrote on its answer, whichever answer that is."""
    jar = request.get(JAR)
    if jar is None:
        return
    for header in jar.headers():
        response.headers.add(hdrs.SET_COOKIE, header)
