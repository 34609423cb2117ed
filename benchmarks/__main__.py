"""Measure, and write a table, a chart and the raw figures to ``benchmarks/results``.

Servers take turns within each round, so that what disturbs the machine disturbs all of them alike; the figure
of a server is the median of its rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import report
from benchmarks.cases import CASES, Case, make_site
from benchmarks.load import Figures, company, measure
from benchmarks.servers import SERVERS, Running, missing

# Spindle remembers no file that was changed less than 2 s ago.
SETTLE_S = 2.5
WARM_UP_S = 1


class Row(dict[str, list[Figures]]):
    """The rounds of one case by server."""

    memory_kib: dict[str, float]
    """For a case with other clients: what each of those cost the server."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each case (3)")
    parser.add_argument("--seconds", type=int, default=4, help="how long each measurement lasts (4)")
    parser.add_argument("--case", action="append", choices=CASES, help="only this case (repeatable)")
    parser.add_argument("--server", action="append", choices=SERVERS, help="only this server (repeatable)")
    parser.add_argument("--python", default=sys.executable, help="the Python that runs Spindle")
    parser.add_argument("--name", help="name of the result (the version of that Python)")
    options = parser.parse_args()
    absent = {name: lack for name in SERVERS if (lack := missing(name))}
    for name, lack in absent.items():
        print(f"{name} is left out: there is no {lack} here")
    wanted = [name for name in options.server or SERVERS if name not in absent]
    rows: dict[str, Row] = {}
    faults = 0
    with tempfile.TemporaryDirectory(prefix="spindle-bench.") as folder:
        work = Path(folder)
        work.chmod(0o755)  # nginx reads as nobody where root starts it
        make_site(work / "site")
        time.sleep(SETTLE_S)
        for key in options.case or CASES:
            servers = [name for name in CASES[key].servers if name in wanted]
            try:
                rows[key] = _run(CASES[key], servers, work, options)
            except RuntimeError as error:
                print(f"{CASES[key].title} is left out: {error}", flush=True)
                faults += 1
            else:
                print(report.line(CASES[key], rows[key]), flush=True)
    name = options.name or report.python_version(options.python)
    for file in report.write(name, rows, options):
        print(f"wrote {file}")
    faults += sum(figures.failed for row in rows.values() for each in row.values() for figures in each)
    return int(faults > 0)


def _run(case: Case, servers: list[str], work: Path, options: argparse.Namespace) -> Row:
    row = Row({name: [] for name in servers})
    row.memory_kib = {}
    with contextlib.ExitStack() as stack:
        running = {
            name: stack.enter_context(Running(name, work / "site", work, options.python)) for name in servers
        }
        for server in running.values():
            measure(case, server.port, WARM_UP_S, work)
        for _ in range(options.rounds):
            for name, server in running.items():
                before_kib = server.memory_kib()
                with company(case, server.port):
                    if case.beside is not None:
                        # From the second round on it lives in what the first left free.
                        cost_kib = (server.memory_kib() - before_kib) / case.beside[1]
                        row.memory_kib[name] = max(cost_kib, row.memory_kib.get(name, 0.0))
                    row[name].append(measure(case, server.port, options.seconds, work))
    return row


if __name__ == "__main__":
    sys.exit(main())
