"""Counters that cost no lock: each worker owns a tally that only it writes; a snapshot adds them up."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

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
STATUS_CLASSES = 6
"""Index 1 to 5 counts 1xx to 5xx; 0 counts connections refused before there was a request."""


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

    def count(self, status: int, sent_bytes: int, took_ms: float) -> None:
        self.requests += 1
        self.sent_bytes += sent_bytes
        self.statuses[status // 100] += 1
        self.latency[bisect_left(LATENCY_BOUNDS_MS, took_ms)] += 1


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
        """Answers of 400 and above."""
        return self.statuses[4] + self.statuses[5]

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


@dataclass(frozen=True)
class WorkerView:
    """What one worker does at the moment of a snapshot."""

    name: str
    busy: bool
    client: str
    doing: str
    """The request line it serves, empty while idle or reading."""


@dataclass(frozen=True)
class Snapshot:
    """The server at one moment; made by ``HttpServer.snapshot`` in any thread."""

    totals: Totals
    workers: tuple[WorkerView, ...]
    queued: int
    open_connections: int

    @property
    def busy_workers(self) -> int:
        return sum(worker.busy for worker in self.workers)
