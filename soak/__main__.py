"""Try every promise, and write what came of it; the status is 1 where one was broken."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.report import python_version
from soak import chaos as chaos_run
from soak import report
from soak.experiments import EXPERIMENTS, Lab, attempt
from soak.promises import PROMISES
from soak.report import Outcome
from soak.setups import SETUPS

CHAOS, STANDARD = "chaos", "standard"
RESULTS = Path(__file__).resolve().parent / "results"


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long chaos lasts (60)")
    parser.add_argument("--short", action="store_true", help="the short form of the experiments")
    choices = (CHAOS, *EXPERIMENTS)
    parser.add_argument("--only", action="append", choices=choices, metavar="NAME", help=", ".join(choices))
    parser.add_argument(
        "--setup", choices=SETUPS, default=STANDARD, help="how the server is set up for chaos (standard)"
    )
    parser.add_argument("--seed", type=int, default=20261123, help="decides what each client does (20261123)")
    parser.add_argument("--guests", type=int, default=12, help="clients that behave (12)")
    parser.add_argument("--vandals", type=int, default=12, help="clients that do not (12)")
    parser.add_argument("--python", default=sys.executable, help="the Python that runs the server")
    parser.add_argument("--name", help="name of the result (the version of that Python, and the setup)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the result")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    # As Ctrl+C: what was started is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    options = read_options(arguments)
    wanted = options.only or [*EXPERIMENTS, CHAOS]
    faults: list[Outcome] = []
    kept: list[Outcome] = []
    chaos = None
    with tempfile.TemporaryDirectory(prefix="spindle-soak.", ignore_cleanup_errors=True) as folder:
        for name in (name for name in EXPERIMENTS if name in wanted):
            work = Path(folder, name)
            work.mkdir()
            faults.append(attempt(EXPERIMENTS[name], Lab(options.python, work, is_short=options.short)))
            print(faults[-1].line, flush=True)
            if faults[-1].fault:
                break
        if CHAOS in wanted and not any(each.fault for each in faults):
            print(f"{options.minutes:g} minutes of chaos, seed {options.seed}", flush=True)
            work = Path(folder, CHAOS)
            work.mkdir()
            chaos = chaos_run.run(options, work)
            for promise in PROMISES:
                kept.append(Outcome(promise.name, promise.how, *promise.judge(chaos)))
                print(kept[-1].line, flush=True)
    name = options.name or python_version(options.python)
    if options.setup != STANDARD and not options.name:
        name += f"-{options.setup}"
    for file in report.write(name, options, chaos, kept, faults):
        print(f"wrote {file}")
    return int(any(each.fault for each in (*faults, *kept)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
