"""One measurement: wrk asks for some seconds, and what it says is read."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.cases import UPLOAD
from benchmarks.servers import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.cases import Case

UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
UPLOAD_SCRIPT = f"""\
wrk.method = "POST"
wrk.body = [[{UPLOAD}]]
wrk.headers["Content-Type"] = "application/json"
"""


class Figures(NamedTuple):
    """What one measurement gave."""

    per_s: float
    """Requests."""
    p50_ms: float
    p99_ms: float
    failed: int
    """Answers that were no success, and connections that broke."""


@contextmanager
def company(case: Case, port: int) -> Iterator[None]:
    """The other clients of a case, if it has any."""
    if case.beside is None:
        yield
        return
    kind, count = case.beside
    command = [sys.executable, "-m", "benchmarks.company", kind, str(count), str(port)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as others:
        try:
            assert others.stdout is not None
            if others.stdout.readline() != "here\n":
                raise RuntimeError(f"the {count} {kind} clients did not come")
            yield
        finally:
            others.terminate()


def measure(case: Case, port: int, seconds: int, work: Path) -> Figures:
    """Ask for ``seconds``. Raises RuntimeError where wrk says nothing that can be read."""
    command = ["wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    if case.close:
        command += ["-H", "Connection: close"]
    if case.upload:
        script = work / "upload.lua"
        script.write_text(UPLOAD_SCRIPT, "utf-8")
        command += ["-s", str(script)]
    command.append(f"http://127.0.0.1:{port}{case.target}")
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)
    return read(result.stdout, result.stderr)


def read(text: str, errors: str = "") -> Figures:
    """The figures in what wrk prints."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if rate is None:
        raise RuntimeError(f"wrk: {errors or text}")
    failed = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", text)))
    # Its read errors count a close that the answer has announced, too.
    sockets = re.search(r"Socket errors: connect (\d+), read \d+, write (\d+), timeout (\d+)", text)
    failed += sum(map(int, sockets.groups())) if sockets else 0
    return Figures(float(rate[1]), _percentile_ms(text, 50), _percentile_ms(text, 99), failed)


def _percentile_ms(text: str, percent: int) -> float:
    match = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)\b", text)
    return float(match[1]) * UNITS_MS[match[2]] if match else 0.0
