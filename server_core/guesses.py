"""Wrong passwords, counted for each client, so that guessing is slow without holding anybody up."""

from __future__ import annotations

import threading
from collections import OrderedDict

# So many different wrong passwords may a client send before it has to pause: people type the wrong
# one, and the one of elsewhere. Then each one doubles the pause, from 1 s up: 110 guesses a day.
FREE_GUESSES = 5
LONGEST_PAUSE_S = 900.0
# How long after the last one they are forgotten.
MEMORY_S = 3600.0
# Clients remembered: about 8 MB. Beyond, the one that has been quiet for longest is forgotten; what bounds
# those who guess from more addresses is that only one password is checked at a time.
GUESSERS = 4_096
_REMEMBERED_TICKETS = 2 * FREE_GUESSES


class _Guesser:
    __slots__ = ("last_s", "misses", "tickets", "until_s")

    def __init__(self) -> None:
        self.misses = 0
        self.last_s = 0.0
        self.until_s = 0.0
        """When the pause ends."""
        self.tickets: OrderedDict[bytes, None] = OrderedDict()
        """What stands for the last wrong ones."""


class Guesses:
    """By a client's key. Times are seconds of one clock. Any thread; a step looks at one client alone."""

    def __init__(self) -> None:
        self._guessers: OrderedDict[bytes, _Guesser] = OrderedDict()
        self._lock = threading.Lock()

    def is_known(self, key: bytes, ticket: bytes) -> bool:
        """Whether this very guess was wrong before: a program that asks on and on with an old password is to
        be told so, and is to keep nobody out who shares its address.
        """
        with self._lock:
            guesser = self._guessers.get(key)
            return guesser is not None and ticket in guesser.tickets

    def pause_s(self, key: bytes, now_s: float) -> float:
        """How long this client has to wait before its next guess; 0.0 for most."""
        with self._lock:
            guesser = self._guessers.get(key)
            return 0.0 if guesser is None else max(0.0, guesser.until_s - now_s)

    def add(self, key: bytes, ticket: bytes, now_s: float) -> None:
        """A guess was wrong."""
        with self._lock:
            guesser = self._guessers.pop(key, None)
            if guesser is None or now_s - guesser.last_s > MEMORY_S:
                guesser = _Guesser()
            self._guessers[key] = guesser
            if len(self._guessers) > GUESSERS:
                self._guessers.popitem(last=False)
            guesser.misses += 1
            guesser.last_s = now_s
            guesser.tickets[ticket] = None
            if len(guesser.tickets) > _REMEMBERED_TICKETS:
                guesser.tickets.popitem(last=False)
            doublings = guesser.misses - FREE_GUESSES
            if doublings >= 0:
                guesser.until_s = now_s + min(2.0 ** min(doublings, 30), LONGEST_PAUSE_S)

    def __len__(self) -> int:
        return len(self._guessers)
