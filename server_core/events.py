"""The structured record of everything that happens, and the bounded hand-over from those who log to those
who write.

A worker appends a plain tuple and goes on: no lock, no formatting, no I/O. A sink (log file, console,
window) drains its own queue on its own timer. When a sink falls behind, new records are dropped for that
sink alone and counted exactly.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

INFO = "info"
WARNING = "warning"
ERROR = "error"

# What a record is about (`kind`).
REQUEST = "request"
CONNECTION = "connection"
POOL = "pool"
QUEUE = "queue"
UPLOAD = "upload"
SECURITY = "security"
LIFECYCLE = "lifecycle"

# Records a sink may fall behind by: about 10 MB of tuples, and half a second of the fastest server measured.
HANDOVER_ROWS = 50_000


class Event(NamedTuple):
    """One record. Text fields come from the network unescaped: whoever shows them escapes them
    (:mod:`log_format`).
    """

    time_s: float
    """Seconds since the epoch."""
    level: str
    kind: str
    worker: str = ""
    client: str = ""
    """``ip:port``."""
    method: str = ""
    target: str = ""
    version: str = ""
    status: int = 0
    """0 where there is no answer."""
    sent_bytes: int = 0
    """Bytes of content sent, without the head."""
    waited_ms: float = 0.0
    """From readiness to a worker's first look."""
    took_ms: float = 0.0
    """From that look until the answer was handed to the kernel."""
    connection: int = 0
    """Serial number of the connection since the server started."""
    request: int = 0
    """Number of the request on its connection, from 1."""
    keep_alive: bool = False
    reason: str = ""
    """Machine-readable: a key of :data:`server_core.refusals.REFUSALS`, or empty."""
    message: str = ""
    """A sentence for people."""
    request_head: bytes = b""
    response_head: bytes = b""


class ExactCounter:
    """A count that any thread may raise without a lock; ``value`` may be called from any thread."""

    def __init__(self) -> None:
        self._ticks = itertools.count()
        self._reads = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        next(self._ticks)

    def value(self) -> int:
        # Reading takes a tick too; the lock keeps the number of readings in step with it.
        with self._lock:
            value = next(self._ticks) - self._reads
            self._reads += 1
            return value


class Subscription:
    """One sink's queue. ``drain`` belongs to one thread; ``dropped`` may be called from any."""

    def __init__(self, capacity_rows: int) -> None:
        self.capacity_rows = capacity_rows
        self.queue: deque[tuple[object, ...]] = deque()
        self.drops = ExactCounter()

    def drain(self, limit_rows: int = HANDOVER_ROWS) -> list[Event]:
        """Up to ``limit_rows`` records in the order in which they came."""
        take = self.queue.popleft
        rows = min(len(self.queue), limit_rows)
        return [Event._make(take()) for _ in range(rows)]

    def dropped(self) -> int:
        """Records dropped so far because the queue was full."""
        return self.drops.value()


class EventLog:
    """Hands every record to each subscription. Any thread may call any method."""

    def __init__(self) -> None:
        self._subscriptions: tuple[Subscription, ...] = ()
        self._lock = threading.Lock()

    def subscribe(self, capacity_rows: int = HANDOVER_ROWS) -> Subscription:
        subscription = Subscription(capacity_rows)
        with self._lock:
            self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions = tuple(each for each in self._subscriptions if each is not subscription)

    def emit(self, record: Iterable[object]) -> None:
        """Hand over one record: an :class:`Event`, or on the hot path a plain tuple in its order and of its
        full length.
        """
        for subscription in self._subscriptions:
            queue = subscription.queue
            if len(queue) < subscription.capacity_rows:
                queue.append(record)  # type: ignore[arg-type]
            else:
                subscription.drops.add()
