"""One client's socket: what is sent on it, until when, and how it ends.

What is asked on it is :mod:`server_core.connection`'s part. Nothing here blocks on the client.
"""

from __future__ import annotations

import contextlib
import math
import socket
import sys
import time
import traceback
from typing import TYPE_CHECKING

from server_core import events
from server_core.answers import Answer, refusal_answer
from server_core.dates import date_line
from server_core.errors import TruncatedError
from server_core.limits import (
    BODY_BYTES_PER_S,
    BODY_TIMEOUT_S,
    HEAD_TIMEOUT_S,
    LINGER_BYTES,
    LINGER_TIMEOUT_S,
    RECEIVE_BYTES,
    SEND_LOOK_S,
    SEND_TIMEOUT_S,
)
from server_core.outgoing import Outgoing, send_file
from server_core.parser import RequestParser
from server_core.phases import Next, Phase
from server_core.poller import READ
from server_core.record import record_answer
from server_core.stats import Activity, Doing

if TYPE_CHECKING:
    from server_core.messages import Request
    from server_core.pool import Worker
    from server_core.received import ReceivedFile
    from server_core.refusals import Refusal
    from server_core.service import Service
    from server_core.uploads import Upload

# Whoever is in poll(2) has the sockets as well: the end of one that is closed leaves only when that returns.
POLL_HOLDS_SOCKETS = sys.platform != "linux"


class Channel:
    """One accepted socket (non-blocking). Every method belongs to the thread that holds the connection."""

    __slots__ = (
        "_answer", "_body_bytes", "_body_start_s", "_discard_left", "_doubtful", "_eof",
        "_interrupted", "_outgoing", "_stalled_s", "_upload", "client", "close_after", "deadline_s",
        "fd", "fresh", "interest", "looked_s", "parser", "phase", "ready_s", "request", "requests",
        "scheduled_s", "serial", "service", "sock", "started_s", "wanted",
    )  # fmt: skip

    send_file = staticmethod(send_file)

    def __init__(self, sock: socket.socket, client: str, serial: int, service: Service) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.client = client
        """``ip:port``."""
        self.serial = serial
        self.service = service
        self.parser = RequestParser(service.config.max_body_bytes, service.heads)
        self.phase = Phase.IDLE
        self.ready_s = time.perf_counter()
        """When the connection was found ready; Parking's and the pool's own. On the performance counter, as
        all times here.
        """
        self.deadline_s = self.ready_s + service.config.keep_alive_timeout_s
        self.scheduled_s = math.inf
        """When somebody will look at the deadline; Parking's own, as are the next two."""
        self.interest = 0
        """What the poller watches the descriptor for."""
        self.wanted = READ
        """What it is parked for."""
        self.request: Request | None = None
        """The one whose body is being received, or that is being answered."""
        self.requests = 0
        self.started_s = 0.0
        """When the request was first looked at."""
        self.looked_s = 0.0
        """When this turn began."""
        self.close_after = False
        """Whether the answer on its way is the last."""
        self._answer: Answer | None = None
        """Waits for the end of a body that nobody wants."""
        self._upload: Upload | ReceivedFile | None = None
        self._body_bytes = 0
        self._body_start_s = 0.0
        self._outgoing: Outgoing | None = None
        self._stalled_s = 0.0
        """When the client will have taken nothing for too long."""
        self._eof = False
        self.fresh = True
        """Whether nothing has arrived yet of which the parser knows, and nothing is to be sent."""
        self._interrupted = False
        """The last turn ended before all that had arrived was looked at."""
        self._doubtful = False
        """Refused with more to come: the client may still be sending."""
        self._discard_left = 0

    @property
    def in_flight(self) -> bool:
        """Whether a whole head has arrived that is not yet answered in full."""
        return self.request is not None

    def activity(self) -> Activity:
        """What goes on here. Any thread: what it reads may be a moment apart."""
        request, outgoing = self.request, self._outgoing
        what = "" if request is None else f"{request.method} {request.target}"
        if outgoing is not None:
            return Activity(Doing.SENDING, self.client, what, outgoing.progress)
        if request is None or self.phase is not Phase.BODY:
            return Activity(Doing.READING if request is None else Doing.SERVING, self.client, what)
        total_bytes = request.content_length
        if 0 < total_bytes <= self._body_bytes:
            return Activity(Doing.SERVING, self.client, what)
        progress = self._body_bytes / total_bytes if total_bytes else None
        return Activity(Doing.READING, self.client, what, progress)

    # ---- sending ----

    def _send(self, worker: Worker, answer: Answer, *, bare: bool = False) -> Next | None:
        """Answer the request, ``bare`` without content; None when all went and there may be more to do."""
        request, service = self.request, self.service
        keep = (
            request is not None
            and request.keep_alive
            and not self.close_after
            and self.requests < service.config.max_requests
            and not service.stopping
        )
        self.close_after = not keep
        # No content follows a HEAD, nor a 304, whose length is that of the file (RFC 9112 section 6.3).
        bare = bare or answer.status == 304 or (request is not None and request.method == "HEAD")
        fd = -1
        if answer.file is not None and request is not None and not bare:
            answer, fd = service.handler.open(request, answer)
        head = b"%b%b%b\r\n" % (
            answer.opening,
            service.field_lines(keep, request),
            date_line(time.time()),
        )
        if bare or fd >= 0:
            outgoing = Outgoing(answer, head, head, 0, fd)
        elif answer.blocks is not None:
            outgoing = Outgoing(answer, head, head, 0, blocks=answer.blocks())
        else:
            data = head + answer.body
            try:
                sent_bytes = self.sock.send(data)
            except BlockingIOError:
                sent_bytes = 0
            if sent_bytes == len(data):
                record_answer(self, worker, answer, head, len(answer.body))
                return self._answered()
            outgoing = Outgoing(answer, head, data, sent_bytes)
        self._pend(outgoing)
        return self._send_on(worker)

    def _pend(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self.phase = Phase.SENDING
        self._stalled_s = time.perf_counter() + SEND_TIMEOUT_S

    def _send_early(self, worker: Worker, answer: Answer) -> Next | None:
        """Answer before the body is read, which nobody wants and which is too much to throw away."""
        self.close_after = self._doubtful = True
        return self._send(worker, answer)

    def _send_on(self, worker: Worker) -> Next | None:
        """Go on with pending output; None when all went and there may be more to do."""
        outgoing = self._outgoing
        assert outgoing is not None
        try:
            takes_more = outgoing.send(self.sock, self.send_file)
        except TruncatedError as error:
            # A connection that ends before its length tells the client so.
            self._log(worker, events.WARNING, events.REQUEST, str(error))
            return self._lose(worker)
        if not outgoing.is_done:
            now_s = time.perf_counter()
            if outgoing.progressed(self.sock):
                self._stalled_s = now_s + SEND_TIMEOUT_S
            elif now_s >= self._stalled_s:
                message = f"the client took nothing for {SEND_TIMEOUT_S:g} s"
                self._log(worker, events.WARNING, events.CONNECTION, message)
                return self._lose(worker)
            self.deadline_s = min(now_s + SEND_LOOK_S, self._stalled_s)
            return Next.AGAIN if takes_more else Next.WRITE
        outgoing.close()
        self._outgoing = None
        record_answer(self, worker, outgoing.answer, outgoing.head, outgoing.content_bytes)
        return self._answered()

    def _answered(self) -> Next | None:
        self.request = None
        if self.close_after:
            return self._linger()
        self.phase = Phase.IDLE
        self.deadline_s = time.perf_counter() + self.service.config.keep_alive_timeout_s
        return None

    def _refuse(self, worker: Worker, refusal: Refusal) -> Next:
        """Answer a fault after which the connection can't go on."""
        self._discard_upload()
        self.close_after = self._doubtful = True
        if self.request is None:
            self.requests += 1
            self.started_s = time.perf_counter()
        method = self.parser.request_line[0] if self.request is None else self.request.method
        try:
            answer = refusal_answer(refusal, method, self.service.handler.told_in_json)
            after = self._send(worker, answer, bare=method == "HEAD")
        except OSError:
            return self._lose(worker)
        assert after is not None
        return after

    # ---- waiting and ending ----

    def _wait_for_input(self) -> Next:
        if self.request is not None:
            allowed_s = max(BODY_TIMEOUT_S, self._body_bytes / BODY_BYTES_PER_S)
            self.deadline_s = self._body_start_s + allowed_s
        elif self.phase is Phase.IDLE:
            if not self.parser.idle:
                self.phase = Phase.HEAD
                self.deadline_s = time.perf_counter() + HEAD_TIMEOUT_S
            elif not self.parser.buffered_bytes:
                self.fresh = True
        return Next.READ

    def _linger(self) -> Next:
        """Say that nothing more comes, and let what the client still sends run dry (RFC 9112 section 9.6).

        After an answer that leaves nothing in doubt and nothing unread, the connection is closed at once.
        """
        try:
            if self._eof or not (self._doubtful or self.parser.buffered_bytes or self.sock.recv(1)):
                return self.close()
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:  # nothing unread, or nobody there
            return self.close()
        self.phase = Phase.LINGERING
        self._discard_left = LINGER_BYTES
        self.deadline_s = time.perf_counter() + LINGER_TIMEOUT_S
        return Next.READ

    def _drain(self) -> Next:
        try:
            data = self.sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return Next.READ
        self._discard_left -= len(data)
        return Next.READ if data and self._discard_left > 0 else self.close()

    def _lose(self, worker: Worker) -> Next:
        """The client is gone, or nothing more can be said to it."""
        if (outgoing := self._outgoing) is not None:
            self.close_after = True
            record_answer(self, worker, outgoing.answer, outgoing.head, outgoing.content_bytes, cut=True)
        return self.close()

    def close(self) -> Next:
        """Give everything back. May be called again."""
        self._discard_upload()
        if self._outgoing is not None:
            self._outgoing.close()
            self._outgoing = None
        self.request = None
        self.service.forget(self.fd)
        if POLL_HOLDS_SOCKETS:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_WR)
        self.sock.close()
        return Next.CLOSED

    def _discard_upload(self) -> None:
        if self._upload is not None:
            self._upload.discard()
            self._upload = None

    def local_address(self) -> str:
        """The address of this computer to which the client connected."""
        return str(self.sock.getsockname()[0])

    def _log(self, worker: Worker, level: str, kind: str, message: str, reason: str = "") -> None:
        self.service.log(
            level,
            kind,
            message,
            worker=worker.name,
            client=self.client,
            connection=self.serial,
            request=self.requests,
            reason=reason,
        )

    def _report(self, worker: Worker, error: BaseException) -> None:
        self._log(worker, events.ERROR, events.REQUEST, "".join(traceback.format_exception(error)).strip())
