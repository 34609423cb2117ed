"""Which hosts a request may name (RFC 9110 section 7.2), as pure functions over text.

The check is what keeps a web page elsewhere from reading a server on this computer by DNS rebinding: the
browser sends the name it was told, and that name is not on the list.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import NamedTuple

from server_core.sentence import Mistake

# RFC 3986 section 3.2.2 lets reg-name hold nearly everything; a name that DNS or a hosts file can hold is
# letters, digits, hyphens, dots and, in practice, underscores. What is outside that can't be a name of this
# server.
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?\.?")
_HOST = re.compile(
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9_.-]{1,255}))(?::(?P<port>[0-9]{0,5}))?"
)
_ENTRY = re.compile(
    r"(?P<any>\*)?(?:(?<=\*)\.(?P<suffix>[A-Za-z0-9_.-]+)"
    r"|(?<!\*)(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_.-]+)))?(?::(?P<port>\*|[0-9]{1,5}))?"
)

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
WILDCARD_ADDRESSES = frozenset({"0.0.0.0", "[::]"})


class Host(NamedTuple):
    """A host as the policy compares it: lower case, no trailing dot, IPv6 in brackets and shortest form;
    port None where absent.
    """

    name: str
    port: int | None


def normalise_ipv6(text: str) -> str | None:
    """The shortest form in brackets (RFC 5952), or None where ``text`` is no IPv6 address."""
    try:
        return f"[{socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text))}]"
    except (OSError, ValueError):
        return None


def normalise_address(address: str) -> str:
    """An address as the socket module gives it, in the form in which a Host names it.

    A zone (``%eth0``) is dropped. An IPv4 client of a socket that listens on both families is shown by the
    system as ``::ffff:192.0.2.1``.
    """
    if ":" not in address:
        return address
    address = address.partition("%")[0].removeprefix("::ffff:")
    return normalise_ipv6(address) or address


def _normalise_name(text: str) -> str | None:
    if not _NAME.fullmatch(text) or ".." in text:
        return None
    return text.removesuffix(".").lower()


def parse_host(value: str) -> Host | None:
    """The Host field's value or a target's authority, or None where it is malformed (empty, user info, bad
    port, bad address).
    """
    if not (match := _HOST.fullmatch(value)):
        return None
    name = normalise_ipv6(match["ipv6"]) if match["ipv6"] else _normalise_name(match["name"])
    # "name:" is legal and means no port (RFC 3986 section 3.2.3).
    port = int(match["port"]) if match["port"] else None
    if not name or (port is not None and port > 65535):
        return None
    return Host(name, port)


@dataclass(frozen=True)
class AllowEntry:
    """One allowed host: a name, ``*.suffix`` for every name below it, or ``*``; with the ports it may be
    asked under.
    """

    name: str
    """Normalised; ``.suffix`` for names below it; ``*`` for all."""
    port: int | None = None
    """None means the server's own port."""
    any_port: bool = False

    def matches(self, host: Host, own_port: int) -> bool:
        named = self.name in {"*", host.name} or (self.name.startswith(".") and host.name.endswith(self.name))
        return named and (self.any_port or host.port is None or host.port == (self.port or own_port))


def parse_entry(text: str) -> AllowEntry:
    """An allowed host as a person writes it: ``name``, ``*.name``, ``*``, ``[::1]``, each with ``:*`` or
    ``:PORT`` if wished.

    Raises ValueError with a sentence.
    """
    text = text.strip()
    bare_ipv6 = normalise_ipv6(text)
    if bare_ipv6:
        return AllowEntry(bare_ipv6)
    match = _ENTRY.fullmatch(text)
    if match and text:
        port = match["port"]
        number = int(port) if port and port != "*" else None
        name = match["suffix"] or match["name"]
        if match["ipv6"]:
            known = normalise_ipv6(match["ipv6"])
        elif name:
            known = _normalise_name(name)
        else:
            known = "*" if match["any"] else None
        if known and (number is None or 1 <= number <= 65535):
            return AllowEntry("." + known if match["suffix"] else known, number, port == "*")
    raise Mistake(
        "{text!r} is not a host name: write a name such as example.test, *.example.test for all names "
        "below it, or * for every host, without http:// and without a path.",
        text=text,
    )


class HostPolicy:
    """The hosts that one server answers for. Immutable; may be asked from any thread."""

    def __init__(self, entries: tuple[AllowEntry, ...], listening_on: tuple[str, ...], port: int) -> None:
        own = (*LOOPBACK_NAMES, *map(normalise_address, listening_on))
        self._entries = (*entries, *(AllowEntry(name) for name in own))
        self._port = port
        self.any_address = not WILDCARD_ADDRESSES.isdisjoint(own)
        """Listening on every address: then the address that a client really connected to is the server's own
        as well.
        """

    def allows(self, host: Host) -> bool:
        return any(entry.matches(host, self._port) for entry in self._entries)

    def is_local_address(self, host: Host, local_address: str) -> bool:
        """Whether ``host`` is the very address that the client connected to. An address can't be rebound, so
        it is safe.
        """
        return AllowEntry(normalise_address(local_address)).matches(host, self._port)
