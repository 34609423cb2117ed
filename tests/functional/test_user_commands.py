"""``--add-user`` and ``--remove-user``, from a terminal and from a script."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from server_core.users import add_user, list_users, read_users
from tests.functional.live import PATIENCE_S
from tests.functional.process import CHECKOUT, COMMAND, run

if TYPE_CHECKING:
    from pathlib import Path

SECRET, OTHER = "correct horse", "battery \u5f20"

# Ctrl+C reaches those whose session the terminal belongs to.
OWN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def piped(octets: bytes, *arguments: str) -> tuple[int, bytes, bytes]:
    """Exit status and what was said to who sends ``octets`` on standard input."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=octets,
        capture_output=True,
        timeout=PATIENCE_S,
        cwd=CHECKOUT,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\nnot read\n"])
def test_a_password_is_read_from_standard_input(tmp_path: Path, end):
    file = tmp_path / "users"
    status, out, err = piped(OTHER.encode() + end, "--users", str(file), "--add-user", "ann")
    assert (status, out.split(b"\r")[0].strip(), err) == (0, b"The user may come now.", b"")
    assert read_users(file).verify("ann", OTHER)


def test_a_user_gets_another_password_and_goes(tmp_path: Path):
    file = tmp_path / "users"
    add_user(file, "ann", SECRET)
    status, out, _ = piped(OTHER.encode(), "--users", str(file), "--add-user", "ann")
    assert (status, out.strip()) == (0, b"The user has a new password now.")
    assert read_users(file).verify("ann", OTHER)
    done = run("--remove-user", "ann", "--users", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, "The user may come no more.\n", "")
    assert list_users(file) == ()


def test_the_file_may_be_named_in_the_config_file(tmp_path: Path):
    file, config = tmp_path / "users", tmp_path / "spindle.ini"
    config.write_text(f"[server]\nusers = {file}\n", "utf-8")
    assert piped(SECRET.encode(), "--config", str(config), "--add-user", "ann")[0] == 0
    assert list_users(file) == ("ann",)


@pytest.mark.parametrize(
    ("octets", "said"), [(b"", b"at least 8"), (b"short\n", b"at least 8"), (b"\xff" * 9, b"is not UTF-8")]
)
def test_a_password_that_will_not_do_changes_nothing(tmp_path: Path, octets, said):
    file = tmp_path / "users"
    status, out, err = piped(octets, "--users", str(file), "--add-user", "ann")
    assert (status, out) == (2, b"")
    assert said in err
    assert err.count(b"\n") == 1
    assert not file.exists()


def test_a_users_file_that_is_served_is_refused(site: Path):
    add_user(site / "users.txt", "ann", SECRET)
    done = run("0", "--root", str(site), "--users", str(site / "users.txt"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is in the folder that is served: move it" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of the test's own is a POSIX one")
@pytest.mark.parametrize(
    ("typed", "said", "users"),
    [
        ((SECRET, SECRET), b"The user may come now.", ("ann",)),
        ((SECRET, OTHER), b"The two passwords differ: nothing has changed.", ()),
        (("short",), b"at least 8", ()),
        (("\x04",), b"No password was typed", ()),
        (("\x03",), b"No password was typed", ()),
    ],
)
def test_a_terminal_is_asked_twice_and_shows_nothing(tmp_path: Path, typed, said, users):
    import pty
    import termios

    file = tmp_path / "users"
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", OWN_TERMINAL, *COMMAND, "--users", str(file), "--add-user", "ann"],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=CHECKOUT, start_new_session=True,
        )  # fmt: skip
        shown = b""
        for prompt, line in zip((b"Password for ann: ", b"The same again: "), typed, strict=False):
            while not shown.endswith(prompt):
                shown += os.read(ours, 1000)
            os.write(ours, line.encode() + (b"" if line in "\x03\x04" else b"\n"))
        assert process.wait(PATIENCE_S) == (0 if users else 2)
        while said not in shown:
            shown += os.read(ours, 1000)
        assert termios.tcgetattr(theirs)[3] & termios.ECHO, "the terminal was left without an echo"
    finally:
        os.close(ours)
        os.close(theirs)
    assert SECRET.encode() not in shown
    assert list_users(file) == users
