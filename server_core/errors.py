"""What goes wrong outside a request: wrong settings, an address that can't be listened on, and the errno
sets of both systems.

What is wrong with a *request* lives in :mod:`server_core.refusals`.
"""

from __future__ import annotations

import errno
import sys
from typing import NamedTuple


class Problem(NamedTuple):
    """One wrong setting: its name in :class:`server_core.config.Config`, and a sentence for the person who
    chose it.
    """

    setting: str
    sentence: str


class ConfigError(Exception):
    """Settings that can't be used. ``problems`` holds one :class:`Problem` for each, so a form can show them
    in place.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(" ".join(problem.sentence for problem in problems))
        self.problems = problems

    @classmethod
    def of(cls, setting: str, sentence: str) -> ConfigError:
        """The error of one problem."""
        return cls((Problem(setting, sentence),))


class BindError(Exception):
    """The address can't be listened on. ``reason`` says why and ``advice`` what to do, a sentence each.

    ``in_use`` is true where another program has the port: then another port is the way out.
    """

    def __init__(self, host: str, port: int, reason: str, advice: str, *, in_use: bool = False) -> None:
        super().__init__(f"{reason} {advice}")
        self.host = host
        self.port = port
        self.reason = reason
        self.advice = advice
        self.in_use = in_use


class TruncatedError(Exception):
    """The length that an answer promised can't be kept; says why, for the log."""


def _numbers(*names: str) -> frozenset[int]:
    """The values of those errno names that this platform has (Windows adds WSA names, POSIX lacks them)."""
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


# The peer is gone: resets, broken pipes, and the states in which a socket is no longer connected. macOS
# answers shutdown() of a reset socket with ENOTCONN and send() with EPROTOTYPE while the connection is being
# torn down.
CLIENT_GONE = _numbers(
    "ECONNRESET", "ECONNABORTED", "EPIPE", "ENOTCONN", "ESHUTDOWN", "ETIMEDOUT", "EPROTOTYPE",
    "EHOSTUNREACH", "ENETRESET", "ENETUNREACH",
    "WSAECONNRESET", "WSAECONNABORTED", "WSAENOTCONN", "WSAESHUTDOWN", "WSAETIMEDOUT", "WSAENETRESET",
)  # fmt: skip

# accept() failed because that one client is gone already, or its network is: try the next. accept(2) lists
# the ENET*/EHOST* ones as errors already pending on the new socket.
ACCEPT_AGAIN = _numbers(
    "EAGAIN", "EWOULDBLOCK", "EINTR", "ECONNABORTED", "EPROTO", "EPERM", "ENETDOWN", "ENOPROTOOPT",
    "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "EOPNOTSUPP", "ENETUNREACH", "ETIMEDOUT",
    "WSAEWOULDBLOCK", "WSAECONNRESET", "WSAEINTR",
)  # fmt: skip

# What comes back when other connections end: too many descriptors, too little memory.
OUT_OF_RESOURCES = _numbers("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "WSAEMFILE", "WSAENOBUFS")

DISK_FULL = _numbers("ENOSPC", "EDQUOT", "EFBIG")
DISK_FULL_WINDOWS = frozenset({39, 112})  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL

ADDRESS_IN_USE = _numbers("EADDRINUSE", "WSAEADDRINUSE")
ADDRESS_NOT_OURS = _numbers("EADDRNOTAVAIL", "WSAEADDRNOTAVAIL")
ACCESS_DENIED = _numbers("EACCES", "EPERM", "WSAEACCES")


def is_disk_full(error: OSError) -> bool:
    """Whether ``error`` means that the disk, the quota or the file size limit is used up."""
    if sys.platform == "win32" and error.winerror in DISK_FULL_WINDOWS:
        return True
    return error.errno in DISK_FULL
