"""One client's connection: what it asks, one request after the other.

A connection is either parked or held by exactly one thread. A worker calls :meth:`Connection.work`, which
does everything that can be done without waiting and says what to wait for next. Nothing here blocks on the
client.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from server_core import events
from server_core.answers import Answer, refusal_answer
from server_core.channel import Channel
from server_core.errors import CLIENT_GONE
from server_core.limits import DISCARD_BYTES, EVENTS_PER_TURN, RECEIVE_BYTES
from server_core.messages import Request
from server_core.outgoing import Outgoing
from server_core.parser import END
from server_core.phases import DEADLINED, Next, Phase
from server_core.record import record_answer
from server_core.refusals import REFUSALS, Refusal

if TYPE_CHECKING:
    from server_core.pool import Worker
    from server_core.received import ReceivedFile
    from server_core.reply import Reply
    from server_core.uploads import Upload

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(Channel):
    """Requests on a channel. Every method belongs to the thread that holds the connection."""

    __slots__ = ()

    def work(self, worker: Worker, now_s: float) -> Next:
        """Do what can be done without waiting.

        Never raises: whatever the client or the system does ends in an answer or a close.
        """
        self.looked_s = now_s
        try:
            return self._turn(worker, now_s)
        except Refusal as refusal:
            return self._refuse(worker, refusal)
        except OSError as error:
            if error.errno not in CLIENT_GONE:
                self._report(worker, error)
            return self._lose(worker)
        except Exception as error:
            self._report(worker, error)
            if self._outgoing is not None or self.phase is Phase.LINGERING:
                return self._lose(worker)
            return self._refuse(worker, Refusal("internal"))

    def _turn(self, worker: Worker, now_s: float) -> Next:
        if self.phase is Phase.LINGERING:
            return self._drain()
        # A dripped octet can have had a worker take the connection just when its time was looked at.
        if self.phase in DEADLINED and now_s >= self.deadline_s:
            raise Refusal("timeout")
        if self._outgoing is not None:
            if (after := self._send_on(worker)) is not None:
                return after
        elif not self._interrupted:
            try:
                self._take_in(self.sock.recv(RECEIVE_BYTES))
            except BlockingIOError:
                return self._wait_for_input()
        self._interrupted = False
        for _ in range(EVENTS_PER_TURN):
            if (after := self._step(worker)) is not None:
                return after
        self._interrupted = True
        return Next.AGAIN

    def _take_in(self, data: bytes) -> None:
        self.fresh = False
        if data:
            self.parser.receive(data)
        else:
            self._eof = True

    def _step(self, worker: Worker) -> Next | None:
        """One event of the parser; None to go on with the next."""
        event = self.parser.next_event()
        if event is None:
            if not self._eof:
                return self._wait_for_input()
            if self.parser.idle and self.request is None:
                return self.close()
            raise Refusal("incomplete")
        if isinstance(event, Request):
            return self._begin(worker, event)
        if event is END:
            return self._finish(worker)
        assert isinstance(event, bytes)
        self._body_bytes += len(event)
        if self._upload is not None:
            self._upload.write(event)
        elif self._answer is not None and self._body_bytes > DISCARD_BYTES:
            return self._send_early(worker, self._answer)
        return None

    def _begin(self, worker: Worker, request: Request) -> Next | None:
        """A head is complete."""
        self.started_s = time.perf_counter()
        self.request = request
        self.requests += 1
        result: Answer | Upload | ReceivedFile
        try:
            result = self.service.handler.begin(request, self.local_address, self.client)
        except Refusal as refusal:
            if refusal.reason.closes:
                raise
            result = self.service.handler.refuse(request, refusal)
        if isinstance(result, Answer):
            if not request.has_body:
                return self._send(worker, result)
            if request.content_length > self.service.config.max_body_bytes and not result.code:
                raise Refusal("body-too-large")
            if request.content_length > DISCARD_BYTES or request.expects_continue:
                return self._send_early(worker, result)
            self._answer = result
        else:
            self._upload = result
            self.parser.allow_body(result.max_bytes)
            awaits = request.expects_continue and request.has_body and not self.parser.buffered_bytes
            if awaits and not self._invite():
                return self._lose(worker)
        self.phase = Phase.BODY
        self._body_bytes = 0
        self._body_start_s = time.perf_counter()
        return None if request.has_body else self._finish(worker)

    def _invite(self) -> bool:
        """Ask for the body (RFC 9110 section 10.1.1); False where the client does not even take that."""
        try:
            return self.sock.send(CONTINUE) == len(CONTINUE)
        except BlockingIOError:
            return False

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

    # ---- a request that was answered before ----

    def hear(self) -> Reply | Next:
        """Receive. The reply, if what came is a whole head for which there is one; it has to be passed to
        :meth:`repeat` or :meth:`reconsider`. Else what to wait for: mostly a turn to work.
        """
        if not self.fresh:
            return Next.AGAIN
        try:
            data = self.sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return Next.READ
        except (OSError, MemoryError):
            return self.close()
        request = self.service.heads.requests.get(data)
        if request is not None and request.reply is not None:
            return request.reply
        self._take_in(data)
        self._interrupted = True
        return Next.AGAIN

    def reconsider(self, reply: Reply) -> Next:
        """Have what was heard answered by :meth:`work`."""
        self._take_in(reply.request.head)
        self._interrupted = True
        return Next.AGAIN

    def repeat(self, worker: Worker, reply: Reply, octets: bytes, now_s: float) -> Next | None:
        """Answer what was heard with ``octets``, which are those of ``reply``.

        None where all went and the connection goes on as before: to count and record that is left to the
        caller. Else what to wait for. As :meth:`work`, it never raises.
        """
        service, keep = self.service, reply.request.keep_alive
        number = self.requests + 1
        try:
            is_last = keep and number >= service.max_requests
            if is_last or (reply.via and not reply.serves(self.local_address)):
                return self.reconsider(reply)
            self.requests = number
            sent_bytes = self.sock.send(octets)
        except BlockingIOError:
            sent_bytes = 0
        except OSError:
            return self._lose(worker)
        if keep and sent_bytes == len(octets):
            self.deadline_s = now_s + service.keep_alive_s
            return None
        return self._end_repeat(worker, reply, octets, sent_bytes, now_s)

    def _end_repeat(self, worker: Worker, reply: Reply, octets: bytes, sent_bytes: int, now_s: float) -> Next:
        """The socket did not take all of a reply, or it is the connection's last."""
        answer = reply.answer
        head = octets[: len(octets) - answer.length]
        self.fresh = False
        self.request, self.started_s = reply.request, now_s
        self.looked_s = now_s
        self.close_after = not reply.request.keep_alive
        if sent_bytes < len(octets):
            self._pend(Outgoing(answer, head, octets, sent_bytes))
            return Next.AGAIN
        record_answer(self, worker, answer, head, answer.length)
        return self._linger()

    # ---- what other threads do with a connection that they took out ----

    def turn_away(self, clerk: Worker, code: str) -> Next:
        """Refuse whatever this connection wants: for want of room, or because it may not come."""
        self.ready_s = self.looked_s = time.perf_counter()
        try:
            if not self._interrupted:
                self._take_in(self.sock.recv(RECEIVE_BYTES))
            if self._eof and self.parser.idle:
                return self.close()
            event = self.parser.next_event()
        except BlockingIOError:
            event = None  # it is refused before it said anything
        except Refusal as refusal:
            return self._refuse(clerk, refusal)
        except OSError:
            return self.close()
        self.started_s = time.perf_counter()
        if isinstance(event, Request):
            self.request = event
            self.requests += 1
        return self._refuse(clerk, Refusal(code))

    def dismiss(self, clerk: Worker, code: str) -> Next:
        """Close without a word, counted; the log is told why."""
        clerk.tally.count_dismissed()
        reason = REFUSALS[code]
        kind = events.SECURITY if reason.security else events.CONNECTION
        self._log(clerk, events.WARNING, kind, reason.sentence, code)
        return self.close()

    def expire(self, clerk: Worker) -> Next:
        """The deadline has passed: say so where something was received, else close without a word.

        Whether a reader still takes something is for a worker to see, who may wait for the disk.
        """
        self.ready_s = self.looked_s = time.perf_counter()
        if self.phase in DEADLINED:
            return self._refuse(clerk, Refusal("timeout"))
        return Next.AGAIN if self.phase is Phase.SENDING else self._lose(clerk)
