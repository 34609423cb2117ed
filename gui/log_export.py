"""Rows as a file: CSV for spreadsheets, JSON lines for programs. Without Qt."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from gui.settings import write_atomically
from server_core.log_format import clock, escape, json_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server_core.events import Event

# With these a spreadsheet begins a formula; the full-width forms are taken for them (OWASP, CSV injection).
FORMULA_MARKS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")

CSV_COLUMNS: tuple[tuple[str, Callable[[Event], object]], ...] = (
    ("time", lambda event: clock(event.time_s)),
    ("level", lambda event: event.level),
    ("kind", lambda event: event.kind),
    ("worker", lambda event: event.worker),
    ("client", lambda event: event.client),
    ("method", lambda event: event.method),
    ("target", lambda event: event.target),
    ("version", lambda event: event.version),
    ("status", lambda event: event.status or ""),
    ("bytes", lambda event: event.sent_bytes),
    ("waited_ms", lambda event: round(event.waited_ms, 3)),
    ("took_ms", lambda event: round(event.took_ms, 3)),
    ("connection", lambda event: event.connection),
    ("request", lambda event: event.request),
    ("reason", lambda event: event.reason),
    ("message", lambda event: event.message),
)


def csv_cell(value: object) -> object:
    """A value as no spreadsheet takes it for a formula and no terminal for a command; numbers as they are."""
    if not isinstance(value, str):
        return value
    text = escape(value)
    return f"'{text}" if text.lstrip()[:1] in FORMULA_MARKS else text


def csv_text(events: list[Event]) -> str:
    """A table with a head, RFC 4180; the mark at the front has Excel read it as UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([name for name, _ in CSV_COLUMNS])
    for event in events:
        writer.writerow([csv_cell(read(event)) for _, read in CSV_COLUMNS])
    return "\ufeff" + text.getvalue()


def json_lines(events: list[Event]) -> str:
    """Everything that is known of each row, an object a line, as the log file has it."""
    return "".join(json_line(event) + "\n" for event in events)


FORMS: dict[str, Callable[[list[Event]], str]] = {".csv": csv_text, ".jsonl": json_lines}


def export(events: list[Event], path: Path) -> None:
    """Write ``path``, whole or not at all, in the form that its suffix names. Any thread. Raises OSError."""
    write_atomically(path, FORMS[path.suffix.lower()](events))
