"""``--add-user`` and ``--remove-user``: who may come, changed from the command line.

A password is asked for, or read from standard input, and never an argument: those are seen by whoever lists
the processes, and kept by shells.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from server_core.passwords import check_password
from server_core.users import add_user, check_name, remove_user


def add(file: str, name: str) -> str:
    """Ask for a password and let ``name`` come with it; what was done. Raises ValueError with a sentence."""
    check_name(name)
    is_new = add_user(_path(file), name, _ask_password(name))
    return "The user may come now." if is_new else "The user has a new password now."


def remove(file: str, name: str) -> str:
    """Let ``name`` come no more; what was done. Raises ValueError with a sentence."""
    remove_user(_path(file), name)
    return "The user may come no more."


def _path(file: str) -> Path:
    if not file.strip() or "\0" in file:
        raise ValueError("Name the file that the users are kept in (--users FILE).")
    return Path(file).expanduser().absolute()


def _ask_password(name: str) -> str:
    """Twice from a terminal, where a slip of the finger is not seen; else one line of standard input."""
    if sys.stdin is None:
        raise ValueError("There is no terminal to ask for the password: run this in one.")
    if not sys.stdin.isatty():
        line = sys.stdin.buffer.readline()
        try:
            return line.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise ValueError("The password on standard input is not UTF-8: send it as UTF-8.") from None
    import getpass  # no start that serves needs it

    # Ctrl+C, which else ends this program at once, would leave the terminal without an echo.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        password = getpass.getpass(f"Password for {name}: ")
        check_password(password)
        again = getpass.getpass("The same again: ")
    except (EOFError, KeyboardInterrupt):
        raise ValueError("No password was typed: nothing has changed.") from None
    if password != again:
        raise ValueError("The two passwords differ: nothing has changed.")
    return password
