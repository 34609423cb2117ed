"""Chaos: the crowd has its way with one server, which is measured and listened to all the while."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from soak import site
from soak.audit import Audit
from soak.gauges import EVERY_S, Gauges, Sample
from soak.probe import ask_ms
from soak.program import PROJECT, STOPPED_WITHIN_S, Program, descriptors
from soak.setups import SETUPS
from soak.tally import Tally
from soak.target import Target

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

# How long the server is left alone before the first client comes, and after the last has gone. It remembers
# no file that was changed less than 2 s ago.
QUIET_S = 5.0
# Those whose request is not whole are given up after 30 s.
SETTLED_WITHIN_S = 60.0
CROWD_ENDS_WITHIN_S = 150.0
TELL_EVERY_S = 15.0


@dataclass
class Chaos:
    """What came of one run."""

    audit: Audit
    passing_threads: int = 0
    """How many more there may be for a moment."""
    tally: Tally = field(default_factory=Tally)
    quiet: list[Sample] = field(default_factory=list)
    """Two of them: before the crowd, and after."""
    samples: list[Sample] = field(default_factory=list)
    """While the crowd was there."""
    probes_ms: list[float] = field(default_factory=list)
    exit_status: int = -1
    stopped_s: float = 0.0
    """How long stopping took."""
    said_on_stderr: str = ""
    torn: list[str] = field(default_factory=list)
    """Files in the folder for uploads that are no whole upload."""
    lost: list[str] = field(default_factory=list)
    """Uploads that were confirmed, were found on the disk, and are not there at the end."""


def run(options: argparse.Namespace, work: Path) -> Chaos:
    """Let ``options.minutes`` of chaos pass; less where a promise is broken."""
    root = work / "site"
    site.make_site(root)
    setup = SETUPS[options.setup]
    settings = setup.options(options.python, work)
    settings += ["--log-format", "json", "--log-file", str(work / "spindle.log")]
    with Program(options.python, root, work, *settings) as program:
        chaos = Chaos(Audit(program.output), setup.passing_threads)
        target = Target(program.port, str(work / "https") if setup.is_secure else "", setup.login)
        # Where a password is asked for, it is checked once, and at most some wait for that.
        ask_ms(target, 0)
        fresh_ms: list[float] = []
        gauges = Gauges(program, chaos.audit, fresh_ms)
        time.sleep(QUIET_S)
        chaos.quiet.append(gauges.sample())
        seconds = options.minutes * 60.0
        report = work / "crowd.json"
        numbers = (options.seed, seconds, options.guests, options.vandals)
        crowd = client("crowd", target.to_json(), options.setup, root, *numbers, report)
        with client("probe", target.to_json()) as probe, crowd as clients:
            threading.Thread(target=_listen, args=(probe, fresh_ms, chaos.probes_ms), daemon=True).start()
            _watch(clients, program, chaos, gauges)
        chaos.tally = Tally.from_json(report.read_text("utf-8"))
        _settle(program, int(chaos.quiet[0].descriptors))
        gauges.sample()
        time.sleep(QUIET_S)
        chaos.quiet.append(gauges.sample())
        asked_s = time.monotonic()
        chaos.exit_status = program.stop()
        chaos.stopped_s = time.monotonic() - asked_s
        chaos.audit.join(STOPPED_WITHIN_S)
        chaos.said_on_stderr = program.said_on_stderr
    chaos.torn = site.torn_uploads(root)
    chaos.lost = [where for where in chaos.tally.kept if not (root / where[1:]).exists()]
    return chaos


@contextmanager
def client(module: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A client in a process of its own. It leaves when its standard input ends, and is killed at the end of
    the block if it is still there.
    """
    command = [sys.executable, "-m", f"soak.{module}", *map(str, arguments)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def dismiss(process: subprocess.Popen[bytes]) -> int:
    """Have a client leave; its exit status. Raises TimeoutExpired."""
    assert process.stdin is not None
    process.stdin.close()
    return process.wait(CROWD_ENDS_WITHIN_S)


def _watch(clients: subprocess.Popen[bytes], program: Program, chaos: Chaos, gauges: Gauges) -> None:
    told_s = time.monotonic()
    while clients.poll() is None:
        time.sleep(EVERY_S)
        chaos.samples.append(sample := gauges.sample())
        if time.monotonic() - told_s >= TELL_EVERY_S:
            told_s = time.monotonic()
            print(
                f"  {sample.at_s:5.0f} s: {sample.per_s:,.0f} requests/s, {sample.memory_mib:.1f} MiB, "
                f"{sample.descriptors} descriptors, a probe waited {sample.longest_ms:.0f} ms",
                flush=True,
            )
        if chaos.audit.errors or program.process.poll() is not None:
            dismiss(clients)


def _listen(probe: subprocess.Popen[bytes], fresh_ms: list[float], all_ms: list[float]) -> None:
    assert probe.stdout is not None
    for line in probe.stdout:
        fresh_ms.append(float(line))
        all_ms.append(fresh_ms[-1])


def _settle(program: Program, few: int) -> None:
    """Wait until the last connections are gone."""
    until_s = time.monotonic() + SETTLED_WITHIN_S
    while descriptors(program.watch) > few and time.monotonic() < until_s:
        time.sleep(0.2)
