"""The installer of what is in dist/Spindle. Needs NSIS 3, and runs on Linux as well.

    python -m tools.installer

It installs and removes exactly the files of the package, so the uninstaller needs no list of exceptions.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PureWindowsPath

from server_core.version import VERSION
from tools.package import FOLDER, ROOT, files_of, write_checksum

SCRIPT = ROOT / "tools" / "installer.nsi"
ICON = ROOT / "resources" / "icons" / "spindle.ico"
OUTPUT = FOLDER.parent / f"Spindle-{VERSION}-setup.exe"
FILE_LIST = ROOT / "build" / "installer-files.nsh"


def file_list(folder: Path) -> str:
    """NSIS macros that install the files of ``folder``, and that remove them with the folders then empty."""
    files = [file.relative_to(folder) for file in files_of(folder)]
    folders = sorted({parent for file in files for parent in file.parents}, reverse=True)
    install = []
    for parent in reversed(folders):
        install.append(f'  SetOutPath "{_installed(parent)}"')
        install += [f'  File "{_quoted(folder / file)}"' for file in files if file.parent == parent]
    remove = [f'  Delete "{_installed(file)}"' for file in files]
    remove += [f'  RMDir "{_installed(parent)}"' for parent in folders]
    return "\n".join(
        ["!macro INSTALL_FILES", *install, "!macroend", "!macro REMOVE_FILES", *remove, "!macroend", ""]
    )


def _installed(path: Path) -> str:
    return _quoted(PureWindowsPath("$INSTDIR", *path.parts)).replace("$$INSTDIR", "$INSTDIR")


def _quoted(path: Path | PureWindowsPath) -> str:
    return str(path).replace("$", "$$")


def make_installer(makensis: str) -> Path:
    """Raises CalledProcessError where NSIS refuses."""
    FILE_LIST.parent.mkdir(exist_ok=True)
    FILE_LIST.write_text(file_list(FOLDER), "utf-8-sig")
    numbers = ".".join((re.findall("[0-9]+", VERSION) + ["0"] * 4)[:4])
    defines = {
        "VERSION": VERSION,
        "NUMBERS": numbers,
        "OUTPUT": OUTPUT,
        "ICON": ICON,
        "FILES": FILE_LIST,
        "SIZE_KB": sum(file.stat().st_size for file in files_of(FOLDER)) // 1024,
    }
    flag = "/" if os.name == "nt" else "-"
    options = [f"{flag}D{name}={value}" for name, value in defines.items()]
    subprocess.run([makensis, f"{flag}V2", f"{flag}WX", *options, str(SCRIPT)], check=True)
    return OUTPUT


def find_makensis() -> str | None:
    """NSIS' own installation puts itself on no PATH."""
    program_files = os.environ.get("PROGRAMFILES(X86)", "")
    return shutil.which("makensis") or shutil.which("makensis", path=str(Path(program_files, "NSIS")))


def main() -> int:
    makensis = find_makensis()
    if makensis is None:
        print("There is no makensis here: install NSIS 3 (on Debian the package nsis).", file=sys.stderr)
        return 1
    if not (FOLDER / "Spindle.exe").is_file():
        print(f"{FOLDER} holds no Spindle.exe: build it on Windows first.", file=sys.stderr)
        return 1
    made = make_installer(makensis)
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB, SHA-256 {write_checksum(made)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
