"""The outcome as lines on the console, and as a page with a picture."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.report import machine, python_version
from soak.chart import chart
from soak.gauges import thinned
from soak.setups import SETUPS

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from soak.chaos import Chaos

RAW_POINTS = 360


class Outcome(NamedTuple):
    """One promise and how it was kept."""

    promise: str
    how: str
    figure: str
    """Where it was not tried, the reason."""
    fault: str = ""
    tried: bool = True

    @property
    def word(self) -> str:
        return "FAIL" if self.fault else "PASS" if self.tried else "SKIP"

    @property
    def line(self) -> str:
        return f"{self.word} {self.promise}: {self.figure}" + (f" - {self.fault}" if self.fault else "")


def table(outcomes: list[Outcome]) -> str:
    """Markdown."""
    lines = ["| promise | how it was tried | what came of it | |", "|---|---|---|---|"]
    for each in outcomes:
        cells = (each.promise, each.how, each.figure + (f"; {each.fault}" if each.fault else ""), each.word)
        lines.append(f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |")
    return "\n".join(lines)


def _crowd_sentence(chaos: Chaos, options: argparse.Namespace) -> str:
    asked = sum(chaos.tally.asked.values())
    return (
        f"Seed {options.seed}: {options.guests} clients that behave and {options.vandals} that do not began "
        f"{asked:,} requests on {chaos.tally.connections:,} connections; server and clients shared a machine."
    )


def rows_table(chaos: Chaos) -> str:
    """How often each row of the crowd's tables was played."""
    rows = chaos.tally.rows.most_common()
    return "\n".join(("| row | times |", "|---|---:|", *(f"| {name} | {count:,} |" for name, count in rows)))


def reasons_table(chaos: Chaos) -> str:
    rows = chaos.audit.reasons.most_common()
    return "\n".join(
        ("| reason | records |", "|---|---:|", *(f"| {name} | {count:,} |" for name, count in rows))
    )


def write(
    name: str, options: argparse.Namespace, chaos: Chaos | None, kept: list[Outcome], faults: list[Outcome]
) -> list[Path]:
    """Write ``NAME.md`` and, where there was chaos, ``.svg`` and ``.json``; the files written."""
    setup = SETUPS[options.setup].sentence
    day, python = f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d}", python_version(options.python)
    head = (
        f"Tried on {day} on {machine()}; {python} runs the server with ten workers and {setup}. "
        "`python dev.py soak` makes this page."
    )
    parts = [f"# {name}", head]
    texts: dict[str, str] = {}
    if chaos is not None:
        minutes = max((each.at_s for each in chaos.samples), default=0.0) / 60
        parts += [
            f"## {minutes:.0f} minutes of chaos",
            _crowd_sentence(chaos, options),
            table(kept),
            f"![Readings over time]({name}.svg)",
            "### What the clients did",
            rows_table(chaos),
            "### What the server said of what it refused",
            reasons_table(chaos),
        ]
        texts["svg"] = chart(chaos.samples)
        texts["json"] = json.dumps(
            {
                "readings": [each._asdict() for each in thinned(chaos.samples, RAW_POINTS)],
                "quiet": [each._asdict() for each in chaos.quiet],
            },
            indent=0,
        )
    if faults:
        parts += ["## Faults put in from outside", table(faults)]
    texts["md"] = "\n\n".join(parts)
    options.results.mkdir(parents=True, exist_ok=True)
    files = []
    for suffix, text in texts.items():
        file = options.results / f"{name}.{suffix}"
        file.write_text(text.rstrip() + "\n", "utf-8")
        files.append(file)
    return files
