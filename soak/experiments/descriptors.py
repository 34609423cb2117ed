"""Too few descriptors, and very many connections."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import psutil

from soak import site
from soak.experiments.lab import Experiment, Lab, NotHereError, saves, serves, stops, until
from soak.program import descriptors
from soak.tally import GUEST, source_of
from soak.visitor import expect, expect_content
from soak.wire import Line, LostError

if TYPE_CHECKING:
    from soak.program import Program

SPARE = 20
CLIENTS = 60
MANY = 10_000
MIB = 1024 * 1024


def exhausted(lab: Lab) -> str:
    if sys.platform != "linux":
        raise NotHereError("only Linux lets another process lower the limit of a running one")
    log = lab.work / "log"
    with lab.program("--log-file", str(log)) as program:
        limit = descriptors(program.watch) + SPARE
        program.watch.rlimit(psutil.RLIMIT_NOFILE, (limit, limit))
        answered = sum(_crowd_in(program) for _ in range(lab.rounds(2, 20)))
        pauses = log.read_text("utf-8").count("accepting pauses")
        expect(pauses, "it never ran out of descriptors")
        until(lambda: descriptors(program.watch) <= limit - SPARE, "descriptors are left over")
        serves(program.port)
        saves(lab, program.port, site.parcel("starved", 100_000))
        stops(program)
    return f"{CLIENTS} clients for {SPARE} descriptors: {answered} answers, {pauses} pauses, then well again"


def _crowd_in(program: Program) -> int:
    """More clients than there are descriptors, who then leave; how many were answered."""
    answered = 0
    with contextlib.ExitStack() as opened:
        lines = [opened.enter_context(Line(program.port)) for _ in range(CLIENTS)]
        for line in lines:
            with contextlib.suppress(OSError):
                line.send(line.head("GET /sent.jpg HTTP/1.1"))
        for line in lines[:SPARE]:
            with contextlib.suppress(LostError, OSError):
                answer = line.answer()
                expect(answer.status in {200, 503}, f"200 or 503 was due, {answer.status} came")
                answered += 1
    return answered


def many_connections(lab: Lab) -> str:
    count = min(lab.rounds(1_000, MANY), _room())
    with lab.program("--keep-alive-timeout", "600") as program, contextlib.ExitStack() as opened:
        before = descriptors(program.watch)
        before_mib = program.watch.memory_info().rss / MIB
        lines = [
            opened.enter_context(Line(program.port, source_of(GUEST, number))) for number in range(count)
        ]
        for line in lines:
            line.send(line.head("GET /small.html HTTP/1.1"))
            expect_content(line.answer(), 200, site.content("small.html"))
        most_mib = program.watch.memory_info().rss / MIB
        most = descriptors(program.watch)
        for number, line in enumerate(lines):
            line.reset() if number % 2 else line.close()
        took_s = until(lambda: descriptors(program.watch) <= before, "descriptors are left over")
        serves(program.port)
        after_mib = program.watch.memory_info().rss / MIB
        stops(program)
    return (
        f"{count:,} at once, each answered; descriptors {before}, {most:,}, and {before} again after "
        f"{took_s:.1f} s; memory {before_mib:.0f}, {most_mib:.0f}, {after_mib:.0f} MiB"
    )


def _room() -> int:
    """How many connections this process may open."""
    if sys.platform == "win32":
        return MANY
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return MANY if hard == resource.RLIM_INFINITY else hard - 200


EXPERIMENTS = {
    "descriptors": Experiment(
        "Running out of descriptors ends nothing",
        f"its limit is lowered to {SPARE} more than it has, and {CLIENTS} clients come, again and again",
        exhausted,
    ),
    "connections": Experiment(
        "Ten thousand connections cost little, and leave nothing",
        "all open at once, each gets an answer, half leave with a reset",
        many_connections,
    ),
}
