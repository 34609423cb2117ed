"""A record as one line: text for people and grep, JSON for programs. Nothing from the network can break a
line or colour a terminal.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

from server_core import events

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.events import Event

# Controls (C0, DEL, C1), and what rearranges a line on screen: line and paragraph separators, bidirectional
# marks (CVE-2021-42574).
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
# Longest target in a text line; a longer one is cut, its head is in the JSON form and in the window's
# details.
_TARGET_CHARACTERS = 1000


def escape(text: str) -> str:
    """``text`` with every unsafe character as ``\\xNN`` or ``\\uNNNN``."""
    return _UNSAFE.sub(_escape_one, text)


def _escape_one(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _quote(text: str) -> str:
    """Between quotes, as access logs have it."""
    return '"' + escape(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def clock(time_s: float) -> str:
    """Local time with milliseconds."""
    second, fraction = divmod(time_s, 1)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(second))}.{int(fraction * 1000):03}"


def text_line(event: Event) -> str:
    """``[time] [worker] client "request line" status bytesB took ms keep-alive #connection``, and what else
    there is to say.
    """
    parts = [f"[{clock(event.time_s)}]", f"[{event.worker or 'Server'}]"]
    if event.client:
        parts.append(event.client)
    if event.status:
        parts.append(_quote(f"{event.method} {event.target[:_TARGET_CHARACTERS]} {event.version}".strip()))
        parts.append(f"{event.status} {event.sent_bytes}B {event.took_ms:.1f}ms")
        parts.append(f"{'keep-alive' if event.keep_alive else 'close'} #{event.connection}")
        if event.level != events.INFO or event.kind != events.REQUEST:
            parts.append(_remark(event))
    else:
        parts.append(_remark(event))
    return " ".join(parts)


def _remark(event: Event) -> str:
    words = [] if event.level == events.INFO else [event.level.upper()]
    if event.kind == events.POOL:  # its messages begin with the word themselves
        return " ".join((*words, escape(event.message)))
    words.append(f"{event.kind}:")
    if event.reason:
        words.append(f"{event.reason}:")
    return " ".join((*words, escape(event.message)))


def json_line(event: Event) -> str:
    """One JSON object with every field of the record; octets of heads as Latin-1 text."""
    record = event._asdict()
    record["time"] = (
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(event.time_s)) + f".{int(event.time_s % 1 * 1000):03}Z"
    )
    for name in ("waited_ms", "took_ms", "time_s"):
        record[name] = round(record[name], 3)
    for name in ("request_head", "response_head"):
        record[name] = record[name].decode("latin-1")
    return json.dumps(record)


FORMATS: dict[str, Callable[[Event], str]] = {"text": text_line, "json": json_line}
