"""Which network addresses this server may send messages to: public ones, and those that its operator allows.

Whoever names a receiver must not reach what only this server can: its own ports, the network it stands in,
or the metadata of the cloud it runs in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as networks without IPv4 write them (NAT64); what counts is the address within."""
_REFUSED: Final = tuple(
    ip_network(each)
    for each in (
        "::/96",  # IPv4 addresses written in a way that was given up, and :: and ::1
        "64:ff9b:1::/48",  # NAT64 of a network's own
        "100::/64",  # thrown away
        "2001::/23",  # of protocols, Teredo among them
        "2002::/16",  # 6to4, with an IPv4 address within
        "3fff::/20",  # of documents
        "5f00::/16",  # of segment routing
        "fec0::/10",  # of sites
        "192.88.99.0/24",  # of 6to4 relays
        "168.63.129.16/32",  # the host of virtual machines in Azure
    )
)


def address_problem(text: str, allowed: Sequence[Network]) -> str | None:
    """Why nothing is sent to an address such as "10.0.0.1"; None when it may be."""
    try:
        address = _within(ip_address(text))
    except ValueError:
        return f"{text[:60]!r} is no address"
    if any(address in network for network in allowed if network.version == address.version):
        return None
    return None if _is_public(address) else f"{address} is not a public address"


def first_problem(addresses: Iterable[str], allowed: Sequence[Network]) -> str | None:
    """The first of these addresses' problems: a name that leads to one bad address is not used at all."""
    problems = (address_problem(each, allowed) for each in addresses)
    return next((each for each in problems if each is not None), None)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks such as "10.0.0.0/8". Raises ValueError."""
    return tuple(ip_network(each) for each in texts)


def _within(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: Address) -> bool:
    is_special = (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_private
    )
    is_refused = any(address in network for network in _REFUSED if network.version == address.version)
    return address.is_global and not is_special and not is_refused
