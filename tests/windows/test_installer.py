"""The installer, silently: what it brings, what it says to Windows, and that it takes away only what it brought."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from server_core.ports import free_port
from server_core.version import VERSION
from tests.functional.live import until
from tests.windows.test_packaged_program import PACKAGE, answers, listing
from tests.windows.test_packaged_program import home as home  # noqa: PLC0414 - a fixture
from tests.windows.test_packaged_program import start as start  # noqa: PLC0414 - a fixture

INSTALLER = PACKAGE.parent / f"Spindle-{VERSION}-setup.exe"
UNINSTALL_KEY = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Spindle"
MENU_KEYS = (
    r"Software\Classes\Directory\shell\Spindle",
    r"Software\Classes\Directory\Background\shell\Spindle",
)
STILL_RUNNING = 3
WITHIN_S = 60.0

pytestmark = [
    pytest.mark.frozen,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "win32", reason="what Windows does"),
    pytest.mark.skipif(not INSTALLER.exists(), reason="not made: python -m tools.installer makes it"),
]


def registered(key: str, name: str = "") -> str | None:
    """A text in the person's own part of the registry, None where there is none."""
    if sys.platform == "win32":
        import winreg

        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened,
        ):
            return str(winreg.QueryValueEx(opened, name)[0])
    return None


def start_menu() -> Path:
    return Path(os.environ["APPDATA"], "Microsoft", "Windows", "Start Menu", "Programs", "Spindle.lnk")


def desktop() -> Path:
    shell_folders = r"Software\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders"
    return Path(str(registered(shell_folders, "Desktop"))) / "Spindle.lnk"


def run_installer(folder: Path, *options: str) -> int:
    # As one text: /D comes last and takes the rest of the line as it is, quotes included.
    command = f'"{INSTALLER}" {" ".join(("/S", *options))} /D={folder}'
    return subprocess.run(command, timeout=WITHIN_S, check=False).returncode


def uninstall(folder: Path) -> None:
    """The uninstaller goes on in a copy of itself after the first process has ended."""
    subprocess.run([folder / "Uninstall.exe", "/S"], timeout=WITHIN_S, check=True)


@pytest.fixture
def folder(tmp_path):
    if registered(UNINSTALL_KEY, "InstallLocation"):
        pytest.skip("Spindle is installed here: uninstall it first")
    folder = tmp_path / "Meine Programme ä" / "Spindle"
    yield folder
    if (folder / "Uninstall.exe").exists():
        uninstall(folder)
        until(lambda: not (folder / "Uninstall.exe").exists(), WITHIN_S)


def test_what_is_installed_runs_and_goes_again(folder, start, home):
    assert run_installer(folder) == 0
    assert {name: size for name, size in listing(folder).items() if name != "Uninstall.exe"} == listing(
        PACKAGE
    )
    assert registered(UNINSTALL_KEY, "DisplayVersion") == VERSION
    assert registered(UNINSTALL_KEY, "InstallLocation") == str(folder)
    assert "Spindle.exe".encode("utf-16-le") in start_menu().read_bytes()
    assert not desktop().exists()
    assert [registered(key) for key in MENU_KEYS] == [None, None]

    result = home / "result.json"
    assert start(folder / "Spindle.exe", "--self-test", result).wait(WITHIN_S) == 0

    (folder / "data").mkdir()
    (folder / "data" / "spindle.ini").write_text("mine", "utf-8")
    uninstall(folder)
    until(lambda: [entry.name for entry in folder.iterdir()] == ["data"], WITHIN_S)
    assert (folder / "data" / "spindle.ini").read_text("utf-8") == "mine"
    assert not start_menu().exists()
    assert registered(UNINSTALL_KEY, "DisplayName") is None


def test_what_is_asked_for_is_added_and_taken_away(folder, start, home):
    assert run_installer(folder, "/DESKTOP", "/FOLDERMENU") == 0
    assert desktop().exists()
    assert [registered(key) for key in MENU_KEYS] == ["Serve this folder with Spindle"] * 2
    commands = {registered(rf"{key}\command") for key in MENU_KEYS}
    assert commands == {rf'"{folder}\Spindle.exe" --start --root "%V\."'}

    # As Explorer runs it, for a folder whose name has blanks. The port is the one that people meet.
    (home / "index.html").write_bytes(b"<title>mine</title>")
    port = free_port("127.0.0.1")
    command = commands.pop().replace("%V", str(home)) + f" --port {port}"
    process = start(folder / "Spindle.exe", line=command)
    until(lambda: answers(port) or process.poll() is not None, WITHIN_S)
    assert process.poll() is None
    process.kill()
    process.wait(20)

    uninstall(folder)
    until(lambda: not folder.exists(), WITHIN_S)
    assert not desktop().exists()
    assert [registered(key) for key in MENU_KEYS] == [None, None]


def test_installing_again_keeps_what_the_person_chose_and_has(folder):
    assert run_installer(folder, "/DESKTOP", "/FOLDERMENU") == 0
    (folder / "spindle-portable").touch()
    assert run_installer(folder) == 0
    assert desktop().exists()
    assert None not in [registered(key) for key in MENU_KEYS]
    extra = set(listing(folder)) - set(listing(PACKAGE))
    assert extra == {"Uninstall.exe", "spindle-portable"}


def test_a_program_that_runs_is_neither_replaced_nor_removed(folder, start, home):
    assert run_installer(folder) == 0
    before = listing(folder)
    (home / "index.html").write_bytes(b"<title>mine</title>")
    port = free_port("127.0.0.1")
    process = start(folder / "spindle-server.exe", port, "--root", home)
    until(lambda: answers(port) or process.poll() is not None, WITHIN_S)
    assert run_installer(folder) == STILL_RUNNING
    in_place = f'"{folder}\\Uninstall.exe" /S _?={folder}'  # waits, because it runs no copy of itself
    assert subprocess.run(in_place, timeout=WITHIN_S, check=False).returncode == STILL_RUNNING
    assert listing(folder) == before
    assert process.poll() is None
