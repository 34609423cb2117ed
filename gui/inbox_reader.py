"""Reads for the inbox off the GUI thread: what is in the folder, and one upload laid out. A slow disk keeps
nobody waiting.
"""

from __future__ import annotations

import heapq
import os
import queue
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal, Slot

from gui.inbox_model import KEPT_ROWS, TEXT, UPLOADS, Item, when_saved
from gui.pretty_json import pretty
from server_core.log_format import escape

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Laying out more than this takes a noticeable part of a second; beyond it the beginning is shown as it is.
PRETTY_BYTES = 256 * 1024
SHOWN_BYTES = 64 * 1024
LOOK_EVERY_MS = 20
END_WITHIN_MS = 2_000


class Reading(NamedTuple):
    """What is to be shown of one upload."""

    file: Path
    text: str = ""
    size_bytes: int = 0
    is_cut: bool = False
    is_text: bool = True
    """Whether it can be shown at all."""
    error: str = ""
    """Why it can't be shown, as the system says it."""


class Listing(NamedTuple):
    root: Path
    items: list[Item]
    """The newest first."""


def read_upload(item: Item) -> Reading:
    """The text of an upload, as far as it is shown; of what is no text, the size alone."""
    try:
        size_bytes = item.file.stat().st_size
        if item.icon != TEXT:
            return Reading(item.file, size_bytes=size_bytes, is_text=False)
        is_cut = size_bytes > PRETTY_BYTES
        with item.file.open("rb") as opened:
            octets = opened.read(SHOWN_BYTES if is_cut else PRETTY_BYTES)
    except OSError as error:
        return Reading(item.file, error=error.strerror or str(error))
    text = octets.decode("utf-8", "replace")
    # Lines stay lines; all else that a text from the network could do to the screen is shown as an escape.
    shown = pretty(text) if item.is_json and not is_cut else "\n".join(map(escape, text.splitlines()))
    return Reading(item.file, shown, size_bytes, is_cut)


def list_uploads(root: Path) -> Listing:
    """The newest files that were received. Hidden ones are still on their way."""
    found: list[tuple[str, str, int]] = []
    try:
        with os.scandir(root / UPLOADS) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                    info = entry.stat(follow_symlinks=False)
                    found.append((when_saved(entry.name, info.st_mtime), entry.name, info.st_size))
    except OSError:  # no such folder yet, or a file that has just been removed
        pass
    newest = heapq.nlargest(KEPT_ROWS, found)
    return Listing(root, [Item(root / UPLOADS / name, when, size, "") for when, name, size in newest])


class InboxReader(QObject):
    """One thing at a time, in order. Signals come in the GUI thread."""

    was_read = Signal(object)
    was_listed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._done: queue.SimpleQueue[Reading | Listing] = queue.SimpleQueue()
        self._waiting = 0
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def read(self, item: Item) -> None:
        self._begin(lambda: read_upload(item))

    def list_folder(self, root: Path) -> None:
        self._begin(lambda: list_uploads(root))

    def end(self) -> None:
        self._pool.clear()
        self._pool.waitForDone(END_WITHIN_MS)
        self._timer.stop()

    def _begin(self, work: Callable[[], Reading | Listing]) -> None:
        self._waiting += 1
        self._timer.start()
        done = self._done
        self._pool.start(_Work(lambda: done.put(work())))

    @Slot()
    def _look(self) -> None:
        while not self._done.empty():
            self._waiting -= 1
            result = self._done.get()
            (self.was_read if isinstance(result, Reading) else self.was_listed).emit(result)
        if not self._waiting:
            self._timer.stop()


class _Work(QRunnable):
    def __init__(self, do: Callable[[], None]) -> None:
        super().__init__()
        self._do = do

    def run(self) -> None:
        self._do()
