"""Folders that are rarely meant to be served: a drive's root, a profile, the system, another computer's.

A network path is told by its name and never asked, so that it keeps nobody waiting.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from gui.translation import QT_TRANSLATE_NOOP

DRIVE, PROFILE, PROFILES = "drive", "profile", "profiles"
SECRETS, SYSTEM, NETWORK = "secrets", "system", "network"

SENTENCES = {
    DRIVE: QT_TRANSLATE_NOOP("Risks", "This is the root of a drive: everything on it would be served."),
    PROFILE: QT_TRANSLATE_NOOP("Risks", "This is your whole profile: documents, pictures, keys."),
    PROFILES: QT_TRANSLATE_NOOP("Risks", "This folder holds the profiles of all who use this computer."),
    SECRETS: QT_TRANSLATE_NOOP("Risks", "Programs keep keys, passwords and histories in this folder."),
    SYSTEM: QT_TRANSLATE_NOOP("Risks", "This folder belongs to the system."),
    NETWORK: QT_TRANSLATE_NOOP("Risks", "This folder is on another computer: serving waits for the network."),
}  # fmt: skip

_SYSTEM_VARIABLES = ("SystemRoot", "ProgramFiles", "ProgramFiles(x86)", "ProgramData")
_SYSTEM_FOLDERS = ("/bin", "/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sbin", "/sys")
_SYSTEM_TOPS = ("/usr", "/var", "/opt", "/mnt", "/media")
# What is in them is as private; of AppData only the folders that hold everything, since Temp is below it.
_SECRETS = (".ssh", ".gnupg", ".aws", ".config", ".mozilla")
_SECRET_TOPS = (".local", "AppData", "AppData/Local", "AppData/Roaming")
_REMOTE_FILE_SYSTEMS = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|9p|fuse\.(sshfs|rclone|gvfsd-fuse)|afs|ceph|davfs"
)


def risk_of(folder: Path) -> str:
    """A key of :data:`SENTENCES`, or empty. ``folder`` is absolute, its links resolved."""
    home = Path.home().resolve()
    if _is_remote(folder):
        return NETWORK
    if folder == folder.parent:
        return DRIVE
    if folder == home:
        return PROFILE
    if folder in home.parents:
        return PROFILES
    if folder in {home / name for name in _SECRET_TOPS}:
        return SECRETS
    if not {home / name for name in _SECRETS}.isdisjoint((folder, *folder.parents)):
        return SECRETS
    return SYSTEM if _is_system(folder) else ""


def sentence_of(risk: str) -> str:
    return QCoreApplication.translate("Risks", SENTENCES[risk])


def _is_system(folder: Path) -> bool:
    if sys.platform == "win32":
        tops = {Path(value).resolve() for name in _SYSTEM_VARIABLES if (value := os.environ.get(name))}
        return not tops.isdisjoint((folder, *folder.parents))
    with_parents = {str(each) for each in (folder, *folder.parents)}
    return str(folder) in _SYSTEM_TOPS or not with_parents.isdisjoint(_SYSTEM_FOLDERS)


def _is_remote(folder: Path) -> bool:
    if sys.platform == "win32":
        import ctypes

        remote = 4  # DRIVE_REMOTE of GetDriveTypeW
        is_unc = folder.drive.startswith("\\\\") and not re.match(r"\\\\[?.]\\[A-Za-z]:", folder.drive)
        return is_unc or ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == remote
    return bool(_REMOTE_FILE_SYSTEMS.fullmatch(_file_system(folder)))


def _file_system(folder: Path) -> str:
    """The type of the file system that ``folder`` is on, as /proc/mounts names it; empty where unknown."""
    try:
        lines = Path("/proc/mounts").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    mounted = {each[1].replace("\\040", " "): each[2] for each in map(str.split, lines)}
    return next((mounted[str(each)] for each in (folder, *folder.parents) if str(each) in mounted), "")
