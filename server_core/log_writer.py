"""The one thread that writes log lines: it drains its queue, formats in batches, and hands them to the
console and the log file.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import threading
import time
from typing import TYPE_CHECKING, Protocol, TextIO

from server_core import events
from server_core.events import Event, EventLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# How often the queue is drained: soon enough for a person who watches, seldom enough to write many lines at
# once.
DRAIN_INTERVAL_S = 0.1
# Formatting this many takes about 30 ms of the interpreter; the rest waits, so that workers get in between.
BATCH_ROWS = 2_000
FILE_BYTES = 10 * 1024 * 1024
FILES_KEPT = 5


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
    """The standard library's rotation, which swallows errors; here they reach the writer, who counts what
    was lost.
    """

    def handleError(self, record: logging.LogRecord) -> None:
        raise


class FileSink:
    """A file that rotates at 10 MiB; five old ones are kept. Raises OSError where it can't be opened."""

    def __init__(self, file: Path) -> None:
        self._file = _RotatingFile(
            file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8", errors="backslashreplace"
        )

    def write(self, lines: list[str]) -> None:
        self._file.emit(logging.makeLogRecord({"msg": "\n".join(lines)}))

    def close(self) -> None:
        self._file.close()


class LogWriter:
    """Writes every record of an :class:`EventLog` to ``sinks`` until closed. Made, and closed, by one
    thread.
    """

    def __init__(self, log: EventLog, sinks: list[Sink], line: Callable[[Event], str]) -> None:
        self._log = log
        self._sinks = sinks
        self._line = line
        self._subscription = log.subscribe()
        self._reported_drops = 0
        self._lost_lines = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="Log writer", daemon=True)
        self._thread.start()

    def close(self, deadline_s: float = 5.0) -> None:
        """Write what is left, and end. A sink that hangs is given up after ``deadline_s``."""
        self._log.unsubscribe(self._subscription)
        self._closing.set()
        self._thread.join(deadline_s)

    def _run(self) -> None:
        while not self._closing.wait(DRAIN_INTERVAL_S):
            self._drain()
        self._drain()
        for sink in self._sinks:
            with contextlib.suppress(OSError):
                sink.close()

    def _drain(self) -> None:
        while rows := self._subscription.drain(BATCH_ROWS):
            self._write([self._line(row) for row in rows])
        dropped = self._subscription.dropped() + self._lost_lines
        if dropped > self._reported_drops:
            message = f"{dropped - self._reported_drops} log lines were dropped, {dropped} in all"
            self._reported_drops = dropped
            self._write(
                [
                    self._line(
                        Event(time.time(), events.WARNING, events.LIFECYCLE, worker="Log", message=message)
                    )
                ]
            )

    def _write(self, lines: list[str]) -> None:
        for sink in self._sinks:
            try:
                sink.write(lines)
            except (OSError, ValueError):
                # A full disk or a closed pipe: the server goes on, and says how much is missing once it can.
                self._lost_lines += len(lines)
