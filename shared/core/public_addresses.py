"""Which IP addresses belong to the public internet, and so to strangers' servers.

Everything else may be ours: the machine itself, its neighbours, a cloud's metadata. Sources:
RFC 6890 and the IANA special-purpose registries for IPv4 and IPv6. IPv6 is asked the other way
round: only what is global unicast today (2000::/3), without the parts in it that carry IPv4
addresses or stand in documents. So mapped (::ffff:0:0/96), compatible, NAT64 (64:ff9b::/96 and
64:ff9b:1::/48), unique local, link-local and multicast addresses are all out.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_NOT_PUBLIC_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documents
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documents
        "203.0.113.0/24",  # documents
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documents
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documents
    )
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is a unicast one of the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address.scope_id is not None or address not in _GLOBAL_6:
        return False
    return not any(address in network for network in _NOT_PUBLIC_6)


def is_public_text(text: str) -> bool:
    """Tell whether a text is exactly one address, and a public one."""
    try:
        return is_public(ip_address(text))
    except ValueError:
        return False
