"""A fixed number of named workers and the bounded queue of connections that wait for one.

As few workers are awake as the load needs: the interpreter runs one thread at a time, and every hand-over
between two costs more than answering a small request. So a connection that becomes ready wakes a worker only
if none is awake; whoever is awake takes the next one itself; another is woken when the first in the queue
has waited for :data:`PATIENCE_S`. Workers sleep and wake last in, first out.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from server_core.connection import Connection, Next
from server_core.stats import Tally, WorkerView

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.messages import Request

# How long the first in the queue may wait before one more worker is woken. Some twenty small answers.
PATIENCE_S = 0.001


class Worker:
    """One thread's name, counters, and what it is doing. Only that thread writes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tally = Tally()
        self.connection: Connection | None = None
        self.request: Request | None = None
        self.bell = threading.Lock()
        """Held while there is nothing to do; released by whoever wakes the worker."""
        self.bell.acquire()

    def view(self) -> WorkerView:
        """A moment's picture; any thread."""
        connection, request = self.connection, self.request
        return WorkerView(
            self.name,
            busy=connection is not None,
            client="" if connection is None else connection.client,
            doing="" if request is None else f"{request.method} {request.target}",
        )


class Pool:
    """Workers and their queue. ``submit``, ``relieve`` and ``stop`` belong to the polling thread; the
    properties to any.
    """

    def __init__(self, threads: int, queue_size: int, park: Callable[[Connection, Next], None]) -> None:
        """``park`` takes back a connection after its turn; it is called by the worker."""
        self.workers = tuple(Worker(f"Worker-{number}") for number in range(1, threads + 1))
        self._queue_size = queue_size
        self._park = park
        self._ready: deque[tuple[Connection, float]] = deque()
        self._asleep: list[Worker] = []
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, args=(worker,), name=worker.name, daemon=True)
            for worker in self.workers
        ]

    def start(self) -> None:
        # Last in, first out: so the first numbers do the work where there is little.
        for thread in reversed(self._threads):
            thread.start()

    @property
    def queued(self) -> int:
        """Connections waiting for a worker."""
        return len(self._ready)

    @property
    def busy(self) -> int:
        """Workers awake."""
        return len(self.workers) - len(self._asleep)

    @property
    def room(self) -> int:
        """How many more connections may be submitted: sleeping workers and free places in the queue."""
        return len(self._asleep) + self._queue_size - len(self._ready)

    def submit(self, connection: Connection) -> None:
        """Queue a connection that is ready. The caller has looked at ``room``."""
        self._ready.append((connection, time.perf_counter()))
        if len(self._asleep) == len(self.workers):
            self._wake_one()

    def relieve(self) -> bool:
        """Wake one more worker if the first in the queue has waited too long; whether there is still someone
        to look after.
        """
        try:
            _, since_s = self._ready[0]
        except IndexError:
            return False
        if time.perf_counter() - since_s >= PATIENCE_S:
            self._wake_one()
        return True

    def stop(self, deadline_s: float) -> int:
        """End the workers; how many had not ended after ``deadline_s`` seconds, held by the system (a dead
        disk, as a rule).
        """
        self._stopping = True
        while self._wake_one():
            pass
        until_s = time.monotonic() + deadline_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))
        return sum(thread.is_alive() for thread in self._threads)

    def _wake_one(self) -> bool:
        try:
            worker = self._asleep.pop()
        except IndexError:
            return False
        worker.bell.release()
        return True

    def _run(self, worker: Worker) -> None:
        while True:
            try:
                connection, since_s = self._ready.popleft()
            except IndexError:
                if self._stopping:
                    return
                self._sleep(worker)
                continue
            worker.connection = connection
            after = connection.work(worker, (time.perf_counter() - since_s) * 1000.0)
            worker.connection = worker.request = None
            if after is Next.AGAIN:
                self._ready.append((connection, time.perf_counter()))
            elif after is not Next.CLOSED:
                self._park(connection, after)

    def _sleep(self, worker: Worker) -> None:
        """Wait for the bell, unless work came between the last look and lying down."""
        self._asleep.append(worker)
        if self._ready or self._stopping:
            try:
                self._asleep.remove(worker)
            except ValueError:
                pass  # woken already: the bell is about to ring
            else:
                return
        worker.bell.acquire()
