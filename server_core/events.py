"""The structured record of everything that happens, and the bounded hand-over from those who log to those
who write.

A worker appends a tuple and goes on: no lock, no formatting, no I/O. A sink (log file, console,
window) drains its own queue on its own timer. When a sink falls behind, new records are dropped for that
sink alone and counted exactly.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server_core.reply import Reply

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


Row: TypeAlias = "tuple[Reply, bytes, float, float, float, str, str, int, int]"
"""That a reply was sent again: what :meth:`Reply.event` takes. To make this costs a tenth of making an Event,
and is all that the hot path does for the log.
"""


def clock_offset_s() -> float:
    """What to add to the performance counter to get seconds since the epoch, as of now."""
    return time.time() - time.perf_counter()


def expand(record: Event | Row, offset_s: float) -> Event:
    """The whole record of a row."""
    if isinstance(record, Event):
        return record
    return record[0].event(*record[1:], offset_s)


def worker_of(record: Event | Row) -> str:
    """The name of the worker that a record is of."""
    return record.worker if isinstance(record, Event) else record[5]


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
    """One sink's queue. ``take`` and ``drain`` belong to one thread; ``dropped`` may be called from any."""

    def __init__(self, capacity_rows: int) -> None:
        self.capacity_rows = capacity_rows
        self.queue: deque[Event | Row] = deque()
        self.drops = ExactCounter()

    @property
    def waiting(self) -> int:
        """Records in the queue. Any thread."""
        return len(self.queue)

    def take(self, limit_rows: int = HANDOVER_ROWS) -> list[Event | Row]:
        """Up to ``limit_rows`` records in the order in which they came."""
        take = self.queue.popleft
        return [take() for _ in range(min(len(self.queue), limit_rows))]

    def drain(self, limit_rows: int = HANDOVER_ROWS) -> list[Event]:
        """The same, each in full."""
        offset_s = clock_offset_s()
        return [expand(record, offset_s) for record in self.take(limit_rows)]

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

    def emit(self, record: Event | Row) -> None:
        """Hand over one record."""
        self.emit_all([record])

    def emit_all(self, records: Sequence[Event | Row]) -> None:
        """Hand over records in their order."""
        for subscription in self._subscriptions:
            room = subscription.capacity_rows - len(subscription.queue)
            subscription.queue.extend(records if room >= len(records) else records[: max(room, 0)])
            for _ in records[max(room, 0) :]:
                subscription.drops.add()
