"""The one home of unhandled errors, without Qt: to a file, to standard error, and to whoever listens.

The hooks run in the thread that failed; the program goes on.
"""

from __future__ import annotations

import faulthandler
import platform
import sys
import threading
import traceback
from datetime import datetime
from typing import IO, TYPE_CHECKING

from server_core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

KEPT_BYTES = 1024 * 1024

_file: IO[str] | None = None
_listener: Callable[[str], None] | None = None
_lock = threading.Lock()


def install(path: Path) -> None:
    """Write crash reports to ``path`` too; where that can't be written, to standard error alone."""
    global _file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = "w" if path.exists() and path.stat().st_size > KEPT_BYTES else "a"
        _file = path.open(mode, encoding="utf-8", buffering=1)
        faulthandler.enable(_file)
    except OSError as error:
        print(f"spindle: crash reports can't be written to {path}: {error.strerror}", file=sys.stderr)
    sys.excepthook = report
    threading.excepthook = _report_thread


def listen(listener: Callable[[str], None] | None) -> None:
    """Hand every report to ``listener``, in the thread that failed."""
    global _listener
    _listener = listener


def note(text: str) -> None:
    """Write ``text`` to the crash file and to standard error. Any thread."""
    with _lock:
        for stream in (_file, sys.stderr):
            try:
                if stream is not None:
                    print(text, file=stream, flush=True)
            except (OSError, ValueError):  # a full disk or a closed pipe must not turn one error into two
                pass


def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report an exception that nothing has caught. Any thread."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    when = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z}"
    where = f"Python {platform.python_version()}, {platform.platform()}, {threading.current_thread().name}"
    text = f"{when} Spindle {VERSION}, {where}\n{''.join(traceback.format_exception(kind, error, trace))}"
    note(text)
    if _listener is not None:
        _listener(text)


def _report_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        report(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
