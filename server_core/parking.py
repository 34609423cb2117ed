"""Where connections are while they wait for their clients.

A parked connection belongs to nobody. Whoever takes it out of the table, which is one atomic step, has it
alone until it is parked again: the leader when it is ready, the overseer when its time is up.

A connection stays armed while somebody has it, for it will as a rule be parked again in some microseconds.
If it is reported meanwhile, it is disarmed, and armed again when it is parked.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from server_core.deadlines import Deadlines
from server_core.phases import Next
from server_core.poller import READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.connection import Connection
    from server_core.poller import Poller


class Parking:
    """The table of parked connections, their readiness and their deadlines."""

    def __init__(self, poller: Poller, connections: dict[int, Connection], now_s: float) -> None:
        """``connections`` are the open ones by descriptor, parked or not."""
        self._poller = poller
        self._connections = connections
        self._parked: dict[int, Connection] = {}
        self._arming = threading.Lock()
        """Keeps what the poller watches and what ``interest`` says of it one step."""
        self._deadlines = Deadlines(self._deadline_of, now_s)

    def park(self, connection: Connection, until: Next) -> None:
        """Leave ``connection`` until it is ready or its deadline has passed. Any thread; then it is no
        longer the caller's.
        """
        connection.wanted = until.interest
        if connection.deadline_s < connection.scheduled_s:
            self._deadlines.watch(connection.fd)
        parked: Connection | None = connection
        while parked is not None:
            fd, wanted = parked.fd, parked.wanted
            if parked.interest != wanted:
                with self._arming:
                    self._poller.arm(fd, wanted)
                    parked.interest = wanted
            self._parked[fd] = parked
            if parked.interest == wanted:
                return
            # It was reported, and disarmed, just before it lay here: take it back, unless another has it by
            # now.
            parked = self._parked.pop(fd, None)

    def park_again(self, connections: list[Connection]) -> list[Connection]:
        """Leave connections that were waiting for input, have been answered, and wait for input again. Any
        thread; as :meth:`park`, but for the deadlines, which such a turn can only move back.

        Those that are left over are not watched for input, and have to be parked.
        """
        parked = self._parked
        left = []
        for connection in connections:
            fd = connection.fd
            parked[fd] = connection
            if connection.interest != READ and parked.pop(fd, None) is not None:
                left.append(connection)
        return left

    def ready(self, timeout_s: float, limit: int, other: Callable[[int], bool]) -> list[Connection]:
        """Wait, and take out what is ready. ``other`` is offered descriptors that are no connection's.

        One thread at a time.
        """
        found = []
        ready = self._poller.wait(timeout_s, limit)
        now_s = time.perf_counter()
        for fd in ready:
            connection = self._parked.pop(fd, None)
            if connection is None and not other(fd):
                with self._arming:
                    self._poller.disarm(fd)
                    if (held := self._connections.get(fd)) is not None:
                        held.interest = 0
                connection = self._parked.pop(fd, None)
            if connection is not None:
                connection.ready_s = now_s
                found.append(connection)
        return found

    def take(self, connection: Connection) -> bool:
        """Take out a connection that was seen parked; whether it still was. Any thread."""
        found = self._parked.pop(connection.fd, None)
        if found is None or found is connection:
            return found is connection
        # It was closed meanwhile, and this is the next one with its descriptor.
        self.park(found, Next(found.wanted))
        return False

    def overdue(self, now_s: float) -> list[Connection]:
        """Take out those whose deadline has passed. One thread."""
        found = (self._connections.get(fd) for fd in self._deadlines.due(now_s))
        return [each for each in found if each is not None and each.deadline_s <= now_s and self.take(each)]

    def all(self) -> list[Connection]:
        """Those that are parked at this moment. Any thread."""
        return list(self._parked.values())

    def _deadline_of(self, fd: int) -> float | None:
        connection = self._connections.get(fd)
        if connection is None:
            return None
        connection.scheduled_s = connection.deadline_s
        return connection.deadline_s
