"""Which network addresses a call may reach whose target somebody else has named."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

# IPv4 inside IPv6 by translation (RFC 6052), which the library takes for an ordinary public network.
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """True for an address of the public internet; False for loopback, private, link-local (a cloud's metadata),
    shared, multicast and reserved ones, and for an IPv6 address that wraps one of those. `address`: an IP literal,
    with or without a zone. Anything else is not public.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _wrapped(found)
    if inner is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


def _wrapped(found: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to an IPv6 address end up at, where it is such a one."""
    if isinstance(found, IPv4Address):
        return None
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
