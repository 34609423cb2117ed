#!/usr/bin/env python3
"""Fuzz the targets in turn for some minutes in all; exit status 1 where an input breaks a property.

    python tests/fuzz/run.py --minutes 30 [--target NAME]

Each target runs in a process of its own, on one core, from the corpus that is kept in tests/fuzz/corpus.
What the search adds goes to a folder that is removed again; a finding is kept, and its path printed.
Add it to the corpus together with the repair: tests/fuzz/test_corpus.py then replays it for ever.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.fuzz.targets import TARGETS  # noqa: E402 - found through the line above

# An input that takes this long is a finding: the slowest that is right takes some hundredths of a second.
INPUT_TIMEOUT_S = 10
RUNS = re.compile(r"^(?:Done |#)([0-9]+)(?: runs|\t)", re.MULTILINE)
TAIL_LINES = 25


class Outcome(NamedTuple):
    inputs: int
    took_s: float
    reproducer: Path | None
    output: str


def fuzz(name: str, seconds: int, added: Path) -> Outcome:
    """Search one target; ``added`` takes the inputs that reach new code."""
    findings = Path(tempfile.mkdtemp(prefix=f"spindle-fuzz-{name}-"))
    command = [
        sys.executable,
        str(HERE / "fuzz_one.py"),
        name,
        f"-max_total_time={seconds}",
        f"-timeout={INPUT_TIMEOUT_S}",
        f"-dict={HERE / 'http.dict'}",
        f"-artifact_prefix={findings}/",
        "-rss_limit_mb=2048",
        str(added),
        str(HERE / "corpus" / name),
    ]
    started_s = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode("utf-8", "replace")
    reproducer = next(findings.iterdir(), None)
    if reproducer is None:
        findings.rmdir()
    if done.returncode and reproducer is None:
        raise SystemExit(f"The target {name} could not run:\n{output}")
    inputs = max(map(int, RUNS.findall(output)), default=0)
    return Outcome(inputs, time.monotonic() - started_s, reproducer, output)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description="Fuzz the parts of server_core that read what a client sends."
    )
    parser.add_argument("--minutes", type=float, required=True, help="how long in all, over all targets")
    parser.add_argument("--target", choices=TARGETS, help="only this one")
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("atheris") is None:
        print(
            "run.py: atheris is missing: install it with `pip install atheris` (Linux).",
            file=sys.stderr,
        )
        return 2
    names = [options.target] if options.target else list(TARGETS)
    seconds = max(1, round(options.minutes * 60 / len(names)))
    findings, total = 0, 0
    for name in names:
        with tempfile.TemporaryDirectory() as added:
            outcome = fuzz(name, seconds, Path(added))
        total += outcome.inputs
        print(f"{name:<14} {outcome.inputs:>12,} inputs in {outcome.took_s:.0f} s", flush=True)
        if outcome.reproducer is not None:
            findings += 1
            print(*outcome.output.splitlines()[-TAIL_LINES:], sep="\n")
            print(f"FINDING: {outcome.reproducer}", flush=True)
    print(f"{'total':<14} {total:>12,} inputs; findings: {findings}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
