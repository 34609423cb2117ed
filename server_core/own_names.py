"""The names and addresses under which a server of this computer can be asked for."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING

from server_core.hosts import LOOPBACK_NAMES, WILDCARD_ADDRESSES, normalise_address, parse_entry, parse_host

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = WILDCARD_ADDRESSES | {"*"}


def own_names(host: str, allow_hosts: tuple[str, ...]) -> list[str]:
    """Of a server that listens on ``host`` and answers for ``allow_hosts``: names, ``*.name``, IPv6 in
    brackets; each once, none that stands for every host. May ask the system for a moment.
    """
    found = [*LOOPBACK_NAMES, *_computer_names(), normalise_address(host), *_addresses()]
    allowed = (parse_entry(entry).name for entry in allow_hosts)
    found += (f"*{name}" if name.startswith(".") else name for name in allowed)
    named = (name for name in found if name not in NOBODY and not name.startswith("[fe80:"))
    return list(dict.fromkeys(named))


def _computer_names() -> Iterator[str]:
    """What it is called, and where it has a short name also what multicast DNS (RFC 6762) calls it."""
    known = parse_host(socket.gethostname())
    if known is not None:
        yield known.name
        if "." not in known.name:
            yield f"{known.name}.local"


def _addresses() -> Iterator[str]:
    """The addresses of the adapters, as far as the system tells without further libraries."""
    with contextlib.suppress(OSError, UnicodeError):
        for *_, address in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM):
            yield normalise_address(str(address[0]))
    yield from _ways_out()
    yield from _adapter_addresses()


def _ways_out() -> Iterator[str]:
    """The addresses of the adapters that lead to everywhere. Connecting a datagram socket sends nothing; the
    addresses are those of documentation (RFC 5737, RFC 3849).
    """
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            yield normalise_address(str(probe.getsockname()[0]))


if sys.platform == "linux":
    import fcntl
    import struct

    _SIOCGIFADDR = 0x8915  # netdevice(7)

    def _adapter_addresses() -> Iterator[str]:
        """There a host's name leads as a rule to a loopback alone."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for _, name in socket.if_nameindex():
                with contextlib.suppress(OSError):  # an adapter without an IPv4 address
                    found = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                    yield socket.inet_ntoa(found[20:24])

else:

    def _adapter_addresses() -> Iterator[str]:
        """The name has led to all of them."""
        yield from ()
