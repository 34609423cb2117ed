"""A record as one line: text for people and grep, JSON for programs.

Nothing from the network can break a line or colour a terminal.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

from server_core import events
from server_core.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from server_core.events import Record
    from server_core.reply import Reply

# Controls (C0, DEL, C1), and what rearranges a line on screen: line and paragraph separators, bidirectional
# marks (CVE-2021-42574), lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
# The longest target in a text line; all of it is in the JSON form and in the window's details.
_TARGET_CHARACTERS = 1000

# Many lines are of one millisecond, nearly all of one second.
_second_text = (0, "")
_moment_text = (0, "")


def escape(text: str) -> str:
    r"""``text`` with every unsafe character as ``\xNN`` or ``\uNNNN``."""
    return _UNSAFE.sub(_escape_one, text)


def _escape_one(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def clock(time_s: float) -> str:
    """Local time with milliseconds. Any thread: each text that is kept is replaced as one with its number."""
    global _second_text, _moment_text
    time_ms = int(time_s * 1000.0)
    moment_ms, text = _moment_text
    if moment_ms != time_ms:
        second, seconds = _second_text
        if second != time_ms // 1000:
            second = time_ms // 1000
            seconds = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
            _second_text = (second, seconds)
        text = f"{seconds}.{time_ms % 1000:03}"
        _moment_text = (time_ms, text)
    return text


def text_line(event: Event) -> str:
    """``[time] [worker] client "request line" status bytesB took ms keep-alive #connection``, and what is
    remarkable.
    """
    if event.status:
        # One conversion: this line is written for every request.
        line = '[%s] [%s] %s "%s" %d %dB %.1fms %s #%d' % (  # noqa: UP031
            clock(event.time_s), event.worker, event.client,
            _request_line(event.method, event.target, event.version), event.status,
            event.sent_bytes, event.took_ms, "keep-alive" if event.keep_alive else "close", event.connection,
        )  # fmt: skip
        return f"{line} {_remark(event)}" if event.message else line
    client = f" {event.client}" if event.client else ""
    return f"[{clock(event.time_s)}] [{event.worker or 'Server'}]{client} {_remark(event)}"


def _request_line(method: str, target: str, version: str) -> str:
    """As the client sent it, with quotes and backslashes marked, so that the closing quote is ours."""
    line = f"{method} {target[:_TARGET_CHARACTERS]} {version}".strip()
    return escape(line.replace("\\", "\\\\").replace('"', '\\"'))


def _remark(event: Event) -> str:
    words = [] if event.level == events.INFO else [event.level.upper()]
    if event.kind != events.POOL:  # its messages begin with the word themselves
        words.append(f"{event.kind}:")
    if event.reason:
        words.append(f"{event.reason}:")
    return " ".join((*words, escape(event.message)))


def json_line(event: Event) -> str:
    """One JSON object with every field of the record; octets of heads as Latin-1 text."""
    record = event._asdict()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(event.time_s))
    record["time"] = f"{stamp}.{int(event.time_s % 1 * 1000):03}Z"
    for name in ("waited_ms", "took_ms", "time_s"):
        record[name] = round(record[name], 3)
    for name in ("request_head", "response_head"):
        record[name] = record[name].decode("latin-1")
    return json.dumps(record)


def text_lines(records: Sequence[Record]) -> list[str]:
    """The text lines of ``records``."""
    offset_s = events.clock_offset_s()
    lines: list[str] = []
    add = lines.append
    for record in records:
        if isinstance(record, Event):
            add(text_line(record))
            continue
        # The lines that text_line makes of its rows, of which they differ in the client alone.
        reply, _, _, looked_s, ended_s, worker, connections, _ = record
        start = f"[{clock(ended_s + offset_s)}] [{worker}] "
        label, end = reply.label or _label(reply)
        middle = f"{label}{(ended_s - looked_s) * 1000.0:.1f}{end}"
        for each in connections:
            add(f"{start}{each.client}{middle}{each.serial}")
    return lines


def _label(reply: Reply) -> tuple[str, str]:
    """What the lines of a reply have in common, before and after how long it took."""
    request, answer = reply.request, reply.answer
    line = _request_line(request.method, request.target, request.version)
    end = "keep-alive" if request.keep_alive else "close"
    reply.label = label = (f' "{line}" {answer.status} {answer.length}B ', f"ms {end} #")
    return label


def json_lines(records: Sequence[Record]) -> list[str]:
    """The JSON lines of ``records``."""
    offset_s = events.clock_offset_s()
    return [json_line(events.expand(row, offset_s)) for row in events.rows_of(records)]


FORMATS: dict[str, Callable[[Sequence[Record]], list[str]]] = {"text": text_lines, "json": json_lines}
