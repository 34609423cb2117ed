"""Files that somebody may change while the server runs: looked at now and then, read again after a change."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# How often it is looked whether the users file, or the certificate or its key, has changed.
LOOK_S = 1.0


class Watch:
    """Costs a look at the clock, and once a second a ``stat`` of each file. Any thread."""

    def __init__(self, *files: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Whoever reads the files first does so after this, so that no change is missed between."""
        self._files = files
        self._clock = clock
        self._looking = threading.Lock()
        self._state = self._stat()
        self._look_s = clock() + LOOK_S

    def look(self, on_change: Callable[[], None]) -> None:
        """Call ``on_change`` where the files are others than at the last look; by one thread at a time, for
        which no other waits. What it could not read is read again after the next change.
        """
        if self._clock() < self._look_s or not self._looking.acquire(blocking=False):
            return
        try:
            self._look_s = self._clock() + LOOK_S
            if (state := self._stat()) != self._state:
                self._state = state
                on_change()
        finally:
            self._looking.release()

    def _stat(self) -> list[tuple[int, int, int] | None]:
        """What differs after a change, also where a link was made to lead elsewhere."""
        state: list[tuple[int, int, int] | None] = []
        for file in self._files:
            try:
                info = file.stat()
            except OSError:
                state.append(None)
            else:
                state.append((info.st_mtime_ns, info.st_size, info.st_ino))
        return state
