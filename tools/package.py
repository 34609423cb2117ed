"""What becomes of dist/Spindle once PyInstaller has made it. `python dev.py build` ends with this.

    python -m tools.package

It tries the program, says how large it is, and writes the archive that people download and its checksum.
The exit status is 1 where the program fails its own test or is larger than it may be.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from server_core.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = sys.platform == "win32"
FOLDER = ROOT / "dist" / "Spindle"
PROGRAM = FOLDER / f"Spindle{'.exe' if WINDOWS else ''}"
SERVER = PROGRAM.with_stem("spindle-server")
ARCHIVE = ROOT / "dist" / f"Spindle-{VERSION}-{'win64' if WINDOWS else 'linux-x86_64'}.zip"
SELF_TEST = ROOT / "build" / "self-test.json"  # a window program on Windows prints nothing
SELF_TEST_S = 120
LARGEST_SHOWN = 10
UNIX = 3  # as a zip calls the system whose modes it holds


class Limit(NamedTuple):
    unpacked_bytes: int
    zipped_bytes: int


# A program of this kind that brings a browser takes 100 MB and more. Of these 70, Qt and its Python modules
# are 43, and OpenSSL, for HTTPS and passwords, with what makes certificates 16. There is no limit on Linux,
# where Qt brings the Unicode tables (33 MB) that Windows has itself.
LIMIT = Limit(70_000_000, 30_000_000) if WINDOWS else None


def files_of(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def write_archive(folder: Path, file: Path) -> None:
    """``folder`` as one file that every Windows can unpack, and unzip on Linux with its links."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member in files_of(folder):
            name = member.relative_to(folder.parent)
            if member.is_symlink():
                link = zipfile.ZipInfo(name.as_posix())
                link.create_system, link.external_attr = UNIX, member.lstat().st_mode << 16
                archive.writestr(link, str(member.readlink()))
            else:
                archive.write(member, name)


def write_checksum(file: Path) -> str:
    """The SHA-256 of ``file``, written beside it as sha256sum reads it."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    Path(f"{file}.sha256").write_text(f"{digest}  {file.name}\n", "ascii", newline="\n")
    return digest


def server_starts() -> bool:
    """Whether the program without a window finds all its modules."""
    done = subprocess.run(
        [SERVER, "--version"], capture_output=True, text=True, check=False, timeout=SELF_TEST_S
    )
    print(f"spindle-server: {(done.stdout + done.stderr).strip()}")
    return done.returncode == 0


def self_test() -> bool:
    SELF_TEST.parent.mkdir(exist_ok=True)
    SELF_TEST.unlink(missing_ok=True)
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    try:
        command = [str(PROGRAM), "--self-test", str(SELF_TEST)]
        status = subprocess.run(command, env=environment, check=False, timeout=SELF_TEST_S).returncode
    except subprocess.TimeoutExpired:
        print(f"{PROGRAM} did not end within {SELF_TEST_S} s: it may show a message on the screen.")
        return False
    if not SELF_TEST.exists():
        print(f"{PROGRAM} ended with {status} and wrote no result.")
        return False
    for check in json.loads(SELF_TEST.read_text("utf-8"))["checks"]:
        print(f"self-test: {'ok  ' if check['ok'] else 'FAIL'} {check['name']} {check['detail']}".rstrip())
    return status == 0


def main() -> int:
    passed = self_test() & server_starts()
    files = {file: file.lstat().st_size for file in files_of(FOLDER)}
    for file in sorted(files, key=files.__getitem__, reverse=True)[:LARGEST_SHOWN]:
        print(f"{files[file] / 1e6:6.1f} MB  {file.relative_to(FOLDER).as_posix()}")
    write_archive(FOLDER, ARCHIVE)
    sizes = {"unpacked": sum(files.values()), "zipped": ARCHIVE.stat().st_size}
    for (name, size_bytes), limit_bytes in zip(sizes.items(), LIMIT or (None, None), strict=True):
        passed &= limit_bytes is None or size_bytes <= limit_bytes
        allowed = "" if limit_bytes is None else f", allowed are {limit_bytes / 1e6:.0f} MB"
        print(f"{name}: {size_bytes / 1e6:.1f} MB{allowed}")
    print(f"{ARCHIVE}: SHA-256 {write_checksum(ARCHIVE)}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
