"""When the pool is saturated, when it has recovered, and when requests are refused instead of queued."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from server_core import events

if TYPE_CHECKING:
    from collections.abc import Callable

# How long a request that finds the queue full waits for a place in it before it is refused. A burst of
# clients fills any queue for some milliseconds and is served before a refusal would have helped anyone; what
# lasts longer is more load than the server can bear, and the client should know.
REFUSE_AFTER_S = 0.1
# Saturation is over when there has been a free worker for this long: a pool at its limit would else report
# with every request.
CALM_S = 0.5


class Saturation:
    """Belongs to the overseer, which reports the pool's figures with every turn."""

    def __init__(self, threads: int, log: Callable[[str, str, str], None]) -> None:
        self._threads = threads
        self._log = log
        self._saturated = False
        self._calm_since_s: float | None = None
        self._refused_s = -math.inf
        self.refusing = False
        """Whether requests are refused, or were a moment ago."""

    def update(self, busy: int, queued: int, refused: int, now_s: float) -> None:
        """Take note of the pool's figures, and of how many requests were just refused."""
        saturated = busy >= self._threads and queued > 0
        if saturated:
            self._calm_since_s = None
            if not self._saturated:
                self._saturated = True
                self._log(events.WARNING, events.POOL, f"{self.sentence(busy, queued)}: saturated")
        elif self._saturated:
            self._calm_since_s = now_s if self._calm_since_s is None else self._calm_since_s
            if now_s - self._calm_since_s >= CALM_S:
                self._saturated = False
                self._calm_since_s = None
                self._log(events.INFO, events.POOL, f"{self.sentence(busy, queued)}: recovered")
        if refused:
            self._refused_s = now_s
            if not self.refusing:
                self._log(
                    events.WARNING,
                    events.QUEUE,
                    f"{self.sentence(busy, queued)}: the queue is full, requests are refused",
                )
        self.refusing = now_s - self._refused_s < CALM_S

    def sentence(self, busy: int, queued: int) -> str:
        return f"pool: {busy}/{self._threads} busy, {queued} queued"
