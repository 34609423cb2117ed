"""Where others reach this computer: no loopback, no link-local, virtual adapters last. Without Qt."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import NamedTuple

import psutil

from server_core.hosts import WILDCARD_ADDRESSES, normalise_address

# Adapters of virtual machines, containers and tunnels: real devices on the network rarely come through them.
_VIRTUAL = re.compile(
    r"v?ethernet \(|veth|virtual|vmware|vmnet|vbox|virbr|hyper-v|wsl|docker|podman|br-|lxc|tailscale|zerotier"
    r"|\bvpn|wireguard|wg\d|tun\d|tap\d|utun|npcap|bluetooth|ifb\d|dummy",
    re.IGNORECASE,
)

# What a URL need not name (RFC 9110 section 4.2).
DEFAULT_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    text: str
    """As in a URL's host: IPv6 in brackets."""
    adapter: str
    """How the system names it; empty where the address is the one chosen."""
    virtual: bool = False

    def url(self, port: int, scheme: str = "http") -> str:
        return f"{scheme}://{self.text}{'' if port == DEFAULT_PORTS[scheme] else f':{port}'}/"


def reachable(host: str) -> list[Address]:
    """The addresses under which others reach a server that listens on ``host``; none for a loopback."""
    address = normalise_address(host)
    if address in WILDCARD_ADDRESSES:
        return _own_addresses(with_ipv6=address == "[::]")
    try:
        plain = ipaddress.ip_address(address.strip("[]"))
    except ValueError:  # a name: "localhost", or one that others know better than we do
        return []
    return [] if plain.is_loopback else [Address(address, "")]


def _own_addresses(*, with_ipv6: bool) -> list[Address]:
    running = {name for name, state in psutil.net_if_stats().items() if state.isup}
    families = (socket.AF_INET, socket.AF_INET6) if with_ipv6 else (socket.AF_INET,)
    found = [
        Address(normalise_address(each.address), name, bool(_VIRTUAL.search(name)))
        for name, each_of in psutil.net_if_addrs().items()
        if name in running
        for each in each_of
        if each.family in families and _can_be_reached(each.address)
    ]
    # Real before virtual, private before public, IPv4, which people can type, before IPv6.
    return sorted(
        found, key=lambda each: (each.virtual, each.text.startswith("["), not _is_private(each.text))
    )


def _can_be_reached(address: str) -> bool:
    plain = ipaddress.ip_address(address.partition("%")[0])
    return not (plain.is_loopback or plain.is_link_local or plain.is_unspecified)


def _is_private(text: str) -> bool:
    return ipaddress.ip_address(text.strip("[]")).is_private
