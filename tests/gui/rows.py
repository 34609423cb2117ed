"""Rows for the tests of the log: records as the server makes them, and what a model shows of them."""

from __future__ import annotations

from gui.log_columns import COLUMNS
from server_core.events import ERROR, INFO, LIFECYCLE, REQUEST, WARNING, Event

WAIT_MS = 10_000


def request(number: int = 0, status: int = 200, **changes) -> Event:
    event = Event(1_700_000_000.123, INFO, REQUEST, "Worker-1", "127.0.0.1:50000", "GET", f"/{number}.html")
    return event._replace(version="HTTP/1.1", status=status, sent_bytes=10240, took_ms=1.3)._replace(
        **changes
    )


SAMPLES = [
    request(0),
    request(1, 304),
    request(2, 404, level=WARNING, reason="not-found"),
    request(3, 500, level=ERROR),
    Event(0.0, INFO, LIFECYCLE, message="Serving"),
]


def cell(model, row, title):
    column = next(number for number, each in enumerate(COLUMNS) if each.title == title)
    return model.data(model.index(row, column))


def targets(model):
    return [model.event_at(row).target for row in range(model.visible_rows)]


def emit(parts, count, first=0, **changes):
    """Rows as the server emits them, and one drain."""
    log = parts.controller._events
    for number in range(first, first + count):
        log.emit(request(number, **changes))
    parts.feed.drain()
