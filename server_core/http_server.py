"""The server: ``prepare()`` binds and may fail, ``serve()`` runs until ``stop()``.

=============  =================================================================
``prepare``    the thread that will call ``serve``, or another one before it
``serve``      becomes the polling thread; returns when all is over
``stop``       any thread and signal handlers; returns at once
``snapshot``   any thread
=============  =================================================================
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from server_core import events
from server_core.connection import Connection, Next, Phase
from server_core.deadlines import Deadlines
from server_core.errors import ACCEPT_AGAIN, OUT_OF_RESOURCES
from server_core.events import EventLog
from server_core.hosts import normalise_address
from server_core.lifecycle import Lifecycle, State, Step
from server_core.listener import open_listeners
from server_core.poller import Poller, open_poller
from server_core.pool import PATIENCE_S, Pool, Worker
from server_core.saturation import Saturation
from server_core.service import Service
from server_core.stats import Snapshot, add_up

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from server_core.config import Config

if sys.platform != "win32":
    import resource

STOP_DEADLINE_S = 10.0
# The longest wait: deadlines have seconds, and a signal on Windows is seen only between two waits.
TICK_S = 1.0
# Connections accepted at a time before those that are ready get their turn.
ACCEPTS_PER_TURN = 64
# Without descriptors or memory accept() fails at once, again and again: wait until other connections have
# ended.
ACCEPT_PAUSE_S = 0.5
# Connections beyond the limit that are being told so. More than this at once are closed without a word.
TURNED_AWAY_AT_ONCE = 256
# Idle connections closed at once to make room: one look over all of them then serves as many newcomers.
EVICT_AT_ONCE = 64
# How long workers may take to end after the last connection has.
JOIN_DEADLINE_S = 2.0


class HttpServer:
    """One server for one life: make a new one to start again."""

    def __init__(
        self,
        config: Config,
        *,
        events: EventLog | None = None,
        on_state: Callable[[State], None] | None = None,
    ) -> None:
        self.config = config
        self.events = EventLog() if events is None else events
        self.addresses: tuple[tuple[str, int], ...] = ()
        self._lifecycle = Lifecycle(on_state)
        self._listeners: dict[int, socket.socket] = {}
        self._stop_at_s: float | None = None
        self._accepted = 0

    @property
    def state(self) -> State:
        return self._lifecycle.state

    @property
    def url(self) -> str:
        """What a browser on this computer opens."""
        address, port = self.addresses[0]
        name = normalise_address(address)
        return f"http://{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(name, name) }:{port}/"

    # ---- prepare ----

    def prepare(self) -> None:
        """Listen, and make everything that serving needs. Raises BindError; then nothing is left behind."""
        self._lifecycle.take(Step.PREPARE)
        try:
            listeners = open_listeners(self.config.host, self.config.port)
        except BaseException:
            self._lifecycle.take(Step.FAIL)
            raise
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self.addresses = tuple(listener.getsockname()[:2] for listener in listeners)
        self._service = Service(self.config, self.events, self.addresses)
        self._poller: Poller = open_poller()
        self._pool = Pool(self.config.threads, self.config.queue_size, self._park)
        self._clerk = Worker("Poller")
        """Stands for the polling thread where it answers itself: time-outs and refusals for want of room."""
        self._parked: dict[int, Connection] = {}
        self._deadlines = Deadlines(self._deadline_of, time.monotonic())
        self._saturation = Saturation(self.config.threads, self._service.log)
        self._accept_again_s = 0.0
        raise_descriptor_limit()

    # ---- stop and look ----

    def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Stop accepting, let what is in flight finish for at most ``deadline_s``, then cut it. A second
        call can only hasten it.
        """
        until_s = time.monotonic() + deadline_s
        self._stop_at_s = until_s if self._stop_at_s is None else min(self._stop_at_s, until_s)
        if self._lifecycle.state in {State.STARTING, State.RUNNING, State.STOPPING}:
            self._poller.wake()

    def snapshot(self) -> Snapshot:
        """Counters, workers, queue and connections at this moment; after ``prepare``."""
        return Snapshot(
            add_up(worker.tally for worker in (*self._pool.workers, self._clerk)),
            tuple(worker.view() for worker in self._pool.workers),
            self._pool.queued,
            len(self._service.connections),
        )

    # ---- serve ----

    def serve(self) -> None:
        """Serve until stopped. Whatever a client does, it does not raise; what else it raises has ended the
        server (state FAILED).
        """
        self._lifecycle.take(Step.SERVE)
        try:
            self._pool.start()
            swept = self._service.handler.sweep()
            self._service.log(
                events.INFO, events.LIFECYCLE, f"serving {self._service.root.folder} on {self.url}"
            )
            if swept:
                self._service.log(
                    events.INFO, events.UPLOAD, f"removed {swept} unfinished uploads of an earlier run"
                )
            for fd in self._listeners:
                self._poller.watch(fd)
            while self._stop_at_s is None:
                self._turn()
            self._wind_down()
        except BaseException as error:
            self._service.log(events.ERROR, events.LIFECYCLE, f"failed: {error!r}")
            self._lifecycle.take(Step.FAIL)
            raise
        finally:
            self._release()
        self._lifecycle.take(Step.FINISH)

    def _turn(self) -> None:
        """Wait once, and hand out what is ready."""
        waiting = self._pool.relieve()
        now_s = time.monotonic()
        room = self._saturation.update(self._pool.busy, self._pool.queued, self._pool.room, now_s)
        if room <= 0:
            # Full, but not for long enough to refuse anyone: what is ready stays in the kernel, where it
            # costs nothing.
            time.sleep(PATIENCE_S)
            return
        for fd in self._poller.wait(PATIENCE_S if waiting else TICK_S, room):
            if (connection := self._parked.pop(fd, None)) is not None:
                self._hand_out(connection)
            elif fd in self._listeners:
                self._accept(self._listeners[fd])
        for fd in self._deadlines.due(time.monotonic()):
            if (connection := self._parked.pop(fd, None)) is not None:
                self._poller.remove(fd)
                self._settle(connection, connection.expire(self._clerk))
        if self._accept_again_s and time.monotonic() >= self._accept_again_s:
            self._accept_again_s = 0.0
            for fd in self._listeners:
                self._poller.watch(fd)

    def _hand_out(self, connection: Connection) -> None:
        if self._saturation.refusing and not connection.in_flight and self._pool.room <= 0:
            self._settle(connection, connection.turn_away(self._clerk, "queue-full"))
        else:
            self._pool.submit(connection)

    def _park(self, connection: Connection, until: Next) -> None:
        """Give a connection to the poller. From the moment it is armed another thread may have it, so that
        comes last.
        """
        self._parked[connection.fd] = connection
        if connection.deadline_s < connection.scheduled_s:
            self._deadlines.hasten(connection.fd)
        self._poller.arm(connection.fd, until.value)

    def _settle(self, connection: Connection, after: Next) -> None:
        """As the pool does after a turn, for connections on which the polling thread has acted."""
        if after is Next.AGAIN:
            self._pool.submit(connection)
        elif after is not Next.CLOSED:
            self._park(connection, after)

    def _deadline_of(self, fd: int) -> float | None:
        connection = self._service.connections.get(fd)
        if connection is None:
            return None
        connection.scheduled_s = connection.deadline_s
        return connection.deadline_s

    # ---- accepting ----

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                sock, address = listener.accept()
            except OSError as error:
                if error.errno in OUT_OF_RESOURCES:
                    self._pause_accepting(error)
                elif error.errno not in ACCEPT_AGAIN:
                    self._service.log(events.ERROR, events.CONNECTION, f"accepting failed: {error}")
                    self._pause_accepting(error)
                return
            except MemoryError as error:
                self._pause_accepting(error)
                return
            self._take(sock, address)

    def _take(self, sock: socket.socket, address: tuple[str, int]) -> None:
        self._accepted += 1
        try:
            sock.setblocking(False)
        except OSError:
            sock.close()
            return
        client = f"{normalise_address(address[0])}:{address[1]}"
        connection = Connection(sock, client, self._accepted, self._service, time.monotonic())
        connections = self._service.connections
        excess = len(connections) - self.config.max_connections
        if excess >= 0 and not self._evict(EVICT_AT_ONCE):
            connections[connection.fd] = connection
            if excess >= TURNED_AWAY_AT_ONCE:
                connection.close()
                return
            after = connection.turn_away(self._clerk, "too-many-connections")
            if after is not Next.CLOSED:
                self._park_new(connection, after)
            return
        connections[connection.fd] = connection
        self._park_new(connection, Next.READ)

    def _park_new(self, connection: Connection, until: Next) -> None:
        self._deadlines.add(connection.fd, connection.deadline_s)
        connection.scheduled_s = connection.deadline_s
        self._parked[connection.fd] = connection
        self._poller.arm(connection.fd, until.value, new=True)

    def _pause_accepting(self, error: BaseException) -> None:
        """Out of descriptors or memory: serve those who are here, and close some that only wait."""
        evicted = self._evict(EVICT_AT_ONCE)
        self._service.log(
            events.WARNING,
            events.CONNECTION,
            f"accepting pauses for {ACCEPT_PAUSE_S:g} s, {evicted} idle connections closed: {error}",
        )
        self._accept_again_s = time.monotonic() + ACCEPT_PAUSE_S
        for fd in self._listeners:
            self._poller.remove(fd)

    def _evict(self, most: int) -> int:
        """Close the connections that have been idle between requests for longest; how many those were."""
        idle = [each for each in list(self._parked.values()) if each.phase is Phase.IDLE and each.requests]
        idle.sort(key=lambda each: each.deadline_s)
        return sum(self._take_out(each) for each in idle[:most])

    def _take_out(self, connection: Connection) -> bool:
        """Close a parked connection without a word; whether it was still parked."""
        if self._parked.pop(connection.fd, None) is None:
            return False
        self._poller.remove(connection.fd)
        connection.close()
        return True

    # ---- stopping ----

    def _wind_down(self) -> None:
        self._lifecycle.take(Step.STOP)
        service = self._service
        service.stopping = True
        service.log(events.INFO, events.POOL, self._saturation.sentence(self._pool.busy, self._pool.queued))
        for fd, listener in list(self._listeners.items()):
            self._poller.remove(fd)
            listener.close()
        self._listeners.clear()
        for connection in list(self._parked.values()):
            if not connection.in_flight and connection.phase is not Phase.LINGERING:
                self._take_out(connection)
        while service.connections and self._stop_at_s is not None and time.monotonic() < self._stop_at_s:
            self._turn_while_stopping(self._stop_at_s - time.monotonic())
        cut = sum(connection.in_flight for connection in list(service.connections.values()))
        for connection in list(self._parked.values()):
            self._take_out(connection)
        held = self._pool.stop(JOIN_DEADLINE_S)
        for connection in list(service.connections.values()):
            connection.close()
        if held:
            service.log(events.WARNING, events.POOL, f"{held} workers were still held by the system")
        service.log(events.INFO, events.LIFECYCLE, f"stopped; {cut} requests in flight were cut")

    def _turn_while_stopping(self, left_s: float) -> None:
        waiting = self._pool.relieve()
        wait_s = (
            PATIENCE_S if waiting else min(left_s, 0.05)
        )  # a worker may close the last connection without a sound
        for fd in self._poller.wait(wait_s, max(1, self._pool.room)):
            if (connection := self._parked.pop(fd, None)) is not None:
                self._pool.submit(connection)
        for fd in self._deadlines.due(time.monotonic()):
            if (connection := self._parked.pop(fd, None)) is not None:
                self._poller.remove(fd)
                self._settle(connection, connection.expire(self._clerk))

    def _release(self) -> None:
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()
        self._pool.stop(0.0)
        self._poller.close()


def raise_descriptor_limit() -> None:
    """Thousands of connections need as many descriptors; the usual soft limit of 1,024 is there for
    select()'s sake.
    """
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
