"""The results as a line, a table in Markdown, a chart in SVG and the raw figures in JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
import subprocess
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.cases import CASES
from benchmarks.load import Figures
from benchmarks.servers import SERVERS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from benchmarks.cases import Case

    Rows = Mapping[str, Mapping[str, list[Figures]]]

RESULTS = Path(__file__).resolve().parent / "results"
BASE = "nginx"
CHARTED = ("keep-alive-10", "keep-alive-100", "close")
BAR_PX, GAP_PX, LABEL_PX, WIDTH_PX = 18, 6, 130, 720
COLOURS = {"spindle": "#2f7de1", "spindle, no log": "#8ab8f0"}
OTHERS_COLOUR = "#9aa3ad"


def middle(rounds: list[Figures]) -> Figures:
    """The medians of some rounds; of what failed, the most."""
    return Figures(
        median(each.per_s for each in rounds),
        median(each.p50_ms for each in rounds),
        median(each.p99_ms for each in rounds),
        max(each.failed for each in rounds),
    )


def ratio(row: Mapping[str, list[Figures]], name: str, base: str = BASE) -> float | None:
    """How many times as many requests as ``base``: the median over the rounds of the ratio within each."""
    if base not in row or name not in row:
        return None
    return median(ours.per_s / theirs.per_s for ours, theirs in zip(row[name], row[base], strict=True))


def line(case: Case, row: Mapping[str, list[Figures]]) -> str:
    parts = []
    for name, rounds in row.items():
        figures = middle(rounds)
        relative = ratio(row, name)
        times = "" if relative is None or name == BASE else f" = {relative:.2f}x"
        failed = f", {figures.failed} FAILED" if figures.failed else ""
        parts.append(f"{name} {figures.per_s:,.0f}/s{times} p99 {figures.p99_ms:.2f} ms{failed}")
    return f"{case.title}: " + "; ".join(parts)


def python_version(python: str) -> str:
    command = [python, "-c", "import platform; print(platform.python_version())"]
    return "cpython-" + subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def machine() -> str:
    """What it was measured on, in a sentence."""
    model = "a processor of unknown name"
    info = Path("/proc/cpuinfo")
    if info.exists() and (match := re.search(r"model name\s*:\s*(.+)", info.read_text("utf-8"))):
        model = match[1]
    return f"{os.cpu_count()} cores of {model}, {platform.system()} {platform.release()}"


def versions(names: set[str]) -> str:
    found = []
    for name in SERVERS:
        command = SERVERS[name].version
        if name in names and command:
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            match = re.search(r"v?(\d+(?:\.\d+)+)", result.stdout + result.stderr)
            found.append(f"{command[0]} {match[1] if match else ''}".strip())
    return ", ".join(found)


def table(rows: Rows) -> str:
    """Markdown: a line for each case and server."""
    lines = [
        "| case | server | requests/s | x nginx | goal | median ms | p99 ms | failed |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for key, row in rows.items():
        for name, rounds in row.items():
            figures, relative = middle(rounds), ratio(row, name)
            goal = CASES[key].goal if name == "spindle" else None
            times = "" if relative is None else f"{relative:.2f}"
            cells = (
                CASES[key].title, name, f"{figures.per_s:,.0f}", times, "" if goal is None else f"{goal:g}",
                f"{figures.p50_ms:.2f}", f"{figures.p99_ms:.2f}", str(figures.failed),
            )  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def notes(rows: Rows) -> list[str]:
    """What the table does not say."""
    said = []
    for key, row in rows.items():
        for name, kib in getattr(row, "memory_kib", {}).items():
            if key.startswith("idle"):
                said.append(f"{CASES[key].title}: each costs {name} {kib:.1f} KiB of memory.")
    quiet, window = rows.get("keep-alive-10"), rows.get("window")
    for key in ("idle-1000", "idle-5000"):
        if quiet and key in rows and "spindle" in quiet and "spindle" in rows[key]:
            share = middle(rows[key]["spindle"]).per_s / middle(quiet["spindle"]).per_s
            said.append(f"{CASES[key].title}: Spindle answers {share:.2f} times what it does without them.")
    if window and (share_of := ratio(window, "spindle, window", "spindle")) is not None:
        said.append(f"With the window open, Spindle answers {share_of:.2f} times what it does without.")
    if quiet and (times := ratio(quiet, "spindle", "cheroot")) is not None:
        said.append(f"On 1 KB, Spindle answers {times:.1f} times what cheroot does.")
    return said


def chart(rows: Rows) -> str:
    """SVG: requests a second of every server, one block of bars for each case of many servers."""
    blocks: list[str] = []
    top = 0
    for key in (key for key in CHARTED if key in rows):
        rates = {name: middle(rounds).per_s for name, rounds in rows[key].items()}
        most = max(rates.values())
        top += 26
        blocks.append(f'<text x="0" y="{top - 8}" class="title">{CASES[key].title}, requests/s</text>')
        for name, rate in sorted(rates.items(), key=lambda pair: -pair[1]):
            width = max(1, round(rate / most * (WIDTH_PX - LABEL_PX - 80)))
            middle_y = top + BAR_PX - 5
            blocks.append(
                f'<text x="{LABEL_PX - 8}" y="{middle_y}" class="name">{name}</text>'
                f'<rect x="{LABEL_PX}" y="{top}" width="{width}" height="{BAR_PX}" rx="3"'
                f' fill="{COLOURS.get(name, OTHERS_COLOUR)}"/>'
                f'<text x="{LABEL_PX + width + 6}" y="{middle_y}">{rate:,.0f}</text>'
            )
            top += BAR_PX + GAP_PX
        top += 10
    style = (
        "text{font:12px system-ui,sans-serif;fill:#1b1f24}.title{font-weight:600}.name{text-anchor:end}"
        "@media(prefers-color-scheme:dark){text{fill:#e6e9ed}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {top}" width="{WIDTH_PX}" '
        f'height="{top}" role="img" aria-label="Requests per second of several servers">'
        f"<style>{style}</style>{''.join(blocks)}</svg>\n"
    )


def write(name: str, rows: Rows, options: argparse.Namespace) -> list[Path]:
    """Write ``NAME.md``, ``.svg`` and ``.json``; the files written."""
    RESULTS.mkdir(exist_ok=True)
    names = {name for row in rows.values() for name in row}
    head = (
        f"Measured on {dt.datetime.now(dt.timezone.utc):%Y-%m-%d} on {machine()}; "
        f"{name} for Spindle; {versions(names)}. wrk with one thread on the same machine, "
        f"{options.rounds} interleaved rounds of {options.seconds} s, medians. Spindle has ten workers and "
        "writes a log file; nginx has one worker and writes none."
    )
    texts = {
        "md": "\n\n".join((f"# {name}", head, table(rows), "\n".join(f"- {note}" for note in notes(rows)))),
        "svg": chart(rows),
        "json": json.dumps({key: {n: row[n] for n in row} for key, row in rows.items()}, indent=1),
    }
    files = []
    for suffix, text in texts.items():
        file = RESULTS / f"{name}.{suffix}"
        file.write_text(text.rstrip() + "\n", "utf-8")
        files.append(file)
    return files
