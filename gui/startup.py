"""What must happen before Qt is loaded: streams, crash reports, the options, and who Windows takes us for."""

from __future__ import annotations

import multiprocessing
import os
import sys

from gui import crash, paths
from gui.options import UsageError, parse

APP_ID = "Spindle.Launcher"
EXIT_FAULT, EXIT_USAGE = 1, 2

# At the default of 5 ms a saturated server held the window's heartbeat back to 76 ms, at 1 ms to 16 ms.
SWITCH_INTERVAL_S = 0.001


def main(arguments: list[str]) -> int:
    """Run the program; the exit code: 0 closed, 1 a fault or a failed self-test, 2 wrong arguments."""
    multiprocessing.freeze_support()  # what makes load is this program again, in a process of its own
    has_stderr = sys.stderr is not None
    guard_streams()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        options = parse(arguments)
    except UsageError as error:
        print(f"spindle: {error}", file=sys.stderr)
        if not has_stderr:
            show_plain_message(str(error))
        return EXIT_USAGE
    log = paths.log_folder() / "crash.log"
    crash.install(log)
    name_program_to_windows()
    try:
        from gui import app  # Qt is loaded here and not before

        return app.run(options)
    except Exception as error:
        crash.report(type(error), error, error.__traceback__)
        if not options.self_test:
            show_plain_message(
                f"Spindle has to end: {error}\n\nInstall it again if this comes again. "
                f"The whole report is in {log}.\nCtrl+C copies this text."
            )
        return EXIT_FAULT


def guard_streams() -> None:
    """Give a windowed program, whose streams are None, some that swallow what is printed."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the program ends
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - the same


def name_program_to_windows() -> None:
    """Set the task bar's identity before the first window; without it windows group under python.exe."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)


def show_plain_message(text: str) -> None:
    """A message box of the system, for a program that has neither a console nor Qt yet."""
    if sys.platform == "win32":
        import ctypes

        icon_error = 0x10
        ctypes.windll.user32.MessageBoxW(None, text, "Spindle", icon_error)
