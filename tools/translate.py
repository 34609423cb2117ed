#!/usr/bin/env python3
"""Bring the translations in gui/languages up to date with the texts in the code, and compile them.

    python tools/translate.py

Each spindle_LANGUAGE.ts gets the new texts and loses those that are gone; what lacks a translation is listed,
and the exit status is 1. Qt Linguist (pyside6-linguist) edits the files; a text editor does too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import PySide6

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gui.translation import SERVER_CONTEXT  # noqa: E402 - found through the line above
from server_core.refusals import REFUSALS  # noqa: E402

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


# What takes templates of what the server says: as how many of its first arguments.
SPEAKERS = {"Sentence": 1, "Mistake": 1, "number": 1, "seconds": 1, "choice": 1, "because": 2}


def server_texts() -> list[str]:
    """The templates of all that server_core says to people, and of what the window says in its way."""
    found = [reason.sentence for reason in REFUSALS.values()]
    for file in sorted([*(ROOT / "server_core").glob("*.py"), *(ROOT / "gui").glob("*.py")]):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKERS:
                first = node.args[: SPEAKERS[node.func.id]]
                values = [each.value for each in first if isinstance(each, ast.Constant)]
                found += [value for value in values if isinstance(value, str)]
    return list(dict.fromkeys(found))


def update(source: Path) -> None:
    """Take over the texts of the code as they are now. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        # server_core knows nothing of Qt: for Qt's tool its texts are written down in a way that it finds.
        server = Path(folder) / "server.py"
        lines = [f'QT_TRANSLATE_NOOP("{SERVER_CONTEXT}", {_literal(text)})\n' for text in server_texts()]
        server.write_text("".join(lines), "utf-8")
        _update(source, [*(ROOT / "gui").glob("*.py"), server])


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _update(source: Path, code: list[Path]) -> None:
    files = sorted(map(str, code))
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
