"""Addresses of strangers' servers, as people type them: read in one way, or refused.

Two programs that read one URL differently are how a check is got around. So what is unusual is
refused, before anything is resolved: user names, other ports than 80 and 443, numbers that some
programs take for an IPv4 address (decimal, octal, hexadecimal, short), and all that is not plain
ASCII without spaces, backslashes and control characters.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Literal, NewType

from yarl import URL

from shared.core.public_addresses import is_public

UrlFault = Literal["malformed", "scheme", "user", "port", "host", "address"]
# A host and a port that may be called whatever its address is, such as `127.0.0.1:9000`.
Exempt = NewType("Exempt", str)

LONGEST_URL: Final = 2000

_PLAIN: Final = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+", re.ASCII)
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
# WHATWG URL, "ends in a number": programs take such a host for an IPv4 address.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_LONGEST_NAME: Final = 253
_PORTS: Final = frozenset({80, 443})


@dataclass
class UrlRefused(Exception):
    """An address that is not called; `fault` says what is wrong with it."""

    fault: UrlFault

    def __str__(self) -> str:
        return self.fault


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be called, and whether its IP address needs no check."""

    url: URL
    exempt: bool

    @property
    def shown(self) -> str:
        """The address without its path and query, which may be secrets; for logs."""
        return f"{self.url.scheme}://{self.url.raw_authority}/…"


def exempt_hosts(setting: str) -> frozenset[Exempt]:
    """Return the hosts and ports of a setting such as `127.0.0.1:9000,[::1]:9001`.

    Raises ValueError for what is not a host and a port.
    """
    entries = [entry.strip().lower() for entry in setting.split(",") if entry.strip()]
    for entry in entries:
        host, _, port = entry.rpartition(":")
        if not host or not port.isascii() or not port.isdigit():
            raise ValueError(f"{entry!r} is no host and port")
    return frozenset(map(Exempt, entries))


def read_target(text: str, exempt: frozenset[Exempt] = frozenset()) -> Target:
    """Return what a text leads to. Raises UrlRefused."""
    if len(text) > LONGEST_URL or not _PLAIN.fullmatch(text):
        raise UrlRefused("malformed")
    try:
        url = URL(text, encoded=True)
        host, port = url.raw_host, url.port
    except ValueError:
        raise UrlRefused("malformed") from None
    if url.scheme not in {"http", "https"}:
        raise UrlRefused("scheme")
    if "@" in url.raw_authority:
        raise UrlRefused("user")
    if not host or port is None or url.raw_authority.endswith(":"):
        raise UrlRefused("host")
    shown = f"[{host}]" if ":" in host else host.lower()
    if Exempt(f"{shown}:{port}") in exempt:
        return Target(url, exempt=True)
    if port not in _PORTS:
        raise UrlRefused("port")
    _check_host(host.lower())
    return Target(url, exempt=False)


def _check_host(host: str) -> None:
    """Raise UrlRefused for a host that is neither a name nor a public address as usually spelt."""
    address = _address(host)
    if address is not None:
        if not is_public(address):
            raise UrlRefused("address")
        return
    labels = host.split(".")
    if (
        len(host) > _LONGEST_NAME
        or len(labels) == 1
        or not all(_LABEL.fullmatch(label) for label in labels)
        or _NUMBER.fullmatch(labels[-1])
    ):
        raise UrlRefused("host")


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None
