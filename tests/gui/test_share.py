"""The addresses for others, the QR code, and the way from this computer to the network."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import psutil
import pytest
import segno
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from gui.qr_code import QUIET_MODULES, QrCode
from server_core.lifecycle import State

WAIT_MS = 10_000


@pytest.fixture
def two_adapters(monkeypatch):
    found = {"docker0": "172.17.0.1", "WLAN": "192.168.1.5"}
    make = lambda address: [SimpleNamespace(family=socket.AF_INET, address=address)]  # noqa: E731
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {name: make(each) for name, each in found.items()})
    monkeypatch.setattr(psutil, "net_if_stats", lambda: dict.fromkeys(found, SimpleNamespace(isup=True)))


def open_share(parts):
    parts.window.actions_by_name["share"].trigger()
    return parts.window.feature("ShareFeature").dialog


def test_addresses_of_the_network_are_listed_and_each_is_copied(make_parts, start, two_adapters, qtbot):
    parts = make_parts(host="0.0.0.0")
    port = start(parts)
    dialog = open_share(parts)
    texts = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert texts == [f"http://192.168.1.5:{port}/\nWLAN", f"http://172.17.0.1:{port}/\ndocker0, virtual"]
    for row, address in enumerate(["192.168.1.5", "172.17.0.1"]):
        dialog.list.setCurrentRow(row)
        qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
        assert QGuiApplication.clipboard().text() == f"http://{address}:{port}/"
        assert dialog.code.accessibleName().endswith(f"http://{address}:{port}/")


def test_this_computer_alone_is_said_and_the_network_is_one_press_away(
    parts, start, two_adapters, ask, qtbot
):
    start(parts)
    dialog = open_share(parts)
    assert "this computer only" in dialog._text.text()
    assert not dialog.code.isVisible()
    qtbot.mouseClick(dialog.network_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: parts.controller.state is State.RUNNING and parts.controller.config.host == "0.0.0.0",
        timeout=WAIT_MS,
    )
    qtbot.waitUntil(lambda: dialog.list.count() == 2, timeout=WAIT_MS)
    assert dialog.code.isVisible()
    assert not dialog.network_button.isVisible()
    assert parts.window.form.texts()["host"] == "0.0.0.0"


def test_no_network_is_said(make_parts, start, monkeypatch):
    monkeypatch.setattr(psutil, "net_if_addrs", dict)
    parts = make_parts(host="0.0.0.0")
    start(parts)
    dialog = open_share(parts)
    assert "in no network" in dialog._text.text()
    assert not dialog.network_button.isVisible()


def test_a_stop_empties_the_dialog(make_parts, start, stop, two_adapters):
    parts = make_parts(host="0.0.0.0")
    start(parts)
    dialog = open_share(parts)
    stop(parts)
    assert dialog.list.count() == 0
    assert "does not run" in dialog._text.text()


@pytest.mark.parametrize("side_px", [250, 333, 401])
def test_the_code_that_is_painted_is_the_one_that_was_made(qtbot, side_px):
    """Read back module by module, as a camera does."""
    text = "http://192.168.100.200:8080/"
    code = QrCode()
    qtbot.addWidget(code)
    code.resize(side_px, side_px)
    code.show_text(text)
    matrix = [[bool(cell) for cell in row] for row in segno.make(text, error="m", micro=False).matrix]
    image = code.grab().toImage()
    modules = len(matrix) + 2 * QUIET_MODULES
    module = side_px // modules
    left = round((side_px - module * modules) / 2)

    def is_dark(row, column):
        x = left + (column + QUIET_MODULES) * module + module // 2
        return image.pixelColor(x, left + (row + QUIET_MODULES) * module + module // 2).lightness() < 128

    assert [[is_dark(row, column) for column in range(len(matrix))] for row in range(len(matrix))] == matrix
    assert image.pixelColor(left + module * 2, left + module * 2).lightness() > 250
