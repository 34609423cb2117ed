"""``server.py`` as a process of its own: with a console, without one, and how it ends."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server_core.ports import free_port
from tests.functional.live import until
from tests.systems import CREATE_NO_WINDOW, DETACHED_PROCESS, IS_WINE, WINDOWS

TOP = Path(__file__).parents[2]


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def process():
    started: list[subprocess.Popen] = []

    def start(*command: str, **options) -> subprocess.Popen:
        started.append(subprocess.Popen(command, cwd=TOP, **options))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


WITHOUT_CONSOLE = """
import pathlib, sys
pathlib.Path(sys.argv[1]).write_text(repr((sys.stdin, sys.stdout, sys.stderr)))
from server_core.command_line import main
sys.exit(main("server.py", sys.argv[2:]))
"""


@WINDOWS
def test_without_a_console_nothing_breaks(process, site, tmp_path):
    port, log, streams = free_port("127.0.0.1"), tmp_path / "log.txt", tmp_path / "streams"
    program = str(Path(sys.executable).with_name("pythonw.exe"))
    arguments = (str(streams), str(port), "--root", str(site), "--log-file", str(log))
    started = process(program, "-c", WITHOUT_CONSOLE, *arguments, creationflags=DETACHED_PROCESS)
    until(lambda: answers(port) or started.poll() is not None)
    assert started.poll() is None
    assert streams.read_text("utf-8") == "(None, None, None)"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/upload", b"{}", {"Content-Type": "application/json"})
    assert connection.getresponse().status == 201
    connection.close()
    until(lambda: '"POST /upload HTTP/1.1" 201' in log.read_text("utf-8"))


@WINDOWS
def test_wrong_arguments_without_a_console_end_quietly_with_2(process, tmp_path):
    program = str(Path(sys.executable).with_name("pythonw.exe"))
    arguments = (str(tmp_path / "streams"), "99999")
    started = process(program, "-c", WITHOUT_CONSOLE, *arguments, creationflags=DETACHED_PROCESS)
    assert started.wait(20) == 2


# Runs in a console of its own without a window, so that the event reaches nobody else.
IN_A_CONSOLE = """
import ctypes, json, pathlib, signal, subprocess, sys
event, result, *command = sys.argv[1:]
flags = subprocess.CREATE_NEW_PROCESS_GROUP if event == "CTRL_BREAK_EVENT" else 0
server = subprocess.Popen(
    command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, creationflags=flags
)
first = server.stdout.readline()
if event == "CTRL_BREAK_EVENT":
    server.send_signal(signal.CTRL_BREAK_EVENT)
else:
    ctypes.windll.kernel32.SetConsoleCtrlHandler(None, True)  # the whole group gets it: not this process
    ctypes.windll.kernel32.GenerateConsoleCtrlEvent(0, 0)
output, _ = server.communicate(timeout=30)
pathlib.Path(result).write_text(json.dumps([first, output, server.returncode]))
"""


@WINDOWS
@pytest.mark.parametrize("event", ["CTRL_C_EVENT", "CTRL_BREAK_EVENT"])
def test_ctrl_c_and_ctrl_break_stop_gracefully(process, site, tmp_path, event):
    if event == "CTRL_BREAK_EVENT" and IS_WINE:
        pytest.skip("Wine's C runtime hands on Ctrl+C alone")
    result = tmp_path / "result.json"
    server = (sys.executable, str(TOP / "server.py"), "0", "--root", str(site))
    command = (sys.executable, "-c", IN_A_CONSOLE, event, str(result), *server)
    outer = process(*command, creationflags=CREATE_NO_WINDOW)
    assert outer.wait(40) == 0
    first, output, status = json.loads(result.read_text("utf-8"))
    assert first.startswith("Listening on http://127.0.0.1:")
    assert "stopped; 0 requests in flight were cut" in output
    assert "Traceback" not in output
    assert status == 0


def test_what_a_killed_process_was_saving_is_never_half_there(process, site):
    """TerminateProcess, or SIGKILL, in the middle of uploads: every file with a final name is whole."""
    port = free_port("127.0.0.1")
    command = (sys.executable, str(TOP / "server.py"), str(port), "--root", str(site), "--quiet")
    server = process(*command, stdout=subprocess.PIPE)
    assert server.stdout.readline().startswith(b"Listening on ")
    body = json.dumps({"text": "x" * 200_000}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    end_s = time.monotonic() + 1.0
    saved = 0
    while time.monotonic() < end_s and saved < 80:
        connection.request("POST", "/upload", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201
        saved += 1
    connection.request("POST", "/upload", body, {"Content-Type": "application/json"})
    server.kill()
    server.wait(20)
    connection.close()
    files = list((site / "uploads").glob("upload_*.json"))
    assert saved <= len(files) <= saved + 1
    assert all(file.read_bytes() == body for file in files)
