"""The log record of an answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from server_core import events
from server_core.refusals import REFUSALS

if TYPE_CHECKING:
    from server_core.answers import Answer
    from server_core.channel import Channel
    from server_core.pool import Worker

CUT = "cut"
CUT_MESSAGE = "the client left before the answer was complete"


def record_answer(
    connection: Channel,
    worker: Worker,
    answer: Answer,
    head: bytes,
    content_bytes: int,
    *,
    cut: bool = False,
) -> None:
    """Count an answer and hand over its record. ``cut``: the client did not take all of it."""
    took_s = time.perf_counter() - connection.started_s
    worker.tally.count(answer.status, content_bytes, took_s)
    request = connection.request
    if request is not None:
        method, target, version, request_head = (
            request.method,
            request.target,
            request.version,
            request.logged_head,
        )
    else:
        method, target, version = connection.parser.request_line
        request_head = connection.parser.head
    if cut:
        level, kind, code, message = events.WARNING, events.REQUEST, CUT, CUT_MESSAGE
    else:
        code, message = answer.code, answer.message
        level, kind = _class_of(answer) if message else (events.INFO, events.REQUEST)
    waited_s = connection.looked_s - connection.ready_s
    connection.service.events.emit(events.Event(
        time.time(), level, kind, worker.name, connection.client, method, target, version, answer.status,
        content_bytes, waited_s * 1000.0, took_s * 1000.0, connection.serial, connection.requests,
        not connection.close_after, code, message, request_head, head,
    ))  # fmt: skip


def _class_of(answer: Answer) -> tuple[str, str]:
    """Level and kind of the record of an answer that has something to say."""
    if not answer.code:
        return events.INFO, events.UPLOAD
    if REFUSALS[answer.code].security:
        return events.WARNING, events.SECURITY
    return (events.ERROR if answer.status >= 500 else events.WARNING), events.REQUEST
