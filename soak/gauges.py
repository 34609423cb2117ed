"""What the server's process takes over time, read from outside once a second."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from soak.program import descriptors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soak.audit import Audit
    from soak.program import Program

EVERY_S = 1.0
MIB = 1024 * 1024


class Sample(NamedTuple):
    """One reading, or several as one."""

    at_s: float
    """Since the beginning."""
    memory_mib: float
    """Resident."""
    descriptors: float
    threads: float
    cpu_percent: float
    """Of one core."""
    per_s: float
    """Requests."""
    probe_ms: float
    """What an independent client waited: connect, ask, read. The median."""
    longest_ms: float
    """The same, the longest."""


class Gauges:
    """Reads one process; ``sample`` is called in the interval that the figures are to be over."""

    def __init__(self, program: Program, audit: Audit, probed_ms: list[float]) -> None:
        """``probed_ms`` is filled by whoever reads the probe."""
        self._watch, self._audit, self._probed_ms = program.watch, audit, probed_ms
        self._began_s = self._last_s = time.monotonic()
        self._requests = audit.requests
        self._cpu_s = self._cpu()

    def _cpu(self) -> float:
        times = self._watch.cpu_times()
        return float(times.user + times.system)

    def sample(self) -> Sample:
        """Raises psutil.Error where the process is gone."""
        now_s, cpu_s, requests = time.monotonic(), self._cpu(), self._audit.requests
        passed_s = max(0.001, now_s - self._last_s)
        probed_ms = [self._probed_ms.pop() for _ in range(len(self._probed_ms))]
        sample = Sample(
            now_s - self._began_s,
            self._watch.memory_info().rss / MIB,
            descriptors(self._watch),
            self._watch.num_threads(),
            (cpu_s - self._cpu_s) / passed_s * 100.0,
            (requests - self._requests) / passed_s,
            median(probed_ms) if probed_ms else 0.0,
            max(probed_ms, default=0.0),
        )
        self._last_s, self._cpu_s, self._requests = now_s, cpu_s, requests
        return sample


def thinned(samples: Sequence[Sample], most: int) -> list[Sample]:
    """At most so many: the medians of neighbours, but for the longest wait, which stays the longest."""
    step = -(-len(samples) // most) or 1
    groups = [samples[at : at + step] for at in range(0, len(samples), step)]
    return [
        Sample(*map(median, zip(*group, strict=True)))._replace(
            longest_ms=max(each.longest_ms for each in group)
        )
        for group in groups
    ]
