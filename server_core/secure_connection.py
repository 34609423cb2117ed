"""A connection over TLS: the handshake, and then what any connection is."""

from __future__ import annotations

import contextlib
import ssl
import time
from typing import TYPE_CHECKING

from server_core import events, tls
from server_core.connection import Connection
from server_core.hosts import Host, normalise_address
from server_core.limits import HANDSHAKE_TIMEOUT_S, RECEIVE_BYTES
from server_core.messages import Request
from server_core.outgoing import send_blocks
from server_core.phases import Next, Phase
from server_core.refusals import Refusal
from server_core.sentence import Sentence

if TYPE_CHECKING:
    import socket

    from server_core.identity import Identity
    from server_core.pool import Worker
    from server_core.service import Service


class SecureConnection(Connection):
    """Starts in ``Phase.HANDSHAKE``, which no client can hold a worker in. Every method belongs to the thread
    that holds the connection.
    """

    __slots__ = ("_identity",)

    send_file = staticmethod(send_blocks)

    def __init__(
        self, identity: Identity, sock: socket.socket, client: str, serial: int, service: Service
    ) -> None:
        super().__init__(sock, client, serial, service)
        self._identity = identity
        self.phase = Phase.HANDSHAKE
        self.fresh = False
        self.deadline_s = time.perf_counter() + HANDSHAKE_TIMEOUT_S

    def _turn(self, worker: Worker, now_s: float) -> Next:
        if self.phase is Phase.HANDSHAKE and (after := self._shake_hands(worker, now_s)) is not None:
            return after
        return super()._turn(worker, now_s)

    @property
    def _is_wrapped(self) -> bool:
        """Whether the client has begun a handshake. Until then it costs no more than a plain connection."""
        return isinstance(self.sock, ssl.SSLSocket)

    def _shake_hands(self, worker: Worker, now_s: float) -> Next | None:
        """As much of the handshake as can be done without waiting; None when it is done."""
        if now_s >= self.deadline_s:
            return self.expire(worker)
        if not self._is_wrapped:
            try:
                begins = tls.is_handshake(self.sock)
            except BlockingIOError:
                return Next.READ
            if begins is None:
                return self.close()
            if not begins:
                self._refuse_plain()
            context = self._identity.context(self.service.log)
            self.sock = context.wrap_socket(self.sock, server_side=True, do_handshake_on_connect=False)
        assert isinstance(self.sock, ssl.SSLSocket)
        try:
            self.sock.do_handshake()
        except ssl.SSLWantReadError:
            return Next.READ
        except ssl.SSLWantWriteError:
            return Next.WRITE
        except OSError as error:
            return self._give_up(worker, tls.explain(error))
        self.phase = Phase.IDLE
        self.deadline_s = now_s + self.service.keep_alive_s
        return None

    def _give_up(self, worker: Worker, why: str) -> Next:
        """End without a handshake, so that the client can read why not."""
        self._log(worker, events.WARNING, events.CONNECTION, f"the TLS handshake failed: {why}")
        self._doubtful = True
        return self._linger()

    def _refuse_plain(self) -> None:
        """The client speaks something else, plain HTTP most likely: raises the Refusal that says where to
        ask.
        """
        self._take_in(self.sock.recv(RECEIVE_BYTES))
        event = None
        with contextlib.suppress(Refusal):
            event = self.parser.next_event()
        address, port = self.sock.getsockname()[:2]
        host = Host(normalise_address(address), port)
        if isinstance(event, Request):
            self.started_s = time.perf_counter()
            self.request = event
            self.requests += 1
            if self.service.handler.hosts.allows(event.host):
                host = event.host
        raise Refusal(
            "plain-http",
            Sentence(" Open {url} instead.", url=f"https://{host.name}:{host.port or port}/"),
        )

    def turn_away(self, clerk: Worker, code: str) -> Next:
        """As of any connection; but before the handshake there are no words for it, save in the log: to make
        one for everybody who is refused would be a present to whoever connects without end.
        """
        if self.phase is Phase.HANDSHAKE:
            return self.dismiss(clerk, code)
        return super().turn_away(clerk, code)

    def expire(self, clerk: Worker) -> Next:
        if self.phase is not Phase.HANDSHAKE:
            return super().expire(clerk)
        if not self._is_wrapped:  # a browser that connected ahead of need, as a rule
            return self.close()
        return self._give_up(clerk, f"it was not complete after {HANDSHAKE_TIMEOUT_S:g} s")
