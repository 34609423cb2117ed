"""The switches beside serving, and the files and processes behind them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

from gui import autostart, awake, paths
from gui.awake import Awake
from gui.settings import Settings
from server_core import places
from server_core.lifecycle import State
from tests.systems import IS_WINE, WINDOWS

WAIT_MS = 10_000
AUTOSTART, TRAY, AWAKE, PORTABLE = range(4)


def open_preferences(parts):
    parts.window.actions_by_name["preferences"].trigger()
    return parts.window.feature("PreferencesFeature").dialog


def test_everything_is_off_at_first(parts):
    dialog = open_preferences(parts)
    assert [box.isChecked() for box in dialog.boxes] == [False] * 4
    assert all(box.accessibleDescription() for box in dialog.boxes)


def test_starting_with_the_computer_is_a_file_that_comes_and_goes(parts, own_folders):
    dialog = open_preferences(parts)
    dialog.boxes[AUTOSTART].click()
    assert autostart.file().is_file()
    assert own_folders in autostart.file().parents
    dialog.boxes[AUTOSTART].click()
    assert not autostart.file().exists()


def test_a_file_that_can_not_be_written_is_said_and_the_box_stays_off(parts, own_folders):
    blocker = autostart.file().parent
    blocker.parent.mkdir(parents=True, exist_ok=True)
    blocker.write_text("a file where a folder should be")
    dialog = open_preferences(parts)
    dialog.boxes[AUTOSTART].click()
    assert not dialog.boxes[AUTOSTART].isChecked()
    assert "can't be changed" in dialog.boxes[AUTOSTART].accessibleDescription()


STRANGE = '/opt/my "site" $HOME `x` 100% \\ b'


def test_the_desktop_entry_starts_the_program_whatever_its_path_holds():
    """Read back as the specification says: backslashes of a string, then the Exec key's quoting and percent."""
    text = autostart.desktop_text([STRANGE, "--start"], Path(STRANGE))
    values = dict(line.partition("=")[::2] for line in text.splitlines()[1:])
    unescaped = values["Exec"].replace("\\\\", "\\")
    assert [
        word.replace("%%", "%") for word in shlex.split(unescaped.replace("\\$", "$").replace("\\`", "`"))
    ] == [STRANGE, "--start"]
    assert values["Path"].replace("\\\\", "\\") == str(Path(STRANGE))


def test_the_batch_file_quotes_its_paths_and_doubles_percent_signs():
    text = autostart.windows_text([r"C:\100% Ä & co\Spindle.exe", "--start"], Path(r"C:\100% Ä & co"))
    assert text.splitlines() == [
        "@echo off",
        "chcp 65001 >nul",
        r'cd /d "C:\100%% Ä & co"',
        r'start "" "C:\100%% Ä & co\Spindle.exe" "--start"',
    ]
    assert text.count("\r\n") == 4


@WINDOWS
@pytest.mark.parametrize(
    "name",
    [
        "100% & co",
        pytest.param(
            "Ä", marks=pytest.mark.skipif(IS_WINE, reason="Wine's cmd reads no UTF-8, whatever chcp says")
        ),
    ],
)
def test_the_batch_file_really_starts(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "say.py").write_text("open('said.txt', 'w').write('here')")
    batch = folder / "start.cmd"
    batch.write_bytes(
        autostart.windows_text([sys.executable, "say.py"], folder)
        .replace('start ""', 'start "" /wait')
        .encode()
    )
    # /s: the outer quotes go, and those around the path stay, also where it has an ampersand.
    subprocess.run(f'cmd /d /s /c ""{batch}""', check=True, timeout=50)
    assert (folder / "said.txt").read_text() == "here"


def test_the_command_is_this_program(repository):
    done = subprocess.run(
        [*autostart.command()[:-2], "--version"],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0
    assert tuple(autostart.command()[-2:]) == ("--start", "--tray")


def test_portable_settings_move_beside_the_program(parts, monkeypatch, tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    for module in ("server_core.places", "gui.preferences_dialog"):
        monkeypatch.setattr(f"{module}.program_folder", lambda: folder)
    dialog = open_preferences(parts)
    dialog.boxes[PORTABLE].click()
    assert places.is_portable()
    moved = parts.window.settings.path
    assert folder in moved.parents
    assert Settings.load(moved).server == parts.window.form.texts()
    dialog.boxes[PORTABLE].click()
    assert not places.is_portable()
    assert parts.window.settings.path == paths.settings_file()
    assert parts.window.settings.path.is_file()


def fake_inhibitor(tmp_path, monkeypatch):
    """A program of this name that says so while it holds: there is no login manager in a test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "systemd-inhibit"
    program.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/held"\ncat\nrm "{tmp_path}/held"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr(awake, "is_available", lambda: True)
    return tmp_path / "held"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks its own function")
def test_the_computer_stays_awake_while_the_server_runs_and_no_longer(
    parts, start, stop, tmp_path, monkeypatch, qtbot
):
    held = fake_inhibitor(tmp_path, monkeypatch)
    dialog = open_preferences(parts)
    dialog.boxes[AWAKE].click()
    assert not held.exists()
    start(parts)
    qtbot.waitUntil(held.exists, timeout=WAIT_MS)
    assert "--what=sleep:idle" in held.read_text()
    stop(parts)
    qtbot.waitUntil(lambda: not held.exists(), timeout=WAIT_MS)
    start(parts)
    qtbot.waitUntil(held.exists, timeout=WAIT_MS)
    dialog.boxes[AWAKE].click()
    qtbot.waitUntil(lambda: not held.exists(), timeout=WAIT_MS)


@WINDOWS
def test_windows_is_asked_to_stay_awake():
    holder = Awake()
    holder.hold()
    assert holder.is_held
    holder.release()
    assert not holder.is_held


def test_what_is_not_available_says_so_and_can_not_be_turned_on(parts, monkeypatch):
    monkeypatch.setattr(awake, "is_available", lambda: False)
    dialog = open_preferences(parts)
    assert not dialog.boxes[AWAKE].isEnabled()
    assert "Not available" in dialog.boxes[AWAKE].accessibleDescription()
    holder = Awake()
    holder.hold()
    assert not holder.is_held


# Said by a platform without a tray, to which these tests give one.
tray = pytest.mark.qt_log_ignore("systemTrayWindowChanged", "propagateSizeHints", extend=True)


@pytest.fixture
def tray_parts(make_parts, monkeypatch):
    """No platform of the tests has a tray: Qt is told that there is one."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    return make_parts()


def tray_of(parts):
    return parts.window.feature("TrayFeature")


def item(parts, text):
    return next(action for action in tray_of(parts).menu.actions() if action.text().replace("&", "") == text)


def test_without_a_tray_the_box_says_so(parts):
    if QSystemTrayIcon.isSystemTrayAvailable():
        pytest.skip("this platform has a tray")
    dialog = open_preferences(parts)
    assert not dialog.boxes[TRAY].isEnabled()
    assert tray_of(parts).icon is None


@tray
def test_the_tray_starts_copies_and_stops(tray_parts, qtbot, ask):
    item(tray_parts, "Start").trigger()
    qtbot.waitUntil(lambda: tray_parts.controller.state is State.RUNNING, timeout=WAIT_MS)
    url = tray_parts.controller.url
    assert url in tray_of(tray_parts).icon.toolTip()
    item(tray_parts, "Copy address").trigger()
    assert QGuiApplication.clipboard().text() == url
    item(tray_parts, "Stop").trigger()
    qtbot.waitUntil(lambda: tray_parts.controller.state is State.STOPPED, timeout=WAIT_MS)
    assert "Stopped" in tray_of(tray_parts).icon.toolTip()


@tray
def test_a_closed_window_stays_in_the_tray_when_told_to_and_comes_back(tray_parts, start, ask):
    open_preferences(tray_parts).boxes[TRAY].click()
    port = start(tray_parts)
    assert not tray_parts.window.close()
    assert not tray_parts.window.isVisible()
    assert ask(port)[0] == 200
    item(tray_parts, "Open Spindle").trigger()
    assert tray_parts.window.isVisible()


@tray
def test_quit_in_the_tray_s_menu_ends_the_program(tray_parts, start, qtbot):
    open_preferences(tray_parts).boxes[TRAY].click()
    start(tray_parts)
    tray_parts.window.close()
    with qtbot.waitSignal(tray_parts.window.closed, timeout=WAIT_MS):
        item(tray_parts, "Quit").trigger()
    assert tray_parts.controller.state is State.STOPPED


@tray
def test_quit_in_the_menu_does_not_hide_in_the_tray(tray_parts, qtbot):
    open_preferences(tray_parts).boxes[TRAY].click()
    with qtbot.waitSignal(tray_parts.window.closed, timeout=WAIT_MS):
        tray_parts.window.actions_by_name["quit"].trigger()


@tray
def test_a_window_is_closed_unless_told_otherwise(tray_parts, qtbot):
    with qtbot.waitSignal(tray_parts.window.closed, timeout=WAIT_MS):
        assert tray_parts.window.close()
