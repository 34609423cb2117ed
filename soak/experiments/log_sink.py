"""A log that nobody takes."""

from __future__ import annotations

import time

from soak import site
from soak.audit import Audit
from soak.experiments.lab import Experiment, Lab, serves
from soak.program import STOPPED_WITHIN_S, Program
from soak.tally import GUEST, source_of
from soak.visitor import expect, expect_content
from soak.wire import Line

# More than the 50,000 records that wait for a sink.
ASKED = 70_000
AT_ONCE = 50
OTHER_LINES = 20
STOP_WITHIN_S = 20.0


def stalled(lab: Lab) -> str:
    """Standard output is a pipe that nobody reads, as in a paused terminal; later somebody does."""
    with lab.program("--log-format", "json", quiet=False) as program:
        began_s = time.monotonic()
        _ask(program, ASKED)
        took_s = time.monotonic() - began_s
        audit = Audit(program.output)
        _ask(program, AT_ONCE)
        expect(program.stop() == 0, "it did not stop cleanly")
        audit.join(STOPPED_WITHIN_S)
    expect(not audit.errors, f"the log has {audit.errors[:2]}")
    recorded, dropped = audit.by(GUEST)[200], audit.dropped
    asked = ASKED + AT_ONCE
    # What the pool had to say was dropped with the rest.
    expect(
        dropped and 0 <= dropped - (asked - recorded) <= OTHER_LINES,
        f"{asked} asked, {recorded} on record, {dropped} dropped",
    )
    return (
        f"{asked:,} answers meanwhile, {ASKED / took_s:,.0f}/s; then {recorded:,} of them are on record and "
        f"{dropped:,} lines are said to be dropped"
    )


def stopped_while_stalled(lab: Lab) -> str:
    with lab.program("--log-format", "json", quiet=False) as program:
        _ask(program, ASKED // 10)
        serves(program.port)
        began_s = time.monotonic()
        status = program.stop()
        took_s = time.monotonic() - began_s
        expect(status == 0, f"status {status}: {program.said_on_stderr[-500:]}")
        expect(took_s < STOP_WITHIN_S, f"it took {took_s:.1f} s")
    return f"status 0 after {took_s:.1f} s"


def _ask(program: Program, count: int) -> None:
    page = site.content("small.html")
    for number in range(count // AT_ONCE):
        with Line(program.port, source_of(GUEST, number)) as line:
            line.send(line.head("GET /small.html HTTP/1.1") * AT_ONCE)
            for _ in range(AT_ONCE):
                expect_content(line.answer(), 200, page)


EXPERIMENTS = {
    "stalled-log": Experiment(
        "A log that nobody takes delays nobody, and says what it lacks",
        "nobody reads standard output for 70,000 requests, then somebody does",
        stalled,
    ),
    "stalled-stop": Experiment(
        "It stops also where nobody takes its log",
        "nobody reads standard output, and it is asked to stop",
        stopped_while_stalled,
    ),
}
