"""Where a request comes from, also behind our own proxies."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import web

FORWARDED_FOR: Final = "X-Forwarded-For"
# Whoever has one address of such a network has them all.
_ONE_CALLERS: Final = 64


def client_address(request: web.Request) -> str:
    """Return the address of whoever asks, or an empty text where it is not known.

    Machines of private networks are ours: what they say in X-Forwarded-For is believed, from the
    nearest to the first one that is not ours. What a stranger writes there is not.
    """
    nearest = _normal(request.remote or "")
    hops = ",".join(request.headers.getall(FORWARDED_FOR, [])).split(",")
    while hops and _is_ours(nearest):
        said = _normal(hops.pop())
        if not said:
            break
        nearest = said
    return nearest


def client_network(request: web.Request) -> str:
    """Return what tells one caller from another: an IPv4 address, or an IPv6 network of 64 bits."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(IPv6Network((IPv6Address(address), _ONE_CALLERS), strict=False))


def _normal(text: str) -> str:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or IPv6Address(address.packed)
    return str(address)


def _is_ours(address: str) -> bool:
    return bool(address) and ip_address(address).is_private
