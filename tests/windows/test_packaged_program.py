"""Spindle.exe as people meet it: in a folder of any name that nobody may write to, started without a console."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server_core.places import SITE_FOLDER, documents_folder
from server_core.ports import free_port
from tests.functional.live import until
from tests.systems import DETACHED_PROCESS
from tools.desktop import close, windows_of

TOP = Path(__file__).parents[2]
PACKAGE = TOP / "dist" / "Spindle"
START_WITHIN_S = 60.0

pytestmark = [
    pytest.mark.frozen,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "win32", reason="what Windows does"),
    pytest.mark.skipif(
        not (PACKAGE / "Spindle.exe").exists(), reason="not built: python dev.py build makes it"
    ),
]


def listing(folder: Path) -> dict[str, int]:
    return {
        str(file.relative_to(folder)): file.stat().st_size for file in folder.rglob("*") if file.is_file()
    }


def make_read_only(folder: Path, *, read_only: bool = True) -> None:
    for file in folder.rglob("*"):
        file.chmod(stat.S_IREAD if read_only else stat.S_IREAD | stat.S_IWRITE)


@pytest.fixture
def program(tmp_path):
    folder = tmp_path / "Programme für Zoë 程序" / "Spindle"
    shutil.copytree(PACKAGE, folder)
    make_read_only(folder)
    yield folder
    make_read_only(folder, read_only=False)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "Zoë Ünal"
    folder.mkdir()
    return folder


@pytest.fixture
def start(home):
    """A program without a console and with settings of its own; killed at the end. ``line`` is for a command
    that somebody else has written.
    """
    started: list[subprocess.Popen] = []

    def run(program: Path, *arguments: object, line: str = "") -> subprocess.Popen:
        folders = {"APPDATA": str(home / "Roaming"), "LOCALAPPDATA": str(home / "Local")}
        command = line or [str(program), *map(str, arguments)]
        process = subprocess.Popen(
            command, cwd=home, env={**os.environ, **folders}, creationflags=DETACHED_PROCESS
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait(20)


@pytest.fixture
def documents():
    """The person's real Documents, where there is no site yet."""
    site = documents_folder() / SITE_FOLDER
    if site.exists():
        pytest.skip(f"{site} is somebody's")
    yield site
    shutil.rmtree(site, ignore_errors=True)


def ask(port: int, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("name", ["Spindle.exe", "spindle-server.exe"])
def test_the_first_start_copies_the_sample_site_to_the_documents_and_serves_that(
    program, start, documents, home, name
):
    port = free_port("127.0.0.1")
    before = listing(program)
    arguments = ("--start", "--port", port) if name == "Spindle.exe" else (port,)
    process = start(program / name, *arguments)
    until(lambda: answers(port) or process.poll() is not None, START_WITHIN_S)
    assert ask(port, "GET", "/")[1] == (PACKAGE / "_internal" / "resources" / "index.html").read_bytes()
    status, body = ask(port, "POST", "/upload", b'{"from": "a test"}')
    assert status == 201
    saved = documents / json.loads(body)["filepath"].lstrip("/")
    assert saved.read_bytes() == b'{"from": "a test"}'
    assert listing(program) == before
    if name == "Spindle.exe":
        settings = home / "Roaming" / "Spindle" / "spindle.ini"
        until(settings.exists)
        assert SITE_FOLDER in settings.read_text("utf-8")
        assert (home / "Local" / "Spindle" / "crash.log").exists()


def test_a_window_comes_and_goes(program, start, home):
    """With a folder of its own, so that nothing is copied."""
    process = start(program / "Spindle.exe", "--root", home)
    until(lambda: windows_of(process.pid) or process.poll() is not None, START_WITHIN_S)
    (window,) = windows_of(process.pid)
    assert "Spindle" in window.title
    close(window)
    assert process.wait(60) == 0


def test_a_marker_beside_the_program_keeps_all_of_it_there(program, start, home, documents):
    make_read_only(program, read_only=False)
    (program / "spindle-portable").touch()
    port = free_port("127.0.0.1")
    process = start(program / "Spindle.exe", "--start", "--port", port)
    until(lambda: answers(port) or process.poll() is not None, START_WITHIN_S)
    assert (program / "data" / "spindle.ini").exists()
    assert (program / SITE_FOLDER / "index.html").exists()
    assert list(home.iterdir()) == []
    assert not documents.exists()


def test_a_fault_before_the_window_ends_in_a_dialog_and_a_log(program, start, home):
    broken = program / "_internal" / "PySide6" / "QtWidgets.pyd"
    make_read_only(program, read_only=False)
    broken.unlink()
    process = start(program / "Spindle.exe")
    until(lambda: windows_of(process.pid) or process.poll() is not None, START_WITHIN_S)
    (window,) = windows_of(process.pid)
    text = " ".join(window.texts)
    assert "QtWidgets" in text
    assert "crash.log" in text
    assert "Ctrl+C" in text
    close(window)
    assert process.wait(60) == 1
    log = (home / "Local" / "Spindle" / "crash.log").read_text("utf-8")
    assert "Traceback" in log
    assert "QtWidgets" in log


def test_wrong_arguments_are_said_in_a_dialog(program, start):
    process = start(program / "Spindle.exe", "--port", "99999")
    until(lambda: windows_of(process.pid) or process.poll() is not None, START_WITHIN_S)
    (window,) = windows_of(process.pid)
    assert "65535" in " ".join(window.texts)
    close(window)
    assert process.wait(60) == 2
