"""What a head was answered with, kept whole: the same octets are answered again by one look at the file and
one call of ``send``.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from server_core import events
from server_core.dates import date_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.answers import Answer
    from server_core.files import File
    from server_core.messages import Request
    from server_core.search import Ground
    from server_core.service import Service

# As much again as the files that are kept (files.CACHE_BYTES).
REPLY_BYTES = 32 * 1024 * 1024


class Reply:
    """Shared between all connections; any thread may call any method."""

    __slots__ = ("_octets", "_until_s", "answer", "ground", "label", "request", "via")

    def __init__(self, request: Request, answer: Answer, ground: File | Ground, via: str) -> None:
        """``ground`` is what the answer rests on; ``via`` is the address of this computer by which alone the
        host was allowed, "" where it was by name.
        """
        self.request = request
        self.answer = answer
        self.ground = ground
        self.via = via
        self.label: tuple[str, str] | None = None
        """What its lines in the log have in common; kept here by log_format."""
        self._octets = b""
        self._until_s = 0.0

    def serves(self, local_address: Callable[[], str]) -> bool:
        """Whether it is for a client that connected to ``local_address``."""
        return not self.via or self.via == local_address()

    def octets(self, now_s: float, service: Service) -> bytes | None:
        """Head and content with the date of ``now_s``, which is on the performance counter; None where they
        are no longer what the files hold, or the server stops.
        """
        if service.stopping or not self.ground.is_current():
            return None
        if now_s >= self._until_s:
            time_s, answer = time.time(), self.answer
            lines = service.field_lines(self.request.keep_alive, self.request)
            self._octets = b"%b%b%b\r\n%b" % (answer.opening, lines, date_line(time_s), answer.body)
            self._until_s = now_s + 1.0 - time_s % 1.0
        return self._octets

    def event(
        self,
        octets: bytes,
        ready_s: float,
        looked_s: float,
        ended_s: float,
        worker: str,
        client: str,
        connection: int,
        number: int,
        offset_s: float,
    ) -> events.Event:
        """The record of having been sent as ``octets``: when the connection was found ready, looked at, and
        answered, all on the performance counter, of which ``offset_s`` makes seconds since the epoch.
        """
        request, answer = self.request, self.answer
        content_bytes = len(answer.body)
        return events.Event(
            ended_s + offset_s, events.INFO, events.REQUEST, worker, client, request.method, request.target,
            request.version, answer.status, content_bytes, (looked_s - ready_s) * 1000.0,
            (ended_s - looked_s) * 1000.0, connection, number, request.keep_alive, "", "",
            request.logged_head, octets[: len(octets) - content_bytes],
        )  # fmt: skip


class Replies:
    """Bounds what replies hold in memory: the oldest is given up for the newest. Any thread."""

    def __init__(self) -> None:
        self._kept: deque[Reply] = deque()
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, reply: Reply) -> None:
        """Have ``reply`` sent to whoever asks in the same octets again."""
        with self._lock:
            self._kept.append(reply)
            self._bytes += _cost_bytes(reply)
            reply.request.reply = reply
            while self._bytes > REPLY_BYTES:
                old = self._kept.popleft()
                self._bytes -= _cost_bytes(old)
                if old.request.reply is old:
                    old.request.reply = None


def _cost_bytes(reply: Reply) -> int:
    """Its content, once in its octets and once in its file, and about what the objects take."""
    return 2 * reply.answer.length + 2048
