"""Accepting connections, and what happens when there is no room for more."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from server_core import events
from server_core.connection import Connection
from server_core.errors import ACCEPT_AGAIN
from server_core.hosts import normalise_address
from server_core.limits import HANDSHAKE_TIMEOUT_S
from server_core.phases import Next, Phase
from server_core.poller import READ, Poller
from server_core.pool import Worker

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from server_core.parking import Parking
    from server_core.service import Service

# Connections accepted at a time before those that are ready get their turn.
ACCEPTS_PER_TURN = 64
# Without descriptors or memory accept() fails at once, again and again: wait until other connections have
# ended.
ACCEPT_PAUSE_S = 0.5
# Connections beyond the limit that are being told so. More than this at once are closed without a word to
# them.
TURNED_AWAY_AT_ONCE = 256
# Seconds without a word after which a connection that never asked for anything makes room as well. A browser
# connects ahead of need and asks soon; who fills the server with silent connections does not keep it.
SILENT_S = 5.0
# Idle connections closed at once to make room: one look over all of them then serves as many newcomers. A
# sixteenth of the limit where that is less.
EVICT_AT_ONCE = 64


class Reception:
    """The listening sockets. ``accept`` belongs to the thread that waits on the poller, the rest to the
    overseer.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        service: Service,
        parking: Parking,
        poller: Poller,
        make_connection: Callable[[socket.socket, str, int, Service], Connection] = Connection,
    ) -> None:
        self._make_connection = make_connection
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._service = service
        self._parking = parking
        self._poller = poller
        self.clerk = Worker("Reception")
        """Refuses whom there is no room for; its tally belongs to whoever leads."""
        self._accepted = 0
        self._newcomers: list[Connection] = []
        self._reopen_s = math.inf

    def open(self) -> None:
        """Begin, or go on, to accept."""
        self._reopen_s = math.inf
        for fd in self._listeners:
            self._poller.arm(fd, READ)

    def reopen_when_due(self, now_s: float) -> None:
        """Go on after a pause."""
        if now_s >= self._reopen_s:
            self.open()

    def close(self) -> None:
        """Stop listening. May be called again."""
        for fd, listener in self._listeners.items():
            self._poller.disarm(fd)
            listener.close()
        self._listeners = {}

    def accept(self, fd: int) -> bool:
        """Take in those who wait at the listening socket ``fd``; whether it is one."""
        listener = self._listeners.get(fd)
        if listener is None:
            return False
        for _ in range(ACCEPTS_PER_TURN):
            try:
                sock, address = listener.accept()
            except OSError as error:
                # What is neither expected nor lack of resources is unknown here: to wait is right for that
                # too.
                if error.errno not in ACCEPT_AGAIN and self._listeners:
                    self._pause(error)
                break
            except MemoryError as error:
                self._pause(error)
                break
            if not address:  # gone already, and its name with it (macOS, Wine)
                sock.close()
                continue
            try:
                self._take_in(sock, address)
            except (OSError, MemoryError) as error:
                self._service.forget(sock.fileno())
                sock.close()
                self._pause(error)
                break
        return True

    def welcome(self) -> list[Connection]:
        """Those accepted since the last call, which nobody holds yet. For whoever leads."""
        newcomers, self._newcomers = self._newcomers, []
        return newcomers

    def _take_in(self, sock: socket.socket, address: tuple[str, int]) -> None:
        self._accepted += 1
        sock.setblocking(False)
        client = f"{normalise_address(address[0])}:{address[1]}"
        connection = self._make_connection(sock, client, self._accepted, self._service)
        connections, door = self._service.connections, self._service.door
        excess = len(connections) - self._service.config.max_connections
        refusal = "" if door is None else door.enter(connection)
        connections[connection.fd] = connection
        if refusal and door is not None:
            self._turn_away(connection, refusal, told=door.tells())
            return
        most = max(1, min(EVICT_AT_ONCE, self._service.config.max_connections // 16))
        if excess < 0 or self._evict(most):
            self._newcomers.append(connection)
        else:
            self._turn_away(connection, "too-many-connections", told=excess < TURNED_AWAY_AT_ONCE)

    def _turn_away(self, connection: Connection, code: str, *, told: bool) -> None:
        """Close a connection; where it is not ``told`` the reason, the log is all the same."""
        if told:
            after = connection.turn_away(self.clerk, code)
            if after is not Next.CLOSED:
                self._parking.park(connection, after)
            return
        connection.dismiss(self.clerk, code)

    def _pause(self, error: BaseException) -> None:
        """Out of descriptors or memory: serve those who are here, and close some that only wait."""
        evicted = self._evict(EVICT_AT_ONCE)
        for fd in self._listeners:
            self._poller.disarm(fd)
        self._reopen_s = time.perf_counter() + ACCEPT_PAUSE_S
        message = (
            f"accepting pauses for {ACCEPT_PAUSE_S:g} s, {evicted} idle connections were closed: {error}"
        )
        self._service.log(events.WARNING, events.CONNECTION, message)

    def _evict(self, most: int) -> int:
        """Close the connections that have been idle between requests for longest, then those that have
        never asked for anything; how many those were.
        """
        silent_s = time.perf_counter() - SILENT_S
        silent_until_s = {
            Phase.HANDSHAKE: silent_s + HANDSHAKE_TIMEOUT_S,
            Phase.IDLE: silent_s + self._service.config.keep_alive_timeout_s,
        }
        idle = [
            each
            for each in self._parking.all()
            if each.phase in silent_until_s
            and (each.requests or each.deadline_s < silent_until_s[each.phase])
        ]
        idle.sort(key=lambda each: (each.requests == 0, each.deadline_s))
        taken = [each for each in idle[:most] if self._parking.take(each)]
        for connection in taken:
            connection.close()
        return len(taken)
