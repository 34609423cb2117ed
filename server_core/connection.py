"""One client's connection: what has arrived, what is being answered, what is still to be sent, and until
when.

A connection is either parked in the poller or held by exactly one thread, which calls
:meth:`Connection.work`: that does everything that can be done without waiting and says what to wait for
next. Nothing here blocks on the client.
"""

from __future__ import annotations

import enum
import socket
import time
import traceback
from typing import TYPE_CHECKING

from server_core import events
from server_core.answers import Answer, refusal_answer
from server_core.dates import date_line
from server_core.errors import CLIENT_GONE
from server_core.messages import Request
from server_core.outgoing import Outgoing, TruncatedError
from server_core.parser import END, RequestParser
from server_core.poller import READ, WRITE
from server_core.refusals import REFUSALS, Refusal

if TYPE_CHECKING:
    from server_core.pool import Worker
    from server_core.service import Service
    from server_core.uploads import Upload

# What one recv() takes. An upload of a megabyte arrives in 16 of them; more would only make thousands of
# connections costlier.
RECEIVE_BYTES = 64 * 1024
# Requests answered and pieces of bodies taken before other connections get their turn, for a client that
# sends many at once.
EVENTS_PER_TURN = 32
# Seconds from a head's first octet to its last, and as long again for a body; Apache's and nginx's are 20 to
# 60.
HEAD_TIMEOUT_S = 30.0
BODY_TIMEOUT_S = 30.0
# A body may take longer than that while it averages this much: a modem's 8 kbit/s. A dripped octet buys a
# millisecond.
BODY_BYTES_PER_S = 1024
# A reader must take this much in each such time, or it counts as taking nothing.
SEND_TIMEOUT_S = 30.0
SEND_BYTES_PER_TIMEOUT = 1024
# A body that nobody wants is read up to this size to keep the connection; beyond, the answer says close.
DISCARD_BYTES = 64 * 1024
# After a refusal the client may still be sending: closing at once would reset the connection and could
# destroy the answer on its way.
LINGER_TIMEOUT_S = 3.0
LINGER_BYTES = 32 * 1024 * 1024

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Next(enum.Enum):
    """What a connection waits for after its turn."""

    READ = READ
    WRITE = WRITE
    AGAIN = 0
    """Another turn, after the others."""
    CLOSED = -1


class Phase(enum.Enum):
    """Where a connection stands; decides what running out of time means."""

    IDLE = "idle"
    """Nothing of a request has arrived."""
    HEAD = "head"
    BODY = "body"
    SENDING = "sending"
    LINGERING = "lingering"
    """Answered and half-closed; what still arrives is thrown away."""


class Connection:
    """One accepted socket (non-blocking). Every method belongs to the thread that holds the connection."""

    __slots__ = (
        "_answer",
        "_answered_bytes",
        "_body_bytes",
        "_body_start_s",
        "_close_after",
        "_discard_left",
        "_doubtful",
        "_eof",
        "_head_sent",
        "_interrupted",
        "_outgoing",
        "_progress_bytes",
        "_started_s",
        "_upload",
        "_waited_ms",
        "client",
        "deadline_s",
        "fd",
        "parser",
        "phase",
        "request",
        "requests",
        "scheduled_s",
        "serial",
        "service",
        "sock",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, client: str, serial: int, service: Service, now_s: float) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.client = client
        """``ip:port``."""
        self.serial = serial
        self.service = service
        self.parser = RequestParser(service.config.max_body_bytes, service.heads)
        self.phase = Phase.IDLE
        self.deadline_s = now_s + service.config.keep_alive_timeout_s
        """On the monotonic clock; meaningful while parked."""
        self.scheduled_s = self.deadline_s
        """When the polling thread will look at the deadline; its own."""
        self.request: Request | None = None
        """The one being received or answered."""
        self.requests = 0
        self._answer: Answer | None = None
        """Waiting for the end of a body that is discarded."""
        self._upload: Upload | None = None
        self._outgoing: Outgoing | None = None
        self._eof = False
        self._interrupted = False
        """The last turn ended before all that had arrived was looked at."""
        self._close_after = False
        self._doubtful = False
        """Refused with more to come: the client may still be sending."""
        self._discard_left = 0
        self._body_bytes = 0
        self._body_start_s = 0.0
        self._started_s = 0.0
        self._waited_ms = 0.0
        self._head_sent = b""
        self._answered_bytes = 0
        self._progress_bytes = 0

    @property
    def in_flight(self) -> bool:
        """Whether a whole head has arrived that is not yet answered in full."""
        return self.request is not None

    # ---- a turn ----

    def work(self, worker: Worker, waited_ms: float) -> Next:
        """Do what can be done without waiting. Never raises: whatever the client or the system does ends in
        an answer or a close.
        """
        self._waited_ms = waited_ms
        try:
            return self._turn(worker)
        except Refusal as refusal:
            return self._refuse(worker, refusal)
        except BlockingIOError:
            return self._lose(worker)  # an interim answer that did not fit: this client reads nothing
        except OSError as error:
            if error.errno not in CLIENT_GONE:
                self._report(worker, error)
            return self._lose(worker)
        except Exception as error:
            self._report(worker, error)
            if self._outgoing is not None or self.phase is Phase.LINGERING:
                return self._lose(worker)
            return self._refuse(worker, Refusal("internal"))

    def _turn(self, worker: Worker) -> Next:
        if self.phase is Phase.LINGERING:
            return self._drain()
        if self._outgoing is not None:
            if (after := self._send_on(worker)) is not None:
                return after
        elif not self._interrupted:
            try:
                data = self.sock.recv(RECEIVE_BYTES)
            except BlockingIOError:
                return self._park_for_input()
            if data:
                self.parser.receive(data)
            else:
                self._eof = True
        self._interrupted = False
        for _ in range(EVENTS_PER_TURN):
            if (after := self._step(worker)) is not None:
                return after
        self._interrupted = True
        return Next.AGAIN

    def _step(self, worker: Worker) -> Next | None:
        """One event of the parser; None to go on with the next."""
        event = self.parser.next_event()
        if isinstance(event, Request):
            return self._begin(worker, event)
        if event is None:
            if not self._eof:
                return self._park_for_input()
            if self.parser.idle and self.request is None:
                return self.close()
            raise Refusal("incomplete")
        if event is END:
            return self._finish(worker)
        assert isinstance(event, bytes)
        self._take_body(event)
        return None

    def _begin(self, worker: Worker, request: Request) -> Next | None:
        self._started_s = time.perf_counter()
        self.request = worker.request = request
        self.requests += 1
        result: Answer | Upload
        try:
            result = self.service.handler.begin(request, self.local_address)
        except Refusal as refusal:
            if refusal.reason.closes:
                raise
            result = refusal_answer(refusal, request.method)
        if isinstance(result, Answer):
            if not request.has_body:
                return self._send(worker, result)
            if request.chunked or request.content_length > DISCARD_BYTES or request.expects_continue:
                self._close_after = self._doubtful = True
                return self._send(worker, result)
            self._answer = result
        else:
            self._upload = result
            if request.expects_continue and not self.parser.buffered_bytes:
                self.sock.send(
                    CONTINUE
                )  # 25 octets into an empty send buffer: taken whole, or the client is gone
        self.phase = Phase.BODY
        self._body_bytes = 0
        self._body_start_s = time.monotonic()
        return None if request.has_body else self._finish(worker)

    def _take_body(self, data: bytes) -> None:
        self._body_bytes += len(data)
        if self._upload is not None:
            self._upload.write(data)

    def _finish(self, worker: Worker) -> Next | None:
        """The body is whole."""
        answer, self._answer = self._answer, None
        if self._upload is not None:
            upload, self._upload = self._upload, None
            try:
                answer = self.service.handler.finish(upload)
            except Refusal as refusal:
                answer = refusal_answer(refusal, "POST")
        assert answer is not None
        return self._send(worker, answer)

    # ---- answering ----

    def _send(self, worker: Worker, answer: Answer, *, bare: bool = False) -> Next | None:
        """Answer the request. ``bare``: without the content. None when all is sent and there may be more to
        do.
        """
        request, config = self.request, self.service.config
        keep = (
            request is not None
            and request.keep_alive
            and not self._close_after
            and self.requests < config.max_requests
            and not self.service.stopping
        )
        self._close_after = not keep
        now_s = time.time()
        head = b"%b%b%b\r\n" % (
            answer.opening,
            self.service.persistence if keep else b"Connection: close\r\n",
            date_line(now_s),
        )
        # No content follows a HEAD, nor a 304 whose length is that of the file (RFC 9112 section 6.3).
        bare = bare or answer.status == 304 or (request is not None and request.method == "HEAD")
        if answer.file is None or bare:
            data = head if bare else head + answer.body
            sent = self._send_now(data)
            if sent == len(data):
                self._record(worker, answer, 0 if bare else len(answer.body), head)
                return self._after_answer()
            outgoing = Outgoing(data[sent:])
        else:
            sent = 0
            outgoing = Outgoing(head, self.service.root.open(answer.file), answer.start, answer.length)
        self._answer, self._outgoing, self._head_sent = answer, outgoing, head
        self._answered_bytes = sent
        self.phase = Phase.SENDING
        return self._send_on(worker)

    def _send_now(self, data: bytes) -> int:
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0

    def _send_on(self, worker: Worker) -> Next | None:
        """Go on with pending output; None when all is sent and there may be more to do."""
        outgoing, answer = self._outgoing, self._answer
        assert outgoing is not None
        assert answer is not None
        worker.request = self.request
        try:
            sent = outgoing.send(self.sock)
        except BlockingIOError:
            return self._park_for_output(0)
        except TruncatedError:
            # What was promised can't be kept: a connection closed before its length tells the client so.
            self._log(worker, events.WARNING, events.REQUEST, "the file became shorter while it was sent")
            return self._lose(worker)
        self._answered_bytes += sent
        if not outgoing.is_done:
            # The rest of a turn's worth may go at once; anything less than that was refused by the socket.
            return Next.AGAIN if sent >= RECEIVE_BYTES else self._park_for_output(sent)
        outgoing.close()
        self._outgoing = self._answer = None
        content = max(self._answered_bytes - len(self._head_sent), 0)
        self._record(worker, answer, content, self._head_sent)
        return self._after_answer()

    def _after_answer(self) -> Next | None:
        self.request = None
        self.phase = Phase.IDLE
        if not self._close_after:
            return None
        return self._linger()

    def _refuse(self, worker: Worker, refusal: Refusal) -> Next:
        """Answer a fault after which the connection can't go on."""
        self._discard_upload()
        self._close_after = True
        if self.request is None:
            self.requests += 1
            self._started_s = time.perf_counter()
        method = self.request.method if self.request is not None else self.parser.request_line[0]
        try:
            self._doubtful = True
            after = self._send(worker, refusal_answer(refusal, method), bare=method == "HEAD")
        except OSError:
            return self._lose(worker)
        return self.close() if after is None else after

    # ---- called by the polling thread on a connection that it took out of the poller ----

    def turn_away(self, worker: Worker, code: str) -> Next:
        """Refuse whatever this connection wants, for want of room."""
        self._waited_ms = 0.0
        try:
            data = self.sock.recv(RECEIVE_BYTES)
            if not data:
                return self.close()
            self.parser.receive(data)
            event = self.parser.next_event()
            self.request = event if isinstance(event, Request) else None
        except BlockingIOError:
            pass  # it is refused before it said anything
        except Refusal as refusal:
            return self._refuse(worker, refusal)
        except OSError:
            return self._lose(worker)
        self.requests += self.request is not None
        self._started_s = time.perf_counter()
        return self._refuse(worker, Refusal(code))

    def expire(self, worker: Worker) -> Next:
        """The deadline has passed."""
        self._waited_ms = 0.0
        if self.phase in {Phase.HEAD, Phase.BODY}:
            return self._refuse(worker, Refusal("timeout"))
        if self.phase is Phase.SENDING:
            self._log(
                worker, events.WARNING, events.CONNECTION, f"the client took nothing for {SEND_TIMEOUT_S:g} s"
            )
        return self._lose(worker)

    # ---- waiting and ending ----

    def _park_for_input(self) -> Next:
        now_s = time.monotonic()
        if self.request is not None:
            allowed_s = max(BODY_TIMEOUT_S, self._body_bytes / BODY_BYTES_PER_S)
            self.deadline_s = self._body_start_s + allowed_s
        elif self.parser.idle:
            self.phase = Phase.IDLE
            self.deadline_s = now_s + self.service.config.keep_alive_timeout_s
        elif self.phase is not Phase.HEAD:
            self.phase = Phase.HEAD
            self.deadline_s = now_s + HEAD_TIMEOUT_S
        return Next.READ

    def _park_for_output(self, sent: int) -> Next:
        self._progress_bytes += sent
        if self.phase is not Phase.SENDING or self._progress_bytes >= SEND_BYTES_PER_TIMEOUT:
            self._progress_bytes = 0
            self.deadline_s = time.monotonic() + SEND_TIMEOUT_S
        return Next.WRITE

    def _linger(self) -> Next:
        """Say that nothing more comes, and let what the client still sends run dry (RFC 9112 section 9.6).

        After an answer that leaves nothing in doubt and nothing unread, the connection is closed at once.
        """
        try:
            if self._eof or not (self._doubtful or self.parser.buffered_bytes or self.sock.recv(1)):
                return self.close()
        except OSError:
            return self.close()
        self.phase = Phase.LINGERING
        self._discard_left = LINGER_BYTES
        self.deadline_s = time.monotonic() + LINGER_TIMEOUT_S
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return self.close()
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
        if self._outgoing is not None and self._answer is not None:
            content = max(self._answered_bytes - len(self._head_sent), 0)
            self._close_after = True
            self._record(worker, self._answer, content, self._head_sent, cut=True)
        return self.close()

    def close(self) -> Next:
        """Give everything back. May be called again."""
        self._discard_upload()
        if self._outgoing is not None:
            self._outgoing.close()
            self._outgoing = None
        self.request = None
        self.service.forget(self)
        self.sock.close()
        return Next.CLOSED

    def _discard_upload(self) -> None:
        if self._upload is not None:
            self._upload.discard()
            self._upload = None

    def local_address(self) -> str:
        """The address of this computer to which the client connected."""
        return str(self.sock.getsockname()[0])

    # ---- the record ----

    def _record(
        self, worker: Worker, answer: Answer, content: int, head: bytes, *, cut: bool = False
    ) -> None:
        now_s = time.perf_counter()
        took_ms = (now_s - self._started_s) * 1000.0
        worker.tally.count(answer.status, content, took_ms)
        request = self.request
        if request is not None:
            line: tuple[str, str, str] = (request.method, request.target, request.version)
        else:
            line = self.parser.request_line
        code = "cut" if cut else answer.code
        self.service.events.emit((
            time.time(), *self._class_of(answer, cut=cut), worker.name, self.client, *line, answer.status, content,
            self._waited_ms, took_ms, self.serial, self.requests, not self._close_after, code,
            "the client left before the answer was complete" if cut else answer.message,
            b"" if request is None else request.head, head,
        ))  # fmt: skip
        worker.request = None

    def _class_of(self, answer: Answer, *, cut: bool) -> tuple[str, str]:
        """Level and kind of the record of an answer."""
        if answer.code:
            if REFUSALS[answer.code].security:
                return events.WARNING, events.SECURITY
            return (events.ERROR if answer.status >= 500 else events.WARNING), events.REQUEST
        return (events.WARNING if cut else events.INFO), (
            events.UPLOAD if answer.status == 201 else events.REQUEST
        )

    def _log(self, worker: Worker, level: str, kind: str, message: str) -> None:
        self.service.log(
            level,
            kind,
            message,
            worker=worker.name,
            client=self.client,
            connection=self.serial,
            request=self.requests,
        )

    def _report(self, worker: Worker, error: BaseException) -> None:
        self._log(worker, events.ERROR, events.REQUEST, "".join(traceback.format_exception(error)).strip())
