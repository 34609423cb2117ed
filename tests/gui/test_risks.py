from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox

from gui import risks
from gui.risks import DRIVE, NETWORK, PROFILE, PROFILES, SECRETS, SENTENCES, SYSTEM, risk_of, sentence_of
from gui.settings import Settings
from server_core.lifecycle import State

WAIT_MS = 10_000
HOME = Path.home().resolve()

EVERYWHERE = [
    (Path(HOME.anchor), DRIVE),
    (HOME, PROFILE),
    (HOME / ".ssh", SECRETS),
    (HOME / ".ssh" / "old", SECRETS),
    (HOME / "AppData", SECRETS),
    (HOME / "AppData" / "Local" / "Temp" / "site", ""),
    (HOME / "Documents" / "Spindle site", ""),
    (HOME / "site", ""),
]
POSIX = [("/etc", SYSTEM), ("/etc/ssl", SYSTEM), ("/usr", SYSTEM), ("/var", SYSTEM), ("/proc/1", SYSTEM), ("/var/www", ""), ("/srv/site", ""), ("/tmp", "")]  # fmt: skip
WINDOWS = [(r"C:\Windows", SYSTEM), (r"C:\Windows\System32", SYSTEM), (r"C:\Program Files\x", SYSTEM), (r"\\server\share", NETWORK), (r"\\server\share\site", NETWORK), (r"C:\site", "")]  # fmt: skip


@pytest.mark.parametrize(("folder", "risk"), EVERYWHERE)
def test_a_folder_of_the_person(folder, risk):
    assert risk_of(folder) == risk


@pytest.mark.parametrize(("folder", "risk"), WINDOWS if sys.platform == "win32" else POSIX)
def test_a_folder_of_the_system(folder, risk):
    assert risk_of(Path(folder)) == risk


def test_the_folder_of_all_profiles(monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", classmethod(lambda _: tmp_path / "users" / "ada"))
    assert risk_of((tmp_path / "users").resolve()) == PROFILES


@pytest.mark.skipif(sys.platform == "win32", reason="/proc/mounts is Linux's")
@pytest.mark.parametrize(
    ("kind", "risk"),
    [("nfs4", NETWORK), ("cifs", NETWORK), ("fuse.sshfs", NETWORK), ("ext4", ""), ("tmpfs", "")],
)
def test_a_folder_of_another_computer(monkeypatch, kind, risk):
    real = Path.read_text
    table = f"/dev/sda1 / ext4 rw 0 0\nhost:/x /data/my\\040share {kind} rw 0 0\n"
    monkeypatch.setattr(
        Path, "read_text", lambda self, *a: table if str(self) == "/proc/mounts" else real(self, *a)
    )
    assert risk_of(Path("/data/my share/site")) == risk
    assert risk_of(Path("/data/other")) == ""


def test_every_risk_has_its_sentence():
    keys = {value for name, value in vars(risks).items() if name.isupper() and isinstance(value, str)}
    assert keys == set(SENTENCES)
    assert sentence_of(DRIVE).endswith(".")


@pytest.fixture
def risky(make_parts, tmp_path, site, monkeypatch):
    """A window whose folder is somebody's whole profile."""
    monkeypatch.setattr(Path, "home", classmethod(lambda _: site))
    return make_parts(Settings(tmp_path / "risky.ini", {"root": str(site), "port": "0"}))


def press(parts, role):
    box = parts.window.findChild(QMessageBox)
    next(button for button in box.buttons() if box.buttonRole(button) is role).click()


def test_a_risky_folder_is_pointed_out_before_it_is_served(risky, site):
    assert "whole profile" in risky.window.form.field("root").note()
    risky.window.start()
    assert risky.controller.state is State.STOPPED
    box = risky.window.findChild(QMessageBox)
    assert str(site) in box.text()
    assert "whole profile" in box.informativeText()
    press(risky, QMessageBox.ButtonRole.RejectRole)
    assert risky.controller.state is State.STOPPED


def test_there_is_a_way_on_and_it_is_remembered(risky, qtbot, stop, tmp_path, site):
    risky.window.start()
    press(risky, QMessageBox.ButtonRole.AcceptRole)
    qtbot.waitUntil(lambda: risky.controller.state is State.RUNNING, timeout=WAIT_MS)
    stop(risky)
    risky.window.start()
    qtbot.waitUntil(lambda: risky.controller.state is State.RUNNING, timeout=WAIT_MS)
    assert Settings.load(tmp_path / "risky.ini").accepted_folders == [str(site)]


def test_another_folder_can_be_chosen_instead(risky, monkeypatch, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setattr("gui.folder_editor.QFileDialog.getExistingDirectory", lambda *_args: str(other))
    risky.window.start()
    press(risky, QMessageBox.ButtonRole.ActionRole)
    assert risky.window.form.config().root == other
    assert risky.window.form.field("root").note() == "Or drop a folder on this window."
    assert risky.controller.state is State.STOPPED
