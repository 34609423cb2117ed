"""A kqueue(2) where the system has none: as much of its manual page as KqueuePoller asks for, over poll(2).

So that poller's own reasoning is checked on Linux too. What a real kqueue makes of it shows only where there is
one; there the tests use that.
"""

from __future__ import annotations

import os
import select
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

# FreeBSD's and macOS's numbers.
KQ_FILTER_READ, KQ_FILTER_WRITE = -1, -2
KQ_EV_ADD, KQ_EV_DELETE, KQ_EV_ENABLE, KQ_EV_DISABLE = 1, 2, 4, 8

# A wait that has begun sees what other threads register; this one does not know of it sooner.
_SLICE_MS = 5


class kevent(NamedTuple):  # noqa: N801 - the select module's own name
    ident: int
    filter: int
    flags: int = KQ_EV_ADD


class _Filter(NamedTuple):
    enabled: bool
    file: tuple[int, int]
    """Device and inode: a descriptor that was closed takes its filters along, also if its number is used
    again.
    """


class kqueue:  # noqa: N801 - as above
    def __init__(self) -> None:
        self._filters: dict[tuple[int, int], _Filter] = {}
        self._lock = threading.Lock()

    def control(
        self, changes: Iterable[kevent] | None, max_events: int, timeout_s: float | None = None
    ) -> list[kevent]:
        """Raises OSError at the first change that can't be made; those before it stay made."""
        with self._lock:
            for change in changes or ():
                self._change(change)
        until_s = time.monotonic() + (86_400 if timeout_s is None else timeout_s)
        while max_events:
            found = self._ready()[:max_events]
            with self._lock:  # who was reported goes behind the others, as in the kernels that have this
                for event in found:
                    if (known := self._filters.pop(event[:2], None)) is not None:
                        self._filters[event[:2]] = known
            if found or time.monotonic() >= until_s:
                return found
        return []

    def close(self) -> None:
        self._filters.clear()

    def _change(self, change: kevent) -> None:
        file, place = _file(change.ident), (change.ident, change.filter)
        known = self._filters.get(place)
        if known is not None and known.file != file:
            del self._filters[place]
            known = None
        if known is None and not change.flags & KQ_EV_ADD:
            raise FileNotFoundError(change)
        if change.flags & KQ_EV_DELETE:
            del self._filters[place]
        else:
            # A new filter is enabled unless it is said otherwise; one that is there stays as it is.
            enabled = True if known is None else known.enabled
            enabled = (enabled or bool(change.flags & KQ_EV_ENABLE)) and not change.flags & KQ_EV_DISABLE
            self._filters[place] = _Filter(enabled, file)

    def _ready(self) -> list[kevent]:
        poll, wanted = select.poll(), {KQ_FILTER_READ: select.POLLIN, KQ_FILTER_WRITE: select.POLLOUT}
        with self._lock:
            for (fd, kind), known in list(self._filters.items()):
                if not _is_open(fd, known.file):
                    del self._filters[fd, kind]
            asked = [place for place, known in self._filters.items() if known.enabled]
        for fd, kind in asked:
            poll.register(fd, wanted[kind])
        return [kevent(fd, kind) for fd, _ in poll.poll(_SLICE_MS) for one, kind in asked if one == fd]


def _file(fd: int) -> tuple[int, int]:
    info = os.fstat(fd)  # EBADF where it is closed
    return info.st_dev, info.st_ino


def _is_open(fd: int, file: tuple[int, int]) -> bool:
    try:
        return _file(fd) == file
    except OSError:
        return False
