"""The program as a process: what the packaged exe, a shortcut and a script meet."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

START_WITHIN_S = 20.0


if sys.platform == "win32":
    GROUP, END = subprocess.CREATE_NEW_PROCESS_GROUP, signal.CTRL_BREAK_EVENT
else:
    GROUP, END = 0, signal.SIGTERM


@pytest.fixture
def spindle(repository):
    """``python -m gui`` with some arguments; killed if a test leaves it."""
    started = []

    def run(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "gui", *arguments],
            cwd=repository,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            creationflags=GROUP,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def run_python(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=50, check=False)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def test_self_test_writes_its_result(spindle, tmp_path):
    target = tmp_path / "result.json"
    process = spindle("--self-test", str(target))
    _, errors = process.communicate(timeout=50)
    result = json.loads(target.read_text(encoding="utf-8"))
    assert process.returncode == 0, errors
    assert result["ok"] is True
    assert [check for check in result["checks"] if not check["ok"]] == []
    assert {
        "start",
        "page",
        "download",
        "path outside the folder",
        "upload",
        "log rows",
        "load test",
        "languages",
        "stop",
    } <= {check["name"] for check in result["checks"]}
    assert "Traceback" not in errors


def test_self_test_without_a_file_says_it_on_standard_output(spindle):
    process = spindle("--self-test")
    output, _ = process.communicate(timeout=50)
    assert json.loads(output)["ok"] is True


def test_self_test_works_without_any_stream(repository, tmp_path):
    """As in a windowed exe."""
    target = tmp_path / "result.json"
    script = (
        "import sys; sys.stdin = sys.stdout = sys.stderr = None; from gui.startup import main;"
        f"sys.exit(main(['--self-test', {str(target)!r}]))"
    )
    assert run_python(script, repository).returncode == 0
    assert json.loads(target.read_text(encoding="utf-8"))["ok"] is True


def test_a_thread_that_does_not_end_is_left_without_an_abort(repository, site):
    script = (
        "import time; from pathlib import Path;"
        "from gui import app, controller; from gui.settings import Settings;"
        "from server_core.http_server import HttpServer; HttpServer.serve = lambda self: time.sleep(60);"
        "controller.THREAD_GRACE_S = app.LAST_STOP_S = 0.1;"
        "qt = app.make_application();"
        f"parts = app.compose(Settings(Path('unused.ini'), {{'root': {str(site)!r}, 'port': '0'}}));"
        "parts.controller.start(parts.window.form.config()); app.end(parts.controller)"
    )
    done = run_python(script, repository)
    assert done.returncode == 1
    assert "did not end in time" in done.stderr


def test_self_test_fails_when_something_is_wrong(repository, tmp_path):
    """A server that answers otherwise than it should must not pass."""
    script = (
        "import sys; from gui import self_test; from gui.startup import main;"
        "self_test.REQUESTS = (self_test.Request('page', 'GET', '/', 418),);"
        "sys.exit(main(['--self-test']))"
    )
    done = run_python(script, repository)
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False


def test_start_serves_what_the_presets_say_and_ends_on_a_signal(spindle, site, ask):
    port = free_port()
    process = spindle(
        "--start", "--root", str(site), "--port", str(port), "--allow-host", "a.test", "--threads", "2"
    )
    deadline = time.monotonic() + START_WITHIN_S
    while True:
        try:
            status, body = ask(port)
            break
        except OSError:
            assert time.monotonic() < deadline, "nothing answered"
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
    assert (status, body) == (200, (site / "index.html").read_bytes())
    assert ask(port, Host=f"a.test:{port}")[0] == 200
    assert ask(port, Host=f"b.test:{port}")[0] == 403
    if sys.platform == "win32":
        process.kill()  # a window there is closed, not signalled
        process.communicate(timeout=30)
        return
    process.send_signal(END)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "says"), [(["--port", "99999"], "65535"), (["--nonsense"], "--nonsense")]
)
def test_wrong_arguments_end_with_one_sentence_and_two(spindle, arguments, says):
    process = spindle(*arguments)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert output == ""
    assert says in errors
    assert len(errors.strip().splitlines()) == 1


# Slow to load, and nothing of it is seen until somebody asks for it.
NOT_FOR_THE_FIRST_PICTURE = {
    "asyncio", "ssl", "email", "http.client", "psutil", "segno", "cryptography",
    "gui.server_thread", "server_core.http_server", "server_core.handlers",
    "gui.share_dialog", "gui.load_dialog", "gui.checks_dialog", "gui.users_dialog", "gui.more_settings",
}  # fmt: skip


def test_the_window_is_shown_without_what_its_first_picture_does_not_need(repository, site):
    script = (
        "import sys; from gui import app, startup;"
        "listed = lambda: print(*sys.modules) or 0;"
        "app.QApplication.exec = staticmethod(listed);"  # where the loop would begin, the window is shown
        f"sys.exit(startup.main(['--root', {str(site)!r}]))"
    )
    done = run_python(script, repository)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "gui.main_window" in loaded
    assert loaded & NOT_FOR_THE_FIRST_PICTURE == set()


def test_the_server_never_loads_qt(repository):
    script = (
        "import pkgutil, importlib, sys, server_core;"
        "names = [each.name for each in pkgutil.iter_modules(server_core.__path__)];"
        "[importlib.import_module('server_core.' + name) for name in names];"
        "print(*[name for name in sys.modules if name.split('.')[0] in ('PySide6', 'shiboken6', 'gui')])"
    )
    done = run_python(script, repository)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
