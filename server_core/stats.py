"""Counters that cost no lock: each worker owns a tally that only it writes; a snapshot adds them up."""

from __future__ import annotations

import enum
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


def _bounds_ms() -> tuple[float, ...]:
    """Upper bounds of the latency classes: 0.01 ms to about a minute in steps of a fifth, so a percentile is
    right within 20 %.
    """
    bounds = [0.01]
    while bounds[-1] < 60_000:
        bounds.append(round(bounds[-1] * 1.2, 4))
    return tuple(bounds)


LATENCY_BOUNDS_MS = _bounds_ms()
_BOUNDS_S = tuple(bound_ms / 1000.0 for bound_ms in LATENCY_BOUNDS_MS)
STATUS_CLASSES = 6
"""Index 1 to 5 counts 1xx to 5xx; 0 counts connections that were refused without an answer."""


class Tally:
    """One worker's counters. Only that worker's thread writes; any thread may read (ints and list items are
    read whole).
    """

    __slots__ = ("latency", "requests", "sent_bytes", "statuses")

    def __init__(self) -> None:
        self.requests = 0
        self.sent_bytes = 0
        self.statuses = [0] * STATUS_CLASSES
        self.latency = [0] * (len(LATENCY_BOUNDS_MS) + 1)

    def count(self, status: int, sent_bytes: int, took_s: float, times: int = 1) -> None:
        """Add an answer of ``sent_bytes``, or as many like it."""
        self.requests += times
        self.sent_bytes += sent_bytes * times
        self.statuses[status // 100] += times
        self.latency[bisect_left(_BOUNDS_S, took_s)] += times

    def count_dismissed(self) -> None:
        """Add a connection that was refused without an answer."""
        self.statuses[0] += 1


@dataclass(frozen=True)
class Totals:
    """What was counted since the server started; ``later - earlier`` is what came between two readings."""

    requests: int
    sent_bytes: int
    statuses: tuple[int, ...]
    latency: tuple[int, ...]

    def __sub__(self, earlier: Totals) -> Totals:
        return Totals(
            self.requests - earlier.requests,
            self.sent_bytes - earlier.sent_bytes,
            tuple(a - b for a, b in zip(self.statuses, earlier.statuses, strict=True)),
            tuple(a - b for a, b in zip(self.latency, earlier.latency, strict=True)),
        )

    @property
    def errors(self) -> int:
        """Answers of 400 and above, and refusals without one."""
        return self.statuses[0] + self.statuses[4] + self.statuses[5]

    @property
    def sentence(self) -> str:
        """For the log of a stop."""
        classes = ", ".join(f"{count} {place}xx" for place, count in enumerate(self.statuses) if place > 1)
        sentence = f"answered {self.requests} requests with {self.sent_bytes} bytes of content: {classes}"
        dismissed = self.statuses[0]
        return f"{sentence}; refused {dismissed} connections without an answer" if dismissed else sentence

    def percentile_ms(self, percent: float) -> float:
        """The time within which ``percent`` of the requests were answered: the upper bound of its class; 0.0
        without requests.
        """
        if not (count := sum(self.latency)):
            return 0.0
        for place, reached in enumerate(accumulate(self.latency)):
            if reached >= count * percent / 100:
                return LATENCY_BOUNDS_MS[min(place, len(LATENCY_BOUNDS_MS) - 1)]
        return LATENCY_BOUNDS_MS[-1]


def add_up(tallies: Iterable[Tally]) -> Totals:
    """The totals over ``tallies``; may be called from any thread."""
    tallies = list(tallies)
    return Totals(
        sum(tally.requests for tally in tallies),
        sum(tally.sent_bytes for tally in tallies),
        tuple(map(sum, zip(*(tally.statuses for tally in tallies), strict=True))) or (0,) * STATUS_CLASSES,
        tuple(map(sum, zip(*(tally.latency for tally in tallies), strict=True)))
        or (0,) * (len(LATENCY_BOUNDS_MS) + 1),
    )


class Doing(enum.Enum):
    """What goes on with a request, or with a worker."""

    IDLE = "idle"
    READING = "reading"
    SERVING = "serving"
    SENDING = "sending"


class Activity(NamedTuple):
    """What goes on with one connection at the moment of a snapshot."""

    doing: Doing
    client: str
    """``ip:port``."""
    what: str
    """Method and target, empty while the head is being read."""
    progress: float | None = None
    """How much of the body was read or of the answer sent, 0 to 1; None where that is not known."""


@dataclass(frozen=True)
class WorkerView:
    """What one worker does at the moment of a snapshot."""

    name: str
    requests: int
    """How many it has answered."""
    activity: Activity | None
    """None while it has nothing to do."""

    @property
    def doing(self) -> Doing:
        return Doing.IDLE if self.activity is None else self.activity.doing


@dataclass(frozen=True)
class Snapshot:
    """The server at one moment; made by ``HttpServer.snapshot`` in any thread."""

    totals: Totals
    workers: tuple[WorkerView, ...]
    parked: tuple[Activity, ...]
    """Requests that no worker has: their clients are still sending or taking. The first :data:`PARKED`."""
    queued: int
    queue_size: int
    refusing: bool
    """Whether the queue has been full for so long that requests are refused."""
    open_connections: int

    @property
    def busy_workers(self) -> int:
        return sum(worker.activity is not None for worker in self.workers)


PARKED = 64
