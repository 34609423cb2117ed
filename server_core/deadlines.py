"""When connections run out of time, at a cost that does not grow with their number.

Descriptors lie in buckets of one second. A request that pushes its connection's deadline back, as nearly all
do, touches nothing here: when the old bucket comes due, the connection is looked at and put where it now
belongs.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


# No descriptor is put further ahead than this: one whose deadline moves to and fro would otherwise leave an
# entry for every move, and a keep-alive timeout of a day keep them all day.
HORIZON_S = 60


class Deadlines:
    """Buckets of descriptors by second. ``watch`` may be called from any thread, the rest from one, the
    overseer's.
    """

    def __init__(self, deadline_of: Callable[[int], float | None], now_s: float) -> None:
        """``deadline_of`` gives a descriptor's deadline on the performance counter, None where it is
        closed.
        """
        self._deadline_of = deadline_of
        self._buckets: dict[int, set[int]] = {}
        self._new: deque[int] = deque()
        self._second = math.floor(now_s)

    def watch(self, fd: int) -> None:
        """``fd`` is new, or its deadline now lies before what it was."""
        self._new.append(fd)

    def due(self, now_s: float) -> list[int]:
        """The descriptors whose deadline has passed. They stay known until their deadline says otherwise or
        they are closed.
        """
        while self._new:
            self._place(self._new.popleft())
        overdue: dict[int, None] = {}  # in order, each once though it lie in several buckets
        while self._second < math.floor(now_s):
            self._second += 1
            for fd in self._buckets.pop(self._second, ()):
                deadline_s = self._deadline_of(fd)
                if deadline_s is not None and deadline_s <= now_s:
                    overdue[fd] = None
                self._place(fd)
        return list(overdue)

    def _place(self, fd: int) -> None:
        deadline_s = self._deadline_of(fd)
        if deadline_s is not None:
            second = min(max(math.ceil(deadline_s), self._second + 1), self._second + HORIZON_S)
            self._buckets.setdefault(second, set()).add(fd)
