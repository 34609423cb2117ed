"""What is promised of a server under chaos, as a table: each promise is judged by one function, which gives
the figure, and what broke it if it is broken.
"""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from soak.tally import EXACT, PROBE, WRECKER

if TYPE_CHECKING:
    from collections.abc import Callable

    from soak.chaos import Chaos

# What the median of the last quarter's memory may lie above that of the second: caches are full by then, and
# what is left is the allocator's.
FLAT_MIB = 8.0
# Replies and files are remembered up to 64 MiB; a short run sees little else than these filling.
FLAT_AFTER_S = 600.0
MOST_MIB = 192.0
IDLE_PERCENT = 1.0
PROBE_WITHIN_MS = 10_000.0
STOP_WITHIN_S = 15.0


class Verdict(NamedTuple):
    """How a promise was kept, as a figure; ``fault`` is empty where it was."""

    figure: str
    fault: str = ""


class Promise(NamedTuple):
    name: str
    how: str
    """How it is tried."""
    judge: Callable[[Chaos], Verdict]


def no_wrong_answer(chaos: Chaos) -> Verdict:
    answers = sum(sum(chaos.tally.heard_by(kind).values()) for kind in EXACT)
    wrong = chaos.tally.wrong
    fault = "" if answers and not wrong else "; ".join(wrong[:3]) or "nobody was answered"
    return Verdict(f"{answers:,} answers, {len(wrong)} wrong", fault)


def uploads_are_whole(chaos: Chaos) -> Verdict:
    tally = chaos.tally
    fault = ""
    if chaos.torn or chaos.lost or not tally.parcels:
        fault = f"torn: {chaos.torn[:3]}, lost: {chaos.lost[:3]}"
    return Verdict(
        f"{tally.parcels:,} confirmed and found whole, {len(chaos.torn)} torn, {len(chaos.lost)} lost", fault
    )


def answers_are_on_record(chaos: Chaos) -> Verdict:
    audit, tally = chaos.audit, chaos.tally
    faults = [
        f"{kind}: heard and not on record {_difference(tally.heard_by(kind), audit.by(kind))}, "
        f"on record and not heard {_difference(audit.by(kind), tally.heard_by(kind))}"
        for kind in EXACT
        if tally.heard_by(kind) != audit.by(kind)
    ]
    dismissed = {kind: audit.dismissed[kind] for kind in EXACT if audit.dismissed[kind]}
    if dismissed != {kind: tally.dismissed[kind] for kind in EXACT if tally.dismissed[kind]}:
        faults.append(f"handshakes ended {dict(tally.dismissed)}, on record {dict(audit.dismissed)}")
    if audit.by("unknown"):
        faults.append("requests of strangers are on record")
    exact = sum(sum(audit.by(kind).values()) for kind in EXACT)
    figure = f"{exact:,} requests, the same in each status"
    if dismissed:
        figure += f"; {sum(dismissed.values()):,} refused before the handshake"
    return Verdict(figure, "; ".join(faults))


def _difference(these: Counter[int], those: Counter[int]) -> dict[int, int]:
    return dict(these - those)


def nothing_is_invented(chaos: Chaos) -> Verdict:
    asked, recorded = chaos.tally.asked[WRECKER], sum(chaos.audit.by(WRECKER).values())
    fault = f"{recorded} are on record" if recorded > asked else ""
    cut = chaos.audit.cut[WRECKER]
    return Verdict(f"{asked:,} begun, {recorded:,} on record, {cut:,} of them cut", fault)


def bytes_add_up(chaos: Chaos) -> Verdict:
    heard = {kind: chaos.tally.heard_bytes[kind] for kind in EXACT}
    recorded = {kind: chaos.audit.content_bytes[kind] for kind in EXACT}
    fault = "" if heard == recorded else f"received {heard}, on record {recorded}"
    return Verdict(f"{sum(recorded.values()):,} bytes of content", fault)


def totals_add_up(chaos: Chaos) -> Verdict:
    audit = chaos.audit
    if audit.totals is None:
        return Verdict("no totals", "the server told no totals when it stopped")
    recorded = Counter(
        {
            number: sum(n for (_, status), n in audit.recorded.items() if status // 100 == number)
            for number in range(2, 6)
        }
    )
    told = Counter(dict(zip(range(2, 6), audit.totals.classes, strict=True)))
    lines, written_bytes = audit.requests, sum(audit.content_bytes.values())
    figure = f"{audit.totals.requests:,} counted = {lines:,} on record + {audit.dropped:,} dropped"
    exact = (
        not audit.dropped
        and told == recorded
        and audit.totals.content_bytes == written_bytes
        and audit.totals.dismissed == sum(audit.dismissed.values())
    )
    # A dropped line may have been of a request or of something else.
    missing = audit.totals.requests - lines
    if (exact and missing == 0) or (audit.dropped and 0 <= missing <= audit.dropped):
        return Verdict(figure)
    return Verdict(
        figure,
        f"classes {dict(told)} and {dict(recorded)}, bytes {audit.totals.content_bytes} and {written_bytes}, "
        f"without an answer {audit.totals.dismissed} and {sum(audit.dismissed.values())}",
    )


def log_is_complete(chaos: Chaos) -> Verdict:
    return Verdict(
        f"{chaos.audit.requests:,} requests, {chaos.audit.dropped} lines dropped",
        "lines were dropped" if chaos.audit.dropped else "",
    )


def nothing_fails_inside(chaos: Chaos) -> Verdict:
    said = [*chaos.audit.errors, *chaos.said_on_stderr.splitlines()]
    return Verdict(f"{len(said)} errors", said[0] if said else "")


def memory_is_flat(chaos: Chaos) -> Verdict:
    samples = chaos.samples
    quarter = len(samples) // 4
    most = max((each.memory_mib for each in samples), default=0.0)
    fault = f"more than {MOST_MIB:g} MiB" if most > MOST_MIB else ""
    if not samples or samples[-1].at_s < FLAT_AFTER_S:
        return Verdict(f"at most {most:.1f} MiB; too short a run to see more than caches filling", fault)
    early = median(each.memory_mib for each in samples[quarter : 2 * quarter])
    late = median(each.memory_mib for each in samples[-quarter:])
    figure = f"second quarter {early:.1f} MiB, last quarter {late:.1f} MiB, at most {most:.1f} MiB"
    return Verdict(figure, "it grows" if late > early + FLAT_MIB else fault)


def descriptors_come_back(chaos: Chaos) -> Verdict:
    before, after = (each.descriptors for each in chaos.quiet)
    most = max((each.descriptors for each in chaos.samples), default=0)
    fault = f"{after - before:.0f} are left over" if after > before else ""
    return Verdict(f"{before:.0f} before, at most {most:.0f}, {after:.0f} after", fault)


def threads_stay(chaos: Chaos) -> Verdict:
    counts = {each.threads for each in (*chaos.quiet, *chaos.samples)}
    has_changed = max(counts) - min(counts) > chaos.passing_threads
    figure = " to ".join(f"{count:.0f}" for count in sorted({min(counts), max(counts)}))
    return Verdict(f"{figure} throughout", "their number changed" if has_changed else "")


def idle_costs_nothing(chaos: Chaos) -> Verdict:
    before, after = (each.cpu_percent for each in chaos.quiet)
    fault = "it works without work" if max(before, after) > IDLE_PERCENT else ""
    return Verdict(f"{before:.2f} % of a core before, {after:.2f} % after", fault)


def nobody_waits(chaos: Chaos) -> Verdict:
    waits = sorted(chaos.probes_ms)
    if not waits:
        return Verdict("no answer", "the probe was never answered")
    p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    figure = f"{len(waits):,} times: median {p50:.1f} ms, p99 {p99:.1f} ms, longest {waits[-1]:.0f} ms"
    fault = f"one waited {waits[-1]:.0f} ms" if waits[-1] > PROBE_WITHIN_MS else ""
    refused = sum(chaos.audit.by(PROBE).values()) - chaos.audit.by(PROBE)[200]
    return Verdict(figure + (f", {refused} refused for load" if refused else ""), fault)


def it_stops(chaos: Chaos) -> Verdict:
    audit = chaos.audit
    is_clean = chaos.exit_status == 0 and audit.cut_at_stop == 0 and chaos.stopped_s < STOP_WITHIN_S
    figure = (
        f"after {chaos.stopped_s:.1f} s with status {chaos.exit_status}, {audit.cut_at_stop} requests cut"
    )
    return Verdict(figure, "" if is_clean else "that is no clean stop")


PROMISES = (
    Promise(
        "No answer is wrong",
        "each is compared with what is due: status, fields, every octet",
        no_wrong_answer,
    ),
    Promise(
        "No upload is lost or torn",
        "looked for on the disk when confirmed, one in 50 again at the end; every file there must be whole",
        uploads_are_whole,
    ),
    Promise(
        "Every answer is on record",
        "the log by client and status, against what those received who read every answer",
        answers_are_on_record,
    ),
    Promise(
        "Nothing is on record that was not asked",
        "the log of those who left early, against what they began",
        nothing_is_invented,
    ),
    Promise(
        "The bytes add up",
        "the log's bytes of content, against what those received who read every answer",
        bytes_add_up,
    ),
    Promise(
        "The server's own counters add up",
        "the totals told at the stop, against the log: requests, bytes, classes of status",
        totals_add_up,
    ),
    Promise("The log keeps up", "lines that it says were dropped", log_is_complete),
    Promise(
        "Nothing fails inside",
        "records of level error, tracebacks, anything on standard error",
        nothing_fails_inside,
    ),
    Promise(
        "Memory is flat",
        f"resident, each second; the last quarter's median at most {FLAT_MIB:g} MiB above the second's",
        memory_is_flat,
    ),
    Promise("Descriptors come back", "their number before the crowd and after", descriptors_come_back),
    Promise("Threads stay as many", "their number each second", threads_stay),
    Promise(
        "Idle costs nothing",
        f"CPU over some quiet seconds before and after: at most {IDLE_PERCENT:g} % of a core",
        idle_costs_nothing,
    ),
    Promise(
        "Nobody waits for long",
        f"another process asks five times a second, a connection each: at most {PROBE_WITHIN_MS / 1000:g} s",
        nobody_waits,
    ),
    Promise(
        "It stops cleanly",
        f"asked to stop: status 0, nothing cut, within {STOP_WITHIN_S:g} s",
        it_stops,
    ),
)
