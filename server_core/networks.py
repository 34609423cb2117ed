"""Networks and the addresses in them: what ``--allow-client`` names, and what counts as one client."""

from __future__ import annotations

import ipaddress
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from server_core.sentence import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable

# ::ffff:0:0/96, as which a socket for both families shows IPv4 addresses (RFC 4291 section 2.5.5.2).
_MAPPED_BITS = 96


def host_of(client: str) -> str:
    """The address of a client that is written ``ip:port``, an IPv6 address without its brackets."""
    return client.rpartition(":")[0].removeprefix("[").removesuffix("]")


def client_key(client: str) -> bytes:
    """What limits are counted by, for a client that is written ``ip:port``: an IPv4 address, or the first
    half of an IPv6 one. A household has a /64 at least (RFC 6177), and all of its addresses to come from.
    """
    host = host_of(client)
    return socket.inet_pton(socket.AF_INET6, host)[:8] if ":" in host else socket.inet_aton(host)


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """A network as a person writes it, ``192.0.2.0/24``, ``2001:db8::/32`` or one address.

    Raises ValueError with a sentence.
    """
    try:
        # A zone, %eth0, would be no part of what clients are compared by.
        loose = ipaddress.ip_network(text.strip().replace("%", "?"), strict=False)
    except ValueError:
        raise Mistake(
            "{text!r} is not a network: write one as 192.0.2.0/24 or 2001:db8::/32, or a single address.",
            text=text,
        ) from None
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError:
        raise Mistake(
            "{text!r} is an address in a network: write {loose} for the network, or {address} for the "
            "address alone.",
            text=text,
            loose=loose,
            address=text.partition("/")[0],
        ) from None
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


class Networks:
    """A set of networks. To look an address up costs the same for ten thousand as for one of each length."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._prefixes: dict[type, dict[int, set[int]]] = {IPv4Address: {}, IPv6Address: {}}
        """By family and the bits behind the prefix: the prefixes."""
        for network in map(parse_network, texts):
            behind = network.max_prefixlen - network.prefixlen
            known = self._prefixes[type(network.network_address)].setdefault(behind, set())
            known.add(int(network.network_address) >> behind)

    def __bool__(self) -> bool:
        return any(self._prefixes.values())

    def covers(self, text: str) -> bool:
        """Whether all of the network is in one of them."""
        network = parse_network(text)
        behind = network.max_prefixlen - network.prefixlen
        return any(
            known_behind >= behind and int(network.network_address) >> known_behind in known
            for known_behind, known in self._prefixes[type(network.network_address)].items()
        )

    def __contains__(self, host: str) -> bool:
        """Whether the address is in one of them; an IPv4 address in IPv6's clothes is one of IPv4."""
        address = ipaddress.ip_address(host)
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        number = int(address)
        return any(number >> behind in known for behind, known in self._prefixes[type(address)].items())
