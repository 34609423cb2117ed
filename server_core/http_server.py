"""The server: ``prepare()`` binds and may fail, ``serve()`` runs until ``stop()``.

=============  ==================================================================
``prepare``    the thread that will call ``serve``, or another one before it
``serve``      becomes the overseer's thread; returns when all is over
``stop``       any thread and signal handlers; returns at once
``snapshot``   any thread, after ``prepare``
``allow_host`` the same
=============  ==================================================================
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import traceback
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from server_core import events, saturation
from server_core.access import warnings
from server_core.certificates import how_to_trust
from server_core.connection import Connection
from server_core.events import EventLog
from server_core.hosts import normalise_address, parse_entry
from server_core.lifecycle import Lifecycle, State, Step
from server_core.listener import open_listeners
from server_core.parking import Parking
from server_core.phases import Next, Phase
from server_core.poller import open_poller
from server_core.pool import PATIENCE_S, Pool, Worker
from server_core.reception import Reception
from server_core.saturation import Saturation
from server_core.service import Service
from server_core.stats import PARKED, Snapshot, add_up

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from server_core.certificates import Certificate
    from server_core.config import Config
    from server_core.identity import Identity
    from server_core.stats import Totals

if sys.platform != "win32":
    import resource

STOP_DEADLINE_S = 10.0
# The overseer's steps while there is nothing to do: deadlines have seconds.
TICK_S = 1.0
# How often it looks while there is something to do, and while one more worker was needed just now. Each look
# takes the interpreter from a worker: at 10 connections one every 5 ms cost 3.5 % of the requests, and one
# every 2 ms 5 % more. Whoever needs another worker first, after a calm time, waits for up to two long looks.
LOOK_S = 0.02
CLOSE_LOOK_S = 0.005
CLOSE_LOOKS_FOR_S = 0.05
# Ready connections that it fetches at a time when no worker has a hand free to.
WAITING_AT_ONCE = 1024
# After this long without work the overseer takes these long steps. Shorter, and a client that asks once in a
# while would have to wake it every time.
REST_AFTER_S = 0.1
# The leader's longest wait; whoever has something for it wakes it.
LEAD_S = 3600.0
# Descriptors for as many connections as the default limit allows, and then some.
DESCRIPTORS = 65_536
# How long a client that has its refusal may take to read it while the server stops.
STOP_LINGER_S = 0.5
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
        """``on_state`` is called in whatever thread brought the new state about."""
        self.config = config
        self.events = EventLog() if events is None else events
        self.addresses: tuple[tuple[str, int], ...] = ()
        """What is listened on; after ``prepare``."""
        self._identity: Identity | None = None
        self.cut = 0
        """Requests that stopping cut short; after ``serve``."""
        self._lifecycle = Lifecycle(on_state)
        self._clerk = Worker("Overseer")
        """The overseer, where it answers: time-outs, and refusals for want of room."""
        self._stop_at_s: float | None = None
        self._doze = threading.Lock()
        """Held by the overseer; released to wake it."""
        self._doze.acquire()
        self._dozing = False
        self._rest_at_s = 0.0

    @property
    def state(self) -> State:
        return self._lifecycle.state

    @property
    def url(self) -> str:
        """What a browser on this computer opens; after ``prepare``."""
        address, port = self.addresses[0]
        name = normalise_address(address)
        return f"{self.config.scheme}://{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(name, name) }:{port}/"

    @property
    def certificate(self) -> Certificate | None:
        """Of a server that speaks https, the one that new connections get; after ``prepare``."""
        return None if self._identity is None else self._identity.certificate

    @property
    def trust(self) -> str:
        """For a person who is to trust the certificate that this computer made; empty where there is none.
        After ``prepare``.
        """
        if self.certificate is None or not self.config.tls_self_signed:
            return ""
        return how_to_trust(self.certificate, self.url)

    def prepare(self) -> None:
        """Listen, and make everything that serving needs. Raises ConfigError where there is no certificate
        to be had, BindError, OSError for want of descriptors; then nothing is left behind.
        """
        self._lifecycle.take(Step.PREPARE)
        with contextlib.ExitStack() as undo:
            undo.callback(self._lifecycle.take, Step.FAIL)
            make_connection = self._connection_maker()
            listeners = open_listeners(self.config.host, self.config.port)
            for listener in listeners:
                undo.enter_context(listener)
            raise_descriptor_limit()
            self.addresses = tuple(listener.getsockname()[:2] for listener in listeners)
            self._service = Service(self.config, self.events, self.addresses)
            self._poller = open_poller()
            undo.callback(self._poller.close)
            self._parking = Parking(self._poller, self._service.connections, time.perf_counter())
            self._pool = Pool(
                self.config.threads,
                self.config.queue_size,
                self._lead,
                self._parking,
                self.events,
                self._report,
            )
            self._reception = Reception(
                listeners, self._service, self._parking, self._poller, make_connection
            )
            self._saturation = Saturation(self.config.threads, self._service.log)
            undo.pop_all()

    def _connection_maker(self) -> Callable[[socket.socket, str, int, Service], Connection]:
        """What a newly accepted socket becomes. Raises ConfigError."""
        if self.config.scheme == "http":
            return Connection
        from server_core import identity, secure_connection  # which load OpenSSL

        self._identity = identity.open_identity(self.config)
        return partial(secure_connection.SecureConnection, self._identity)

    def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Stop accepting, let what is in flight finish for at most ``deadline_s``, then cut it.

        May be called again, which can only hasten it.
        """
        until_s = time.perf_counter() + deadline_s
        self._stop_at_s = until_s if self._stop_at_s is None else min(self._stop_at_s, until_s)
        self._wake()

    def snapshot(self) -> Snapshot:
        """Counters, workers, queue and connections at this moment."""
        workers = self._pool.workers
        held = {id(worker.connection) for worker in workers}
        connections = list(self._service.connections.values())
        parked = (each.activity() for each in connections if each.in_flight and id(each) not in held)
        return Snapshot(
            self._totals(),
            tuple(worker.view() for worker in workers),
            tuple(islice(parked, PARKED)),
            self._pool.queued,
            self.config.queue_size,
            self._saturation.refusing,
            len(connections),
        )

    def _totals(self) -> Totals:
        return add_up(each.tally for each in (*self._pool.workers, self._clerk, self._reception.clerk))

    def allow_host(self, entry: str) -> None:
        """Answer for one more host from now on, without a restart. Any thread, after ``prepare``.

        Raises ValueError with a sentence where ``entry`` is no host.
        """
        parse_entry(entry)
        if entry not in self.config.allow_hosts:
            self.config = replace(self.config, allow_hosts=(*self.config.allow_hosts, entry))
            self._service.allow_hosts(self.config.allow_hosts)
            self._service.log(events.INFO, events.LIFECYCLE, f"answering for {entry} from now on")

    def serve(self) -> None:
        """Serve until stopped. Whatever a client does, it does not raise; what it raises has ended the
        server.
        """
        self._lifecycle.take(Step.SERVE)
        try:
            self._begin()
            while self._stop_at_s is None:
                self._oversee()
            self._lifecycle.take(Step.STOP)
            self._wind_down()
        except BaseException as error:
            self._service.log(events.ERROR, events.LIFECYCLE, f"failed: {error!r}")
            self._lifecycle.take(Step.FAIL)
            raise
        finally:
            self._release()
        self._lifecycle.take(Step.FINISH)

    def _begin(self) -> None:
        self._service.log(events.INFO, events.LIFECYCLE, f"serving {self._service.root.folder} on {self.url}")
        if self._identity is not None:
            self._service.log(events.INFO, events.LIFECYCLE, self._identity.sentence)
        for warning in warnings(self.config):
            self._service.log(events.WARNING, events.SECURITY, warning.sentence)
        if swept := self._service.handler.sweep():
            message = f"removed {swept} unfinished uploads that an earlier run left behind"
            self._service.log(events.INFO, events.UPLOAD, message)
        self._reception.open()
        self._pool.start()

    # ---- the leader's part, in a worker's thread ----

    def _lead(self, limit: int) -> list[Connection]:
        """Wait for ready connections."""
        ready = self._parking.ready(LEAD_S, limit, self._reception.accept)
        # A newcomer has as a rule sent its request by now, and many leave after the first.
        ready += self._reception.welcome()
        if self._dozing:
            self._wake()
        return ready

    def _report(self, error: BaseException) -> None:
        """A worker met what no worker may die of."""
        text = "".join(traceback.format_exception(error)).strip()
        self._service.log(events.ERROR, events.POOL, text)

    # ---- the overseer's part, in the thread that called serve() ----

    def _oversee(self) -> None:
        """One step: see to it that somebody leads, nobody waits too long, deadlines are kept; then doze."""
        self._rescue()
        now_s = time.perf_counter()
        for connection in self._parking.overdue(now_s):
            self._pool.put_back(connection, connection.expire(self._clerk))
        self._reception.reopen_when_due(now_s)
        if not self._pool.is_at_rest:
            self._rest_at_s = now_s + REST_AFTER_S
        self._dozing = now_s >= self._rest_at_s
        look_s = LOOK_S if now_s - self._pool.wanted_s > CLOSE_LOOKS_FOR_S else CLOSE_LOOK_S
        if self._doze.acquire(timeout=TICK_S if self._dozing else look_s):
            self._rest_at_s = 0.0
        self._dozing = False

    def _rescue(self) -> None:
        """Wake a worker where one is needed; where all have their hands full, see who waits, and refuse
        those for whom the queue has had no place for too long.
        """
        pool = self._pool
        if not pool.relieve() and pool.lead.acquire(blocking=False):
            try:
                ready = self._parking.ready(0.0, WAITING_AT_ONCE, self._reception.accept)
                for connection in self._reception.welcome():
                    pool.put_back(connection, Next.READ)
            finally:
                pool.lead.release()
            pool.submit(ready)
        now_s = time.perf_counter()
        surplus = pool.surplus(now_s - saturation.REFUSE_AFTER_S)
        for connection in surplus:
            if connection.in_flight or connection.phase is Phase.LINGERING:
                pool.submit([connection])
            else:
                pool.put_back(connection, connection.turn_away(self._clerk, "queue-full"))
        self._saturation.update(pool.busy, pool.queued, len(surplus), now_s)

    def _wake(self) -> None:
        """Have the overseer look at once."""
        self._dozing = False
        # Two who wake it at the same time: one is enough.
        with contextlib.suppress(RuntimeError):
            self._doze.release()

    # ---- stopping ----

    def _wind_down(self) -> None:
        service = self._service
        service.stopping = True
        service.log(events.INFO, events.POOL, self._saturation.sentence(self._pool.busy, self._pool.queued))
        self._reception.close()
        linger_until_s = time.perf_counter() + STOP_LINGER_S
        while service.connections and self._stop_at_s is not None and time.perf_counter() < self._stop_at_s:
            may_linger = time.perf_counter() < linger_until_s
            for connection in self._parking.all():
                lingers = may_linger and connection.phase is Phase.LINGERING
                if not connection.in_flight and not lingers:
                    self._close(connection)
            self._oversee()
        self.cut = sum(connection.in_flight for connection in list(service.connections.values()))
        for connection in self._parking.all():
            self._close(connection)
        held = self._end_workers()
        for connection in list(service.connections.values()):
            connection.close()
        if held:
            service.log(events.WARNING, events.POOL, f"{held} workers were still held by the system")
        service.log(events.INFO, events.LIFECYCLE, self._totals().sentence)
        service.log(events.INFO, events.LIFECYCLE, f"stopped; {self.cut} requests in flight were cut")

    def _close(self, connection: Connection) -> None:
        """Close a connection without a word if it is parked."""
        if self._parking.take(connection):
            connection.close()

    def _end_workers(self) -> int:
        """End the workers; how many did not."""
        until_s = time.perf_counter() + JOIN_DEADLINE_S
        held = self._pool.stop(0.0)
        while held and time.perf_counter() < until_s:
            self._poller.wake()
            held = self._pool.stop(PATIENCE_S)
        return held

    def _release(self) -> None:
        self._reception.close()
        if self._end_workers() == 0:
            self._poller.close()


def raise_descriptor_limit() -> None:
    """Thousands of connections need as many descriptors; the usual soft limit of 1,024 is there for
    select()'s sake.
    """
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
