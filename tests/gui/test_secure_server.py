"""The window with a server that speaks HTTPS."""

from __future__ import annotations

import socket
import subprocess
import threading
import urllib.request
from types import SimpleNamespace
from typing import TYPE_CHECKING

import psutil
import pytest

from gui.check_run import FAILED, PASSED, CheckRun
from gui.checks import read_checks
from gui.commands import Repeat, curl, powershell, upload_of
from gui.trust import unchecked
from server_core.config import Config
from server_core.http_server import HttpServer
from server_core.lifecycle import State
from server_core.places import copy_sample_site
from tests.test_blackbox_twins import find_bash, find_powershell

if TYPE_CHECKING:
    from gui.server_thread import Failure

pytest.importorskip("cryptography", reason="cryptography is not installed")

WAIT_MS = 10_000


@pytest.fixture
def secure(make_parts, start):
    parts = make_parts(tls_self_signed="yes", host="0.0.0.0")
    start(parts)
    return parts


def test_the_window_names_the_https_address(secure):
    window = secure.window
    assert secure.controller.url.startswith("https://127.0.0.1:")
    window.actions_by_name["copy_address"].trigger()
    with urllib.request.urlopen(secure.controller.url, context=unchecked(), timeout=10) as answer:
        assert answer.status == 200


def test_other_devices_are_given_the_https_address(secure, monkeypatch):
    adapter = [SimpleNamespace(family=socket.AF_INET, address="192.168.1.5")]
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"WLAN": adapter})
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {"WLAN": SimpleNamespace(isup=True)})
    secure.window.actions_by_name["share"].trigger()
    dialog = secure.window.feature("ShareFeature").dialog
    assert dialog.url().startswith("https://192.168.1.5:")


def test_a_load_test_speaks_tls(secure, qtbot):
    secure.window.actions_by_name["load_test"].trigger()
    dialog = secure.window.feature("LoadFeature").dialog
    dialog.requests.setValue(100)
    dialog.clients.setValue(4)
    dialog.start()
    qtbot.waitUntil(lambda: dialog.report is not None and dialog.report.finished, timeout=30_000)
    assert dialog.report.statuses == {200: 100}


def test_a_server_that_gets_no_certificate_says_so(make_parts, own_folders, qtbot):
    (own_folders / "XDG_CONFIG_HOME").write_bytes(b"in the way")
    (own_folders / "APPDATA").write_bytes(b"in the way")
    parts = make_parts(tls_self_signed="yes")
    failures: list[Failure] = []
    parts.controller.failed.connect(failures.append)
    parts.window.start()
    qtbot.waitUntil(lambda: bool(failures), timeout=WAIT_MS)
    assert parts.controller.state is State.FAILED
    assert "The certificate can't be kept in" in failures[0].reason


@pytest.fixture
def server(tmp_path):
    """One that speaks HTTPS, without a window."""
    root = copy_sample_site(tmp_path / "copy")
    made = HttpServer(Config.from_text({"port": "0", "root": str(root), "tls_self_signed": "yes"}))
    made.prepare()
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made
    made.stop(0.0)
    thread.join()


@pytest.mark.slow
def test_the_checks_of_the_scripts_pass_over_tls(server):
    address, port = server.addresses[0]
    run = CheckRun(read_checks(), address, port, server.config.root, unchecked())
    outcomes = list(run.outcomes())
    assert [f"{each.check.name}: {each.why}" for each in outcomes if each.verdict == FAILED] == []
    assert sum(each.verdict == PASSED for each in outcomes) > 100


@pytest.mark.skipif(find_bash() is None, reason="no bash on the PATH")
@pytest.mark.parametrize("target", ["/sample.txt", "/./sample.txt"])
def test_the_line_for_curl_repeats_a_request(server, target):
    done = subprocess.run(
        [str(find_bash()), "-c", curl(Repeat(server.url, "GET", target, (("X-Own", "1"),)))],
        capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    wanted = b"HTTP/1.1 200 OK" if target == "/sample.txt" else b"HTTP/1.1 403 Forbidden"
    assert done.stdout.startswith(wanted), done.stderr


@pytest.mark.slow
@pytest.mark.skipif(find_powershell() is None, reason="no PowerShell")
def test_the_line_for_powershell_repeats_a_request(server):
    file = server.config.root / "new.json"
    file.write_bytes(b"[1]")
    for repeat in (
        Repeat(server.url, "GET", "/sample.txt", (("Host", "localhost"),)),
        upload_of(server.url, file),
    ):
        done = subprocess.run(
            [str(find_powershell()), "-NoProfile", "-Command", powershell(repeat)],
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.stdout.startswith(b"HTTP/1.1 20"), done.stderr
