"""Where a request comes from, also behind our own proxies."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from aiohttp import web

from shared.http.keys import SETTINGS
from shared.http.on_behalf import FORWARDED_FOR

# Whoever has one address of such a network has them all.
_ONE_CALLERS: Final = 64


def client_address(request: web.Request) -> str:
    """Return the address of whoever asks, or an empty text where it is not known.

    Machines of the networks in TRUSTED_PROXIES are ours: what they say in X-Forwarded-For is
    believed, from the nearest to the first one that is not ours. What a stranger writes there is
    not.
    """
    nearest = _normal(request.remote or "")
    if FORWARDED_FOR not in request.headers:
        return nearest
    ours = _networks(request.app[SETTINGS].trusted_proxies)
    hops = ",".join(request.headers.getall(FORWARDED_FOR)).split(",")
    while hops and _is_in(ours, nearest):
        said = _normal(hops.pop())
        if not said:
            break
        nearest = said
    return nearest


def client_network(request: web.Request, ipv6_bits: int = _ONE_CALLERS) -> str:
    """Return what tells one caller from another: an IPv4 address, or an IPv6 network.

    Whoever has many networks of 64 bits, as most homes do, is one caller by fewer bits.
    """
    address = client_address(request)
    if ":" not in address:
        return address
    return str(IPv6Network((IPv6Address(address), ipv6_bits), strict=False))


@lru_cache(maxsize=16)
def _networks(listed: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in listed.split(","))


@lru_cache(maxsize=10_000)
def _normal(text: str) -> str:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or IPv6Address(address.packed)
    return str(address)


def _is_in(networks: tuple[IPv4Network | IPv6Network, ...], address: str) -> bool:
    return bool(address) and any(ip_address(address) in network for network in networks)
