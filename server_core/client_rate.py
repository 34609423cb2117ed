"""How many requests a second one client may send: a bucket of tokens for each, kept as one number."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from server_core.networks import client_key
from server_core.refusals import Refusal
from server_core.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.messages import Request

# What a client that was quiet may send at once, in seconds of its rate: a page brings many pictures.
BURST_S = 5.0
# Clients remembered at once, twice at most: about 4 MB. Where more come within BURST_S some are forgotten.
CLIENTS = 16_384
# By how much a sum of steps may be off.
_ROUNDING_S = 1e-6


class Pace:
    """When each key's bucket will be full again (the generic cell rate algorithm). Any thread.

    Whoever has not come for BURST_S has a full bucket, and need not be remembered: so there are two tables,
    of which the older is thrown away that often. No look at more than one entry is ever needed.
    """

    def __init__(self, rate_per_s: float, now_s: float) -> None:
        self._step_s = 1.0 / rate_per_s
        self._burst_s = max(BURST_S, self._step_s)
        self._full_s: dict[bytes, float] = {}
        self._older: dict[bytes, float] = {}
        self._turn_s = now_s + self._burst_s
        self._lock = threading.Lock()

    def take(self, key: bytes, now_s: float) -> float:
        """Take a token of ``key``'s; how many seconds too early that was, 0.0 where there was one."""
        with self._lock:
            if now_s >= self._turn_s or len(self._full_s) >= CLIENTS:
                self._older = self._full_s if now_s < self._turn_s + self._burst_s else {}
                self._full_s = {}
                self._turn_s = now_s + self._burst_s
            full_s = self._full_s.get(key) or self._older.get(key, now_s)
            full_s = max(full_s, now_s) + self._step_s
            early_s = full_s - now_s - self._burst_s
            if early_s > _ROUNDING_S:
                return early_s
            self._full_s[key] = full_s
            return 0.0

    @property
    def remembered(self) -> int:
        """How many buckets there are."""
        return len(self._full_s) + len(self._older)


class RateGuard:
    """Refuses the requests of a client that sends too many. A guard of Handler; any thread."""

    def __init__(self, rate_per_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_per_s = rate_per_s
        self._clock = clock
        self._pace = Pace(rate_per_s, clock())

    def __call__(self, request: Request, client: str) -> None:  # noqa: ARG002 - every request counts
        if early_s := self._pace.take(client_key(client), self._clock()):
            raise Refusal(
                "client-rate",
                Sentence(" The limit is {most} a second.", most=self._rate_per_s),
                (("Retry-After", str(math.ceil(early_s))),),
            )
