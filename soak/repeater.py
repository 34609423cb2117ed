"""What is replaced time and again while clients look at it, and which of its editions they may see."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self


class Repeater:
    """Calls ``replace`` with 1, 2, 3 ... in a thread of its own until the block ends."""

    def __init__(self, every_s: float, replace: Callable[[int], None]) -> None:
        self.begun = self.done = 0
        """The newest edition that may be seen; the oldest, where a change counts at once."""
        self._every_s = every_s
        self._replace = replace
        self._recent: deque[tuple[float, int]] = deque([(0.0, 0)], maxlen=100)
        """When the last editions were done."""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="Repeater")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def done_before(self, seconds: float) -> int:
        """The newest edition that has been done for so long."""
        until_s = time.monotonic() - seconds
        return max((number for done_s, number in tuple(self._recent) if done_s <= until_s), default=0)

    def _run(self) -> None:
        while not self._ending.wait(self._every_s):
            self.begun += 1
            self._replace(self.begun)
            self.done = self.begun
            self._recent.append((time.monotonic(), self.done))
