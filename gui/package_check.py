"""What only a packaged program can lack: files that the window reads late, and processes that it makes."""

from __future__ import annotations

import time

from PySide6.QtCore import QTranslator

from gui.checks import read_checks
from gui.load import Plan
from gui.load_dialog import LoadProcess
from gui.translation import LANGUAGES

LOAD_REQUESTS = 40
LOAD_WITHIN_S = 15.0

Result = tuple[str, bool, str]
"""Name, whether it is well, and what was found."""


def check_package(host: str, port: int) -> list[Result]:
    """Look at all of it, with a server that answers at ``port``. Any thread; takes a second."""
    return [_scripts(), _languages(), _load(host, port)]


def _scripts() -> Result:
    try:
        number = len(read_checks())
    except OSError as error:
        return ("checks of the scripts", False, str(error))
    return ("checks of the scripts", number > 0, f"{number} found")


def _languages() -> Result:
    files = sorted(LANGUAGES.glob("*.qm"))
    well = bool(files) and all(QTranslator().load(str(file)) for file in files)
    return ("languages", well, f"{[file.name for file in files]}")


def _load(host: str, port: int) -> Result:
    process = LoadProcess(Plan(host, port, "/", 4, LOAD_REQUESTS, keep_alive=True))
    until_s, last = time.monotonic() + LOAD_WITHIN_S, None
    while not process.is_over and time.monotonic() < until_s:
        last = process.latest() or last
        time.sleep(0.05)
    process.end()
    well = last is not None and last.statuses == {200: LOAD_REQUESTS}
    return ("load test", well, f"answers: {last.statuses if last else 'none'}")
