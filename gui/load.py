"""A small load test, in a process of its own so that it neither slows the window nor shares its interpreter.

Standard library only. :func:`run` is the child; it sends a :class:`Report` down a pipe ten times a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gui.trust import unchecked

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

REPORT_EVERY_S = 0.1
REQUEST_LIMIT_S = 30.0
# Buckets of the histogram: each a quarter wider than the one before, from 0.05 ms to a minute.
FIRST_EDGE_MS, GROWTH, BUCKETS = 0.05, 1.25, 64


@dataclass(frozen=True)
class Plan:
    host: str
    port: int
    target: str
    clients: int
    requests: int
    keep_alive: bool
    secure: bool = False
    """Over TLS."""


class Report(NamedTuple):
    """How far it is; the last one has ``finished``."""

    done: int
    failed: int
    """Of those done: no answer, or not whole."""
    took_s: float
    buckets: tuple[int, ...]
    p50_ms: float
    p95_ms: float
    p99_ms: float
    slowest_ms: float
    statuses: dict[int, int]
    problems: dict[str, int]
    finished: bool

    @property
    def per_s(self) -> float:
        return (self.done - self.failed) / self.took_s if self.took_s else 0.0


def bucket_of(took_ms: float) -> int:
    if took_ms <= FIRST_EDGE_MS:
        return 0
    return min(int(math.log(took_ms / FIRST_EDGE_MS, GROWTH)), BUCKETS - 1)


def edge_ms(bucket: int) -> float:
    """Where ``bucket`` begins."""
    return FIRST_EDGE_MS * GROWTH**bucket


@dataclass
class _Tally:
    began_s: float = field(default_factory=time.perf_counter)
    took_ms: list[float] = field(default_factory=list)
    buckets: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    statuses: Counter[int] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def succeed(self, status: int, took_ms: float) -> None:
        self.statuses[status] += 1
        self.took_ms.append(took_ms)
        self.buckets[bucket_of(took_ms)] += 1

    def report(self, *, finished: bool) -> Report:
        ordered = self.took_ms
        ordered.sort()  # all but the newest are in order: that costs little, also for many
        failed = sum(self.problems.values())

        def at(share: float) -> float:
            return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0

        took_s = time.perf_counter() - self.began_s
        return Report(
            len(ordered) + failed, failed, took_s, tuple(self.buckets), at(0.5), at(0.95), at(0.99), at(1.0),
            dict(self.statuses), dict(self.problems), finished,
        )  # fmt: skip


def run(plan: Plan, pipe: Connection) -> None:
    """The child's whole life. Ends when the plan is done or nobody reads the pipe any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is the window's to answer
    # A window that is gone reads no reports.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError):
        asyncio.run(_run(plan, pipe))


async def _run(plan: Plan, pipe: Connection) -> None:
    tally = _Tally()
    turns = iter(range(plan.requests))
    context = unchecked() if plan.secure else None
    clients = [asyncio.create_task(_client(plan, context, turns, tally)) for _ in range(plan.clients)]
    try:
        while True:
            _, busy = await asyncio.wait(clients, timeout=REPORT_EVERY_S)
            pipe.send(tally.report(finished=not busy))
            if not busy:
                return
    finally:
        for client in clients:
            client.cancel()


class _Stream(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


async def _client(plan: Plan, context: ssl.SSLContext | None, turns: Iterator[int], tally: _Tally) -> None:
    authority = f"[{plan.host}]:{plan.port}" if ":" in plan.host else f"{plan.host}:{plan.port}"
    end = "keep-alive" if plan.keep_alive else "close"
    request = f"GET {plan.target} HTTP/1.1\r\nHost: {authority}\r\nConnection: {end}\r\n\r\n".encode(
        "latin-1"
    )
    stream: _Stream | None = None
    for _ in turns:
        began_s = time.perf_counter()
        try:
            stream = stream or _Stream(*await asyncio.open_connection(plan.host, plan.port, ssl=context))
            status, stays = await asyncio.wait_for(_exchange(stream, request), REQUEST_LIMIT_S)
            tally.succeed(status, (time.perf_counter() - began_s) * 1000)
        except (OSError, EOFError, ValueError, asyncio.TimeoutError) as error:
            tally.problems[_named(error)] += 1
            stays = False
            await asyncio.sleep(0)  # a server that refuses at once must not keep the others waiting
        if stream and not stays:
            stream.writer.close()
            stream = None
    if stream:
        stream.writer.close()


async def _exchange(stream: _Stream, request: bytes) -> tuple[int, bool]:
    """Status, and whether the connection stays. Raises OSError, EOFError or ValueError."""
    stream.writer.write(request)
    head = (await stream.reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    await stream.reader.readexactly(int(length))
    return int(head[9:12]), b"\r\nconnection: close\r\n" not in head


def _named(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
