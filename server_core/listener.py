"""Listening sockets: opening them, and explaining why not."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys

from server_core.errors import ACCESS_DENIED, ADDRESS_IN_USE, ADDRESS_NOT_OURS, BindError
from server_core.ports import who_listens
from server_core.sentence import Sentence

# Connections that the kernel completes while nobody accepts. 128 is the old ceiling of many systems; a burst
# of browsers beyond 5, the default of some servers, costs each a second's retry.
BACKLOG = 1024
# What Windows calls a port that is taken, an address of somebody else's, and a port that nobody may have.
WSAEADDRINUSE, WSAEADDRNOTAVAIL, WSAEACCES = 10048, 10049, 10013

LISTEN_ON = Sentence("Choose 127.0.0.1 for this computer or 0.0.0.0 for the network.")


def open_listeners(host: str, port: int) -> list[socket.socket]:
    """Sockets listening on every address that ``host`` names, all on one port (0: a free one). Raises
    BindError; then none is open.
    """
    listeners: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            listener = _listen(family, (address, port))
            listeners.append(listener)
            port = listener.getsockname()[1]
    except (OSError, UnicodeError) as error:  # the latter of a name that DNS can't hold
        for listener in listeners:
            listener.close()
        raise _explain(host, port, error) from error
    return listeners


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    if host == "localhost":
        # Both loopbacks where there are two, whatever a resolver says (RFC 6761, section 6.3). IPv4 first: a
        # browser that tries ::1 first would wait on a server that has only 127.0.0.1.
        both = socket.has_ipv6 and _can_bind(socket.AF_INET6, "::1")
        return [(socket.AF_INET, "127.0.0.1"), *([(socket.AF_INET6, "::1")] if both else [])]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _can_bind(family: socket.AddressFamily, address: str) -> bool:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return True
    return False


def _listen(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # On Windows SO_REUSEADDR lets a second program take the port; this option keeps it ours. Never
            # both.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # On POSIX it means: not hindered by connections of a server that has just stopped. A second
            # listener is still refused.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address[0] != "::")
        # Inherited by accepted sockets on Linux and Windows. Answers leave in one send, so there is nothing
        # to wait for.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _explain(host: str, port: int, error: OSError | UnicodeError) -> BindError:
    """What is wrong, and the way out."""
    windows_code = getattr(error, "winerror", None)

    def because(reason: str, advice: str, *, in_use: bool = False, holder: str = "") -> BindError:
        why = os.strerror(getattr(error, "errno", None) or 0)
        told = Sentence(reason, host=host, port=port, holder=holder, why=why)
        return BindError(host, port, told, Sentence(advice), in_use=in_use)

    def holder() -> str:
        return who_listens(port) or Sentence("another program")

    if isinstance(error, (socket.gaierror, UnicodeError)):
        return because("The address {host} is unknown.", LISTEN_ON)
    if error.errno in ADDRESS_IN_USE or windows_code == WSAEADDRINUSE:
        return because(
            "Port {port} on {host} is already in use by {holder}.",
            "Choose another port, or stop that program.", in_use=True, holder=holder(),
        )  # fmt: skip
    if error.errno in ADDRESS_NOT_OURS or windows_code == WSAEADDRNOTAVAIL:
        return because("{host} is not an address of this computer.", LISTEN_ON)
    if windows_code == WSAEACCES:
        return because(
            "Port {port} on {host} is held exclusively by {holder}, or reserved by Windows.",
            "Choose another port; `netsh interface ipv4 show excludedportrange protocol=tcp` lists those "
            "that are reserved.", in_use=True, holder=holder(),
        )  # fmt: skip
    if error.errno in ACCESS_DENIED:
        return because(
            "Port {port} on {host} may only be used by an administrator.",
            "Choose a port from 1024 on, such as 8080.",
        )
    if error.errno == errno.EAFNOSUPPORT:
        return because("This computer has no network for addresses like {host}.", "Choose 127.0.0.1.")
    return because("Port {port} on {host} can't be listened on: {why}.", "Choose another address or port.")
