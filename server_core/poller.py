"""Waiting for sockets: one small interface over epoll, kqueue, and poll() where there is neither (WSAPoll on
Windows).

A descriptor that is armed is reported by every ``wait`` while it is ready, until it is disarmed or closed:
so a connection that is answered at once costs no call here at all. ``arm``, ``disarm`` and ``wake`` may be
called from any thread, also while another one is in ``wait``.
"""

from __future__ import annotations

import contextlib
import select
import socket
import sys
import time
from collections import deque
from itertools import compress
from typing import Any, Protocol

READ = 1
WRITE = 4
"""The values of EPOLLIN and EPOLLOUT, and of POLLIN and POLLOUT on POSIX."""


class Poller(Protocol):
    """Descriptors and what they wait for."""

    def arm(self, fd: int, interest: int) -> None:
        """Report ``fd`` whenever it is ready for ``interest``, or broken. Any thread."""

    def disarm(self, fd: int) -> None:
        """Report ``fd`` no more; it may be closed already. Any thread."""

    def wait(self, timeout_s: float, limit: int) -> list[int]:
        """Up to ``limit`` ready descriptors; [] after ``timeout_s`` or when woken. One thread at a time."""

    def wake(self) -> None:
        """Have ``wait`` return at once. Any thread, and signal handlers."""

    def close(self) -> None: ...


class _Doorbell:
    """A connected pair of sockets: what is written to one end makes the other readable."""

    def __init__(self) -> None:
        self._inner, self._outer = socket.socketpair()
        self._inner.setblocking(False)
        self._outer.setblocking(False)
        self.fd = self._inner.fileno()

    def ring(self) -> None:
        # Full means that it rings already; closed, that nobody waits any more.
        with contextlib.suppress(OSError):
            self._outer.send(b"\0")

    def answer(self, ready: list[int]) -> list[int]:
        """What else is ready than the doorbell, which is silent again."""
        if self.fd in ready:
            ready.remove(self.fd)
            with contextlib.suppress(BlockingIOError):
                while len(self._inner.recv(4096)) == 4096:
                    pass
        return ready

    def close(self) -> None:
        self._inner.close()
        self._outer.close()


class EpollPoller:
    """epoll(7) of Linux: the kernel keeps the table, so arming from another thread needs no wake-up."""

    def __init__(self, system: Any = select) -> None:
        """``system`` has what the select module has on Linux; as in the next class, for the tests' sake."""
        self._epoll = system.epoll()
        self._doorbell = _Doorbell()
        self.arm(self._doorbell.fd, READ)

    def arm(self, fd: int, interest: int) -> None:
        try:
            self._epoll.register(fd, interest)
        except FileExistsError:
            self._epoll.modify(fd, interest)

    def disarm(self, fd: int) -> None:
        with contextlib.suppress(OSError):
            self._epoll.unregister(fd)

    def wait(self, timeout_s: float, limit: int) -> list[int]:
        return self._doorbell.answer([fd for fd, _ in self._epoll.poll(timeout_s, limit)])

    def wake(self) -> None:
        self._doorbell.ring()

    def close(self) -> None:
        self._epoll.close()
        self._doorbell.close()


class KqueuePoller:
    """kqueue(2) of macOS and the BSDs: the kernel keeps the table here too, with two filters for each
    descriptor, of which one at most is enabled.
    """

    def __init__(self, system: Any = select) -> None:
        """``system`` has what the select module has there."""
        self._kevent = system.kevent
        self._filters = ((READ, system.KQ_FILTER_READ), (WRITE, system.KQ_FILTER_WRITE))
        self._on = system.KQ_EV_ADD | system.KQ_EV_ENABLE
        self._off = system.KQ_EV_ADD | system.KQ_EV_DISABLE
        self._kqueue = system.kqueue()
        self._doorbell = _Doorbell()
        self.arm(self._doorbell.fd, READ)

    def arm(self, fd: int, interest: int) -> None:
        # A filter that is not wanted is disabled and not deleted: to delete what is not there is an error,
        # and the first error ends the list.
        changes = [
            self._kevent(fd, kind, self._on if wish == interest else self._off)
            for wish, kind in self._filters
        ]
        self._kqueue.control(changes, 0)

    def disarm(self, fd: int) -> None:
        with contextlib.suppress(OSError):
            self.arm(fd, 0)

    def wait(self, timeout_s: float, limit: int) -> list[int]:
        return self._doorbell.answer([event.ident for event in self._kqueue.control(None, limit, timeout_s)])

    def wake(self) -> None:
        self._doorbell.ring()

    def close(self) -> None:
        self._kqueue.close()
        self._doorbell.close()


class PollPoller:
    """poll(2) or WSAPoll: the table is ours, so arming from another thread has to wake the one that waits.

    select() would do on Windows up to 512 sockets; WSAPoll has no such limit.
    """

    def __init__(self) -> None:
        self._table = _SocketTable()
        self._changes: deque[tuple[int, int]] = deque()
        self._waits = False
        """Whether somebody waits who may not have seen the newest change."""
        self._turn = 0
        self._doorbell = _Doorbell()
        self._table.put(self._doorbell.fd, READ)

    def arm(self, fd: int, interest: int) -> None:
        self._changes.append((fd, interest))
        if self._waits:
            self._waits = False  # one ring is enough for all changes up to the next wait
            self.wake()

    def disarm(self, fd: int) -> None:
        self._changes.append((fd, 0))

    def wait(self, timeout_s: float, limit: int) -> list[int]:
        # Before the changes are taken: who adds one later rings, who saw False here added it in time.
        self._waits = True
        while self._changes:
            fd, interest = self._changes.popleft()
            if interest:
                self._table.put(fd, interest)
            else:
                self._table.drop(fd)
        ready = self._doorbell.answer(self._table.poll(timeout_s))
        self._waits = False
        return ready if len(ready) <= limit else self._in_turn(ready, limit)

    def _in_turn(self, ready: list[int], limit: int) -> list[int]:
        """``limit`` of those that are ready, going round: the table's order would favour its first ones."""
        first = self._turn % len(ready)
        self._turn = first + limit
        return (ready[first:] + ready[:first])[:limit]

    def wake(self) -> None:
        self._doorbell.ring()

    def close(self) -> None:
        self._doorbell.close()


if sys.platform == "win32":
    import ctypes

    class _PollFd(ctypes.Structure):
        """WSAPOLLFD of winsock2.h."""

        _fields_ = (("fd", ctypes.c_size_t), ("events", ctypes.c_short), ("revents", ctypes.c_short))

    _EVENTS = {READ: 0x0300, WRITE: 0x0010}  # POLLRDNORM | POLLRDBAND, POLLWRNORM
    _HUNG_UP = 0x0002  # POLLHUP
    # How long a socket rests that waits to be written to and of which nothing is known but that its peer has
    # closed a half. WSAPoll says so again and again, however full the socket is.
    _REST_S = 0.02
    # Where the entries' revents lie, counted in shorts: from the first one in steps.
    _FIRST = _PollFd.revents.offset // 2
    _STEP = ctypes.sizeof(_PollFd) // 2
    _wsa_poll = ctypes.WinDLL("ws2_32").WSAPoll
    _wsa_poll.argtypes = (ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int)

    class _SocketTable:
        """The array that WSAPoll reads, kept dense: the last entry fills the gap of a dropped one."""

        def __init__(self) -> None:
            self._make_room(64)
            self._fds: list[int] = []
            """Of each entry, as the array has them."""
            self._places: dict[int, int] = {}
            self._resting: dict[int, float] = {}
            """Descriptors left out for now, each with the end of its rest, the soonest first."""

        def _make_room(self, count: int) -> None:
            self._entries: ctypes.Array[_PollFd] = (_PollFd * count)()
            self._results = memoryview(self._entries).cast("B").cast("h")[_FIRST::_STEP]

        def put(self, fd: int, interest: int) -> None:
            if fd in self._resting:
                if interest == WRITE:
                    return
                del self._resting[fd]
            place = self._places.setdefault(fd, len(self._fds))
            if place == len(self._fds):
                self._fds.append(fd)
                if place == len(self._entries):
                    smaller = self._entries
                    self._make_room(2 * place)
                    ctypes.memmove(self._entries, smaller, ctypes.sizeof(smaller))
            self._entries[place].fd = fd
            self._entries[place].events = _EVENTS[interest]

        def drop(self, fd: int) -> None:
            self._resting.pop(fd, None)
            place = self._places.pop(fd, None)
            if place is None:
                return
            last = self._fds.pop()
            if last != fd:
                self._entries[place] = self._entries[len(self._fds)]
                self._fds[place] = last
                self._places[last] = place

        def poll(self, timeout_s: float) -> list[int]:
            now_s = time.monotonic()
            while self._resting and next(iter(self._resting.values())) <= now_s:
                fd = next(iter(self._resting))
                del self._resting[fd]
                self.put(fd, WRITE)
            if self._resting:
                timeout_s = min(timeout_s, _REST_S)
            count = len(self._fds)
            if _wsa_poll(ctypes.byref(self._entries), count, max(0, round(timeout_s * 1000))) <= 0:
                return []
            # No Python is run for those, most as a rule, of which there is nothing to report.
            results = self._results[:count].tolist()
            ready = list(compress(self._fds, results))
            if _HUNG_UP in results:
                self._lay_to_rest(ready, now_s + _REST_S)
            return ready

        def _lay_to_rest(self, ready: list[int], until_s: float) -> None:
            for fd in ready:
                entry = self._entries[self._places[fd]]
                if entry.revents == _HUNG_UP and entry.events == _EVENTS[WRITE]:
                    self.drop(fd)
                    self._resting[fd] = until_s

else:

    class _SocketTable:
        """poll(2) through the select module."""

        def __init__(self) -> None:
            self._poll = select.poll()

        def put(self, fd: int, interest: int) -> None:
            self._poll.register(fd, interest)

        def drop(self, fd: int) -> None:
            with contextlib.suppress(KeyError):
                self._poll.unregister(fd)

        def poll(self, timeout_s: float) -> list[int]:
            return [fd for fd, _ in self._poll.poll(max(0, round(timeout_s * 1000)))]


# What the select module must have for each, the best first.
_POLLERS: tuple[tuple[str, type[Poller]], ...] = (("epoll", EpollPoller), ("kqueue", KqueuePoller))


def best_poller(system: object = select) -> type[Poller]:
    """The best poller of a system whose select module is ``system``."""
    return next((poller for name, poller in _POLLERS if hasattr(system, name)), PollPoller)


def open_poller() -> Poller:
    """The best poller of this system."""
    return best_poller()()
