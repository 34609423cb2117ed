#!/usr/bin/env python3
"""Bring the translations in gui/languages up to date with the texts in the code, and compile them.

    python tools/translate.py

Each spindle_LANGUAGE.ts gets the new texts and loses those that are gone; what lacks a translation is listed,
and the exit status is 1. Qt Linguist (pyside6-linguist) edits the files; a text editor does too.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import PySide6

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ROOT / "gui" / "languages"


def unfinished(source: Path) -> list[str]:
    """Context and text of what has no translation."""
    found = []
    for context in ET.parse(source).getroot().iter("context"):  # noqa: S314 - our own file
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None or not translation.text or translation.get("type"):
                found.append(f"{context.findtext('name')}: {message.findtext('source')}")
    return found


def tool(name: str) -> str:
    """A program that PySide6 brings along."""
    return str(Path(PySide6.__file__).with_name(name))


def update(source: Path) -> None:
    """Take over the texts of the code as they are now. Raises CalledProcessError."""
    files = sorted(str(file) for file in (ROOT / "gui").glob("*.py"))
    options = ["-source-language", "en", "-locations", "none", "-no-obsolete"]
    subprocess.run(
        [tool("lupdate"), *files, "-ts", str(source), *options], check=True, stdout=subprocess.DEVNULL
    )


def compile_to(source: Path, target: Path) -> None:
    """Make the file that the program loads. Raises CalledProcessError."""
    subprocess.run([tool("lrelease"), "-silent", str(source), "-qm", str(target)], check=True)


def main() -> int:
    lacking = []
    for source in sorted(LANGUAGES.glob("*.ts")):
        update(source)
        compile_to(source, source.with_suffix(".qm"))
        lacking += [f"{source.name}: {each}" for each in unfinished(source)]
    print(*lacking, sep="\n", end="\n" if lacking else "")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
