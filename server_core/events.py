"""The structured record of everything that happens, and the bounded hand-over from those who log to those
who write.

A worker appends a record and goes on: no formatting, no I/O. A sink (log file, console, window) drains its
own queue on its own timer. When a sink falls behind, new records are dropped for that sink alone and counted
exactly.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from server_core.connection import Connection
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
"""That a reply was sent again, to one client: what :meth:`Reply.event` takes. To make this costs a tenth of
making an Event.
"""


class Repeats(NamedTuple):
    """That a reply was sent again, to one client after the other: all that the hot path does for the log."""

    reply: Reply
    octets: bytes
    ready_s: float
    """When the first of them was found ready; on the performance counter, as the next two."""
    looked_s: float
    ended_s: float
    """When the last of them was answered."""
    worker: str
    connections: list[Connection]
    numbers: list[int]
    """Of the request on each connection."""

    def rows(self) -> list[Row]:
        reply, octets, ready_s, looked_s, ended_s, worker, connections, numbers = self
        return [
            (reply, octets, ready_s, looked_s, ended_s, worker, each.client, each.serial, number)
            for each, number in zip(connections, numbers, strict=True)
        ]


Record: TypeAlias = "Event | Repeats"


def row_count(record: Record) -> int:
    """How many lines of a log it makes."""
    return len(record.numbers) if isinstance(record, Repeats) else 1


def rows_of(records: Iterable[Record]) -> list[Event | Row]:
    """The same, one for each line of a log."""
    rows: list[Event | Row] = []
    for record in records:
        if isinstance(record, Repeats):
            rows += record.rows()
        else:
            rows.append(record)
    return rows


def newest_rows(records: Sequence[Record], limit: int) -> list[Event | Row]:
    """The last ``limit`` rows of ``records``, or all; others are not even made."""
    first, rows = len(records), 0
    while first and rows < limit:
        first -= 1
        rows += row_count(records[first])
    return rows_of(records[first:])[-limit:]


def clock_offset_s() -> float:
    """What to add to the performance counter to get seconds since the epoch, as of now."""
    return time.time() - time.perf_counter()


def expand(row: Event | Row, offset_s: float) -> Event:
    """All that is known of a row."""
    if isinstance(row, Event):
        return row
    return row[0].event(*row[1:], offset_s)


class Subscription:
    """One sink's queue. ``put`` and the counts belong to any thread, what takes out of it to one."""

    def __init__(self, capacity_rows: int) -> None:
        self._capacity_rows = capacity_rows
        self._queue: deque[Record] = deque()
        self._lock = threading.Lock()
        """Keeps the counts exact; held for as long as it takes to add two numbers."""
        self.waiting_rows = 0
        self.dropped_rows = 0
        """How many found the queue full."""

    def put(self, record: Record) -> None:
        rows = row_count(record)
        with self._lock:
            if self.waiting_rows < self._capacity_rows:
                self._queue.append(record)
                self.waiting_rows += rows
            else:
                self.dropped_rows += rows

    def take(self, limit_rows: int = HANDOVER_ROWS) -> list[Record]:
        """Records in the order in which they came, until they are ``limit_rows`` rows."""
        records: list[Record] = []
        rows = 0
        while self._queue and rows < limit_rows:
            records.append(record := self._queue.popleft())
            rows += row_count(record)
        with self._lock:
            self.waiting_rows -= rows
        return records

    def drain(self, limit_rows: int = HANDOVER_ROWS) -> list[Event]:
        """Their rows, each in full."""
        offset_s = clock_offset_s()
        return [expand(row, offset_s) for row in rows_of(self.take(limit_rows))]


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

    def emit(self, record: Record) -> None:
        """Hand over one record."""
        for subscription in self._subscriptions:
            subscription.put(record)
