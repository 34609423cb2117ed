"""The one thread that writes log lines: it drains its queue, formats in batches, and hands them to the
console and the log file.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from server_core import events
from server_core.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from server_core.events import EventLog, Record

# How often the queue is drained: soon enough for a person who watches, seldom enough to write many lines at
# once.
DRAIN_INTERVAL_S = 0.1
# Formatting holds the interpreter: so many rows take a quarter of a millisecond, and then there is a pause.
# Giving the interpreter up would not do, for this thread would have it back before another one is awake.
BATCH_ROWS = 1_000
PAUSE_S = 0.001
# A backlog is worked off in no more than about this many batches, however coarse the system's timer is.
BATCHES = 16
FILE_BYTES = 10 * 1024 * 1024
FILES_KEPT = 5
# How long a log file that can't be rotated grows on before that is tried again.
ROTATE_AGAIN_S = 10.0


class Sink(Protocol):
    """Where lines go. Raises OSError or ValueError where they can't."""

    def write(self, lines: list[str]) -> None: ...
    def close(self) -> None: ...


class ConsoleSink:
    """Standard output, or whatever stands in its place."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, lines: list[str]) -> None:
        # A console that can't show a letter gets its escape, not an exception.
        encoding = self._stream.encoding or "utf-8"
        text = "\n".join(lines) + "\n"
        self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self._stream.flush()

    def close(self) -> None:
        """The stream belongs to the process."""


class _RotatingFile(logging.handlers.RotatingFileHandler):
    """The standard library's way to open a log file and to rotate it.

    Windows renames no file that a viewer holds open: then the file grows on until the viewer lets go.
    """

    _hindered_until_s = 0.0

    def doRollover(self) -> None:
        if self.stream is not None:
            self.stream.close()
            self.stream = None  # the next line written opens it
        probe = f"{self.baseFilename}.probe"
        try:
            # Before the old files move up: a rotation that fails half-way would destroy the oldest each time.
            Path(self.baseFilename).rename(probe)
            Path(probe).rename(self.baseFilename)
        except OSError:
            self._hindered_until_s = time.monotonic() + ROTATE_AGAIN_S
        else:
            super().doRollover()

    def append(self, text: str) -> None:
        """Write all of ``text`` or nothing: a full disk that took half of it would have the next line begin
        in the middle of another. Raises OSError.
        """
        stream, whole_bytes = self._room_for(len(text))
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            self.stream = None
            with contextlib.suppress(OSError):
                stream.close()  # which tries to write what it still holds
            with contextlib.suppress(OSError):  # no file, but a device
                os.truncate(self.baseFilename, whole_bytes)
            raise

    def _room_for(self, size: int) -> tuple[TextIO, int]:
        """The file, rotated where ``size`` more would be too much, and its bytes so far."""
        self.stream = stream = self.stream or self._open()
        state = os.fstat(stream.fileno())
        is_full = stat.S_ISREG(state.st_mode) and 0 < state.st_size >= self.maxBytes - size
        if is_full and time.monotonic() >= self._hindered_until_s:
            self.doRollover()
            return self._room_for(size)
        return stream, state.st_size


class FileSink:
    """A file that rotates at 10 MiB; five old ones are kept. Raises OSError where it can't be opened."""

    def __init__(self, file: Path) -> None:
        self._file = _RotatingFile(
            file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8", errors="backslashreplace"
        )

    def write(self, lines: list[str]) -> None:
        self._file.append("\n".join((*lines, "")))

    def close(self) -> None:
        self._file.close()


class LogWriter:
    """Writes every record of an :class:`EventLog` to ``sinks`` until closed. Made, and closed, by one
    thread.
    """

    def __init__(
        self, log: EventLog, sinks: list[Sink], lines: Callable[[Sequence[Record]], list[str]]
    ) -> None:
        self._log = log
        self._lines = lines
        self._subscription = log.subscribe()
        self._outlets = [_Outlet(sink, self._notice) for sink in sinks]
        self._closing = threading.Event()
        self._batches = 0
        """Written so far."""
        self._thread = threading.Thread(target=self._run, name="Log writer", daemon=True)
        self._thread.start()

    def close(self, deadline_s: float = 5.0) -> bool:
        """Write what is left, and end; whether it did. A sink that takes nothing for ``deadline_s`` hangs,
        and is given up.
        """
        self._log.unsubscribe(self._subscription)
        self._closing.set()
        before = -1
        while self._thread.is_alive() and before != (before := self._batches):
            self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._closing.wait(DRAIN_INTERVAL_S):
            self._drain()
        self._drain()
        for outlet in self._outlets:
            outlet.close()

    def _drain(self) -> None:
        subscription = self._subscription
        while records := subscription.take(max(BATCH_ROWS, subscription.waiting_rows // BATCHES)):
            lines = self._lines(records)
            for outlet in self._outlets:
                outlet.write(lines)
            self._batches += 1
            if subscription.waiting_rows:
                time.sleep(PAUSE_S)
        for outlet in self._outlets:
            outlet.report(subscription.dropped_rows)

    def _notice(self, message: str) -> str:
        event = Event(time.time(), events.WARNING, events.LIFECYCLE, worker="Log", message=message)
        return self._lines([event])[0]


class _Outlet:
    """A sink, and the count of the lines that it missed."""

    def __init__(self, sink: Sink, notice: Callable[[str], str]) -> None:
        self._sink = sink
        self._notice = notice
        self._lost = 0
        """Lines that the sink did not take: a full disk, a closed pipe."""
        self._reported = 0

    def write(self, lines: list[str]) -> None:
        try:
            self._sink.write(lines)
        except (OSError, ValueError):
            self._lost += len(lines)

    def report(self, dropped: int) -> None:
        """Say in the log itself how many lines are missing, once it takes lines again."""
        missing = dropped + self._lost
        if missing > self._reported:
            message = f"{missing - self._reported} log lines were dropped, {missing} in all"
            with contextlib.suppress(OSError, ValueError):
                self._sink.write([self._notice(message)])
                self._reported = missing

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._sink.close()
