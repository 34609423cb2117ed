"""A fixed number of named workers and the bounded queue of connections that wait for one.

The interpreter runs one thread at a time, and a hand-over between two costs more than answering a small
request. So the workers take turns at waiting: one of them, the *leader*, waits on the poller; when
connections become ready it gives up the lead, answers at once what was answered before, queues the rest,
serves that one after the other until the queue is empty, and leads again. The others sleep. The overseer
(http_server.py) looks in and wakes one more where the first in the queue has waited for longer than
:data:`PATIENCE_S`, or nobody leads because whoever did is held by its work. Workers sleep and wake last in,
first out, so a small load is served by a few whose caches are warm.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from server_core.events import Repeats
from server_core.phases import Next
from server_core.stats import Tally, WorkerView

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.connection import Connection
    from server_core.events import EventLog
    from server_core.parking import Parking
    from server_core.reply import Reply


# How long the first in the queue may wait, and the poller go without a leader, before one more worker is
# woken.
PATIENCE_S = 0.002


# Connections beyond the queue's size that are taken out of it before the pool is looked at again.
SURPLUS_AT_ONCE = 64
# How many connections are fetched and answered together at most: some tenths of a millisecond, which is less
# than PATIENCE_S, so that nobody else is woken for them.
VOLLEY = 32


class Worker:
    """One thread's name, counters, and what it is doing. Only that thread writes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tally = Tally()
        self.connection: Connection | None = None
        self.bell = threading.Lock()
        """Held while there is nothing to do; released by whoever wakes the worker."""
        self.bell.acquire()

    def view(self) -> WorkerView:
        """A moment's picture; any thread."""
        connection = self.connection
        return WorkerView(
            self.name, self.tally.requests, None if connection is None else connection.activity()
        )


class Pool:
    """Workers and their queue. ``relieve`` and ``stop`` belong to the overseer, the rest to any thread."""

    def __init__(
        self,
        threads: int,
        queue_size: int,
        wait: Callable[[int], list[Connection]],
        parking: Parking,
        log: EventLog,
        report: Callable[[BaseException], None],
    ) -> None:
        """``wait`` blocks for up to so many ready connections, which after their turns go back to
        ``parking``; ``report`` is told of what the two raise.
        """
        self.workers = tuple(Worker(f"Worker-{number}") for number in range(1, threads + 1))
        self.lead = threading.Lock()
        """Held by the one that waits on the poller."""
        self._queue_size = queue_size
        self._wait = wait
        self._parking = parking
        self._log = log
        self._report = report
        self._ready: deque[Connection] = deque()
        self._asleep: list[Worker] = []
        self._stopping = False
        self._led = 0
        """How often somebody took the lead; changed by the one who has it."""
        self._led_before = 0
        self.wanted_s = 0.0
        """When a look last found that one more worker was needed."""
        self._threads = [
            threading.Thread(target=self._run, args=(worker,), name=worker.name, daemon=True)
            for worker in self.workers
        ]

    def start(self) -> None:
        # The first leads; of the others, who lies down last gets up first: low numbers serve a small load.
        first, *others = self._threads
        first.start()
        for thread in reversed(others):
            thread.start()

    @property
    def queued(self) -> int:
        """Connections waiting for a worker."""
        return len(self._ready)

    @property
    def busy(self) -> int:
        """Workers that serve a connection."""
        return sum(worker.connection is not None for worker in self.workers)

    @property
    def is_at_rest(self) -> bool:
        """Whether there is nothing to do but to wait, and somebody does."""
        return not self._ready and self.lead.locked() and len(self._asleep) == len(self.workers) - 1

    def submit(self, connections: list[Connection]) -> None:
        """Queue connections that are ready."""
        now_s = time.perf_counter()
        for connection in connections:
            connection.ready_s = now_s
        self._ready.extend(connections)

    def surplus(self, since_s: float) -> list[Connection]:
        """Take out of the queue what is beyond its size, the newest first, if the first of that has been
        ready since before ``since_s``.
        """
        ready, room = self._ready, self._queue_size + len(self._asleep)
        taken: list[Connection] = []
        try:
            if ready[room].ready_s < since_s:
                while len(ready) > room and len(taken) < SURPLUS_AT_ONCE:
                    taken.append(ready.pop())
        except IndexError:  # workers are faster than this looks
            pass
        return taken

    def relieve(self) -> bool:
        """Wake one more worker if one is needed; False if one is and none sleeps."""
        try:
            since_s = self._ready[0].ready_s
        except IndexError:
            if self.lead.locked() or self._led != self._led_before:
                self._led_before = self._led
                return True
        else:
            if time.perf_counter() - since_s < PATIENCE_S:
                return True
        self.wanted_s = time.perf_counter()
        return self._wake_one()

    def stop(self, deadline_s: float) -> int:
        """End the workers, once nothing keeps ``wait`` from returning.

        Returns how many had not ended after ``deadline_s`` seconds: held by the system, by a dead disk as a
        rule.
        """
        self._stopping = True
        while self._wake_one():
            pass
        until_s = time.perf_counter() + deadline_s
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until_s - time.perf_counter()))
        return sum(thread.is_alive() for thread in self._threads)

    def _wake_one(self) -> bool:
        try:
            worker = self._asleep.pop()
        except IndexError:
            return False
        worker.bell.release()
        return True

    def _run(self, worker: Worker) -> None:
        while self._ready or not self._stopping:
            if self._ready:
                if volley := self._take_fresh():
                    self._answer(worker, volley, self._put_in_front)
                else:
                    self._serve_first(worker)
            elif self.lead.acquire(blocking=False):
                if volley := self._take_the_lead():
                    self._answer(worker, volley, self._ready.extend)
            else:
                self._sleep(worker)

    def _serve_first(self, worker: Worker) -> None:
        try:
            connection = self._ready.popleft()
        except IndexError:  # another worker was faster
            return
        worker.connection = connection
        after = connection.work(worker, time.perf_counter())
        worker.connection = None
        self.put_back(connection, after)

    def _take_fresh(self) -> list[Connection]:
        """Those in front of the queue whose requests may have been answered before; at most a volley."""
        ready = self._ready
        taken: list[Connection] = []
        while ready and len(taken) < VOLLEY:
            try:
                connection = ready.popleft()
            except IndexError:  # another worker was faster
                break
            if not connection.fresh:
                ready.appendleft(connection)
                break
            taken.append(connection)
        return taken

    def _put_in_front(self, connections: list[Connection]) -> None:
        self._ready.extendleft(reversed(connections))

    def _answer(
        self, worker: Worker, volley: list[Connection], queue: Callable[[list[Connection]], None]
    ) -> None:
        """Answer what was answered before, and ``queue`` the rest for whichever worker is free.

        All are heard before any file is looked at, so that one look at each does for all of them.
        """
        now_s = time.perf_counter()
        worker.connection = volley[0]
        asked: defaultdict[Reply, list[Connection]] = defaultdict(list)
        others: list[Connection] = []
        for connection in volley:
            heard = connection.hear()
            if type(heard) is not Next:  # isinstance asks an Enum's metaclass
                asked[heard].append(connection)
            elif heard is Next.AGAIN:
                others.append(connection)
            else:
                self.put_back(connection, heard)
        if others:
            queue(others)
        for reply, connections in asked.items():
            self._repeat(worker, reply, connections, now_s)
        worker.connection = None

    def _repeat(self, worker: Worker, reply: Reply, connections: list[Connection], now_s: float) -> None:
        """Send ``reply`` to all who asked for it."""
        try:
            octets = reply.octets(now_s, connections[0].service)
        except (OSError, MemoryError):  # the longer way meets it again, and knows what to say
            octets = None
        if octets is None:
            for connection in connections:
                self.put_back(connection, connection.reconsider(reply))
            return
        stay: list[Connection] = []
        numbers: list[int] = []
        for connection in connections:
            after = connection.repeat(worker, reply, octets, now_s)
            if after is None:
                stay.append(connection)
                numbers.append(connection.requests)
            else:
                self.put_back(connection, after)
        if stay:
            ended_s = time.perf_counter()
            worker.tally.count(reply.answer.status, reply.answer.length, ended_s - now_s, len(stay))
            self._log.emit(
                Repeats(reply, octets, stay[0].ready_s, now_s, ended_s, worker.name, stay, numbers)
            )
            for connection in self._parking.park_again(stay):
                self.put_back(connection, Next.READ)

    def put_back(self, connection: Connection, after: Next) -> None:
        """Have a connection wait for what it needs after a turn. Any thread."""
        if after.interest > 0:
            try:
                self._parking.park(connection, after)
            except Exception as error:  # the kernel has no room to watch it: as good as no descriptor
                self._report(error)
                connection.close()
        elif after is Next.AGAIN:
            self.submit([connection])

    def _take_the_lead(self) -> list[Connection]:
        self._led += 1
        try:
            return self._wait(VOLLEY)
        except Exception as error:  # a dead worker would be one for good
            self._report(error)
            return []
        finally:
            self.lead.release()

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
