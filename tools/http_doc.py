#!/usr/bin/env python3
"""Write the tables of docs/HTTP.md from the tables of the program, so that the two can't disagree.

python tools/http_doc.py          rewrites what stands between the markers
python tools/http_doc.py --check  exit status 1 if that would change anything
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "HTTP.md"
sys.path.insert(0, str(ROOT))

from server_core import (  # noqa: E402 - found through the line above
    archive,
    client_rate,
    cors,
    door,
    freshness,
    grammar,
    guesses,
    json_text,
    limits,
    listing,
    mime,
    password_guard,
    passwords,
    received,
    uploads,
    watch,
)
from server_core.config import SETTINGS, Config  # noqa: E402
from server_core.refusals import REFUSALS  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

# The settings that bound what a client may take; the others say what is served, and where.
LIMITING = (
    "max-body", "max-file", "min-free", "keep-alive-timeout", "max-requests", "max-connections", "queue-size",
    "max-client-connections", "max-client-rate",
)  # fmt: skip
LIMITS_IN = (
    grammar, limits, json_text, uploads, received, listing, archive, cors, freshness, passwords, guesses,
    password_guard, watch, client_rate, door,
)  # fmt: skip
# Names of units, by the end of the name; the longest that fits counts.
UNITS = {
    "_BYTES_PER_S": "bytes/s",
    "_BYTES_PER_TIMEOUT": "bytes",
    "_BYTES": "bytes",
    "_S": "s",
    "_DIGITS": "digits",
    "_CHARACTERS": "characters",
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; a bar within a cell is escaped."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def amount(name: str, value: float) -> str:
    """The value of a constant or setting with the unit that its name ends in: ``8 KiB``, ``30 s``."""
    unit = next((unit for end, unit in UNITS.items() if name.upper().endswith(end)), "")
    if "bytes" in unit:
        for prefix, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
            if value >= size and value % size == 0:
                value, unit = value // size, unit.replace("bytes", prefix)
                break
    return f"{value:,g} {unit}".strip() if value < 1_000_000 else f"{value:,.0f} {unit}".strip()


def refusals() -> str:
    """A section for each group of REFUSALS: the comment above a group is its heading."""
    head = ("status", "reason", "what the client is told", "connection", "log", "source")
    return "\n\n".join(
        f"### {title}\n\n{text}{table(head, map(refusal, codes))}" for title, text, codes in groups()
    )


def refusal(code: str) -> tuple[str, ...]:
    reason = REFUSALS[code]
    sentence = reason.sentence if reason.sentence.endswith((".", "|")) else f"{reason.sentence} …"
    then, log = "closes" if reason.closes else "stays open", "security" if reason.security else "request"
    return str(reason.status), f"`{code}`", sentence, then, log, reason.source


def groups() -> list[tuple[str, str, list[str]]]:
    """The groups of REFUSALS: title, what else the comment says, and the codes."""
    found: list[tuple[str, str, list[str]]] = []
    for line in (ROOT / "server_core" / "refusals.py").read_text("utf-8").splitlines():
        if comment := re.fullmatch(r"    # ([^.:]+)[.:]?(?: (.*))?", line):
            text = comment[2] or ""
            found.append((comment[1], f"{text[:1].upper()}{text[1:]}\n\n" if text else "", []))
        elif row := re.match(r'    "([a-z-]+)": Reason\(', line):
            found[-1][2].append(row[1])
    return found


def bounds() -> str:
    return table(
        ("limit", "what it bounds, and why", "name in the code"),
        (
            (
                ", ".join(dict.fromkeys(amount(name, getattr(module, name)) for name in names)),
                reason,
                ", ".join(f"`{name}`" for name in names),
            )
            for module in LIMITS_IN
            for names, reason in numbers(module)
        ),
    )


def numbers(module: ModuleType) -> Iterator[tuple[list[str], str]]:
    """The numbers that a module defines, those under one comment together, and what that comment says."""
    assert module.__file__ is not None
    source = Path(module.__file__).read_text("utf-8")
    lines = source.splitlines()
    names: list[str] = []
    reason, ends_at = "", 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign):
            continue
        if node.lineno - 1 != ends_at:  # not directly below another: a comment of its own, or none
            if names:
                yield names, reason
            names, reason = [], comment_above(lines, node.lineno - 1)
        ends_at = node.end_lineno or node.lineno
        names += [
            target.id
            for target in node.targets
            if isinstance(target, ast.Name)
            and reason
            and not target.id.startswith("_")
            and isinstance(getattr(module, target.id), (int, float))
        ]
    if names:
        yield names, reason


def comment_above(lines: list[str], at: int) -> str:
    words: list[str] = []
    while at > 0 and lines[at - 1].startswith("# "):
        at -= 1
        words.insert(0, lines[at].removeprefix("# "))
    return " ".join(words)


def settings() -> str:
    default = Config()
    rows = [
        (f"`--{setting.option}`", amount(setting.name, getattr(default, setting.name)), setting.help)
        for setting in SETTINGS
        if setting.option in LIMITING
    ]
    return table(("setting", "default", "what it bounds"), rows)


def types() -> str:
    rows = [
        (f"`{extension}`", f"`{kind.media_type}`", "saved under its name" if kind.saved else "shown")
        for extension, kind in mime.STANDARD_KINDS.items()
    ]
    return table(("extension", "Content-Type", "in a browser"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "types": types,
    "limits": bounds,
    "settings": settings,
    "refusals": refusals,
}


def filled(document: str) -> str:
    """``document`` with each part between its markers. Raises ValueError where one is missing."""
    for name, write in PARTS.items():
        begin, end = f"<!-- {name}: written by tools/http_doc.py -->", f"<!-- end of {name} -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if len(pattern.findall(document)) != 1:
            raise ValueError(f"docs/HTTP.md needs the markers of {name} once: {begin} and {end}")
        text = f"{begin}\n\n{write()}\n\n{end}"
        document = document.replace(pattern.findall(document)[0], text)
    return document


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description="Write the tables of docs/HTTP.md from those of the program."
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 where it would")
    options = parser.parse_args(arguments)
    before = DOCUMENT.read_text("utf-8")
    after = filled(before)
    if options.check:
        if after != before:
            print("docs/HTTP.md is not up to date: run python tools/http_doc.py.", file=sys.stderr)
        return int(after != before)
    DOCUMENT.write_text(after, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
