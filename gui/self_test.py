"""``--self-test``: the real window with a real server on a free port, real requests, and a JSON result.

It serves a copy of the sample site in a temporary folder and keeps its settings there.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from gui import paths
from gui.app import LAST_STOP_S, Parts, compose
from gui.options import STANDARD_OUTPUT
from gui.package_check import check_package
from gui.settings import Settings
from server_core.lifecycle import State
from server_core.places import copy_sample_site
from server_core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QApplication

HARD_TIMEOUT_S = 40.0
REQUEST_TIMEOUT_S = 10.0
ROWS_WITHIN_MS = 5_000
UPLOAD = {"from": "self-test"}
JSON = {"Content-Type": "application/json"}


class Check(NamedTuple):
    name: str
    ok: bool
    detail: str = ""


class Request(NamedTuple):
    name: str
    method: str
    target: str
    status: int
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    verify: Callable[[http.client.HTTPResponse, bytes, Path], bool] = lambda _answer, _body, _root: True


def _is_html(answer: http.client.HTTPResponse, body: bytes, _root: Path) -> bool:
    return answer.headers.get_content_type() == "text/html" and b"<html" in body.lower()


def _is_download(answer: http.client.HTTPResponse, body: bytes, root: Path) -> bool:
    named = answer.getheader("Content-Disposition", "")
    return (
        named.startswith("attachment")
        and "sample.txt" in named
        and body == (root / "sample.txt").read_bytes()
    )


def _is_saved(_answer: http.client.HTTPResponse, body: bytes, root: Path) -> bool:
    saved = root / json.loads(body)["filepath"].lstrip("/")
    return bool(json.loads(saved.read_bytes()) == UPLOAD)


REQUESTS = (
    Request("page", "GET", "/", 200, verify=_is_html),
    Request("download", "GET", "/sample.txt", 200, verify=_is_download),
    Request("path outside the folder", "GET", "/../outside.txt", 403),
    Request("foreign host", "GET", "/", 403, headers={"Host": "foreign.example"}),
    Request("missing", "GET", "/no-such-page.html", 404),
    Request("upload", "POST", "/upload", 201, json.dumps(UPLOAD).encode(), JSON, _is_saved),
)


def ask(request: Request, host: str, port: int, root: Path) -> Check:
    """Make one request on a connection of its own. Any thread."""
    connection = http.client.HTTPConnection(host, port, timeout=REQUEST_TIMEOUT_S)
    try:
        connection.request(request.method, request.target, request.body or None, request.headers)
        answer = connection.getresponse()
        body = answer.read()
        ok = answer.status == request.status and request.verify(answer, body, root)
        return Check(request.name, ok, f"{request.method} {request.target} answered {answer.status}")
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        return Check(request.name, False, f"{type(error).__name__}: {error}")
    finally:
        connection.close()


class SelfTest(QObject):
    """Start, ask, see the rows arrive, stop. In the GUI thread, save the requests, which have their own."""

    finished = Signal()
    _asked = Signal(object)
    _looked = Signal(object)

    def __init__(self, parts: Parts, root: Path) -> None:
        super().__init__()
        self.checks: list[Check] = []
        self._parts = parts
        self._root = root
        self._waited_ms = 0
        self._rows_timer = QTimer(self, interval=100)
        self._rows_timer.timeout.connect(self._look_for_rows)
        self._asked.connect(self._on_asked, Qt.ConnectionType.QueuedConnection)
        self._looked.connect(self._on_looked, Qt.ConnectionType.QueuedConnection)
        parts.controller.state_changed.connect(self._on_state)

    @Slot()
    def start(self) -> None:
        self._parts.window.start()
        if self._parts.controller.state is State.STOPPED:
            self._end(Check("start", False, "the settings were refused"))

    @Slot(object)
    def _on_state(self, state: State) -> None:
        if state is State.RUNNING:
            self.checks.append(Check("start", True, self._parts.controller.url))
            self._in_thread(self._ask_all)
        elif state is State.FAILED:
            self._end(Check("start", False, "the server could not start"))
        elif state is State.STOPPED:
            self._end(Check("stop", True))

    def _in_thread(self, work: Callable[[str, int], None]) -> None:
        host, _, port = self._parts.controller.url.removeprefix("http://").strip("/").rpartition(":")
        threading.Thread(target=work, args=(host, int(port)), name="Self-test", daemon=True).start()

    def _ask_all(self, host: str, port: int) -> None:
        self._asked.emit([ask(request, host, port, self._root) for request in REQUESTS])

    def _look_at_package(self, host: str, port: int) -> None:
        self._looked.emit([Check(*result) for result in check_package(host, port)])

    @Slot(object)
    def _on_asked(self, checks: list[Check]) -> None:
        self.checks += checks
        self._rows_timer.start()

    @Slot()
    def _look_for_rows(self) -> None:
        model = self._parts.model
        seen = sorted(status for row in range(model.visible_rows) if (status := model.event_at(row).status))
        wanted = sorted(request.status for request in REQUESTS)
        self._waited_ms += self._rows_timer.interval()
        if seen == wanted or self._waited_ms >= ROWS_WITHIN_MS:
            self._rows_timer.stop()
            self.checks.append(Check("log rows", seen == wanted, f"statuses in the table: {seen}"))
            self._in_thread(self._look_at_package)

    @Slot(object)
    def _on_looked(self, checks: list[Check]) -> None:
        self.checks += checks
        self._parts.window.stop()

    def _end(self, check: Check) -> None:
        self.checks.append(check)
        self.finished.emit()

    def result(self) -> dict[str, Any]:
        complete = [check.name for check in self.checks][-1:] == ["stop"]
        return {
            "ok": complete and all(check.ok for check in self.checks),
            "version": VERSION,
            "checks": [check._asdict() for check in self.checks],
        }


def run_self_test(app: QApplication, target: Path) -> int:
    """Run it and write the result to ``target``; returns 0 when every check passed, else 1."""
    watchdog = threading.Timer(HARD_TIMEOUT_S, os._exit, (1,))
    watchdog.daemon = True
    watchdog.start()
    with tempfile.TemporaryDirectory(prefix="spindle-self-test-", ignore_cleanup_errors=True) as folder:
        root = copy_sample_site(Path(folder) / "site")
        parts = compose(Settings(Path(folder) / paths.SETTINGS_FILE, {"root": str(root), "port": "0"}))
        test = SelfTest(parts, root)
        test.finished.connect(app.quit, Qt.ConnectionType.QueuedConnection)
        QTimer.singleShot(0, test.start)
        QTimer.singleShot(int(HARD_TIMEOUT_S * 750), app.quit)
        parts.window.show()
        app.exec()
        result = test.result()
        if not parts.controller.shut_down(LAST_STOP_S):
            result["ok"] = False
        write_result(result, target)
        parts.window.close()
    watchdog.cancel()
    return 0 if result["ok"] else 1


def write_result(result: dict[str, Any], target: Path) -> None:
    text = json.dumps(result, indent=2) + "\n"
    if target == STANDARD_OUTPUT:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        target.write_text(text, encoding="utf-8")
