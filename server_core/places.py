"""Where the program is, and what is the person's: the sample site, and the folder served if none is named."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

SAMPLE_SITE = Path(__file__).resolve().parent.parent / "resources"
SITE_FOLDER = "Spindle site"
PORTABLE_MARKER = "spindle-portable"


def is_packaged() -> bool:
    return bool(getattr(sys, "frozen", False))


def program_folder() -> Path:
    """The folder of the packaged program, or the one that holds the sources."""
    return Path(sys.executable).resolve().parent if is_packaged() else SAMPLE_SITE.parent


def is_portable() -> bool:
    """Whether a marker file beside the program keeps all that it writes there."""
    return (program_folder() / PORTABLE_MARKER).exists()


def user_folder(windows_variable: str, xdg_variable: str, xdg_default: str) -> Path:
    """One of the person's folders for what programs write; of a portable program its own."""
    if is_portable():
        return program_folder() / "data"
    if sys.platform == "win32":
        return Path(os.environ.get(windows_variable) or Path.home()) / "Spindle"
    # What is not absolute is to be ignored (XDG Base Directory Specification 0.8).
    named = os.environ.get(xdg_variable, "")
    return (Path(named) if Path(named).is_absolute() else Path.home() / xdg_default) / "spindle"


def settings_folder() -> Path:
    """What the person set up, to be kept."""
    return user_folder("APPDATA", "XDG_CONFIG_HOME", ".config")


def default_root() -> Path:
    """What is served if nobody names a folder: the sample site; of the packaged program a copy of it, which
    :func:`copy_sample_site` makes.
    """
    if not is_packaged():
        return SAMPLE_SITE
    return (program_folder() if is_portable() else documents_folder()) / SITE_FOLDER


def copy_sample_site(target: Path) -> Path:
    """``target``, the sample site copied there unless it exists, whole or not at all; else its source."""
    if target.is_dir():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".spindle-") as scratch:
            copy = Path(scratch) / target.name
            # copyfile: the copy is writable although what comes with the program may not be.
            shutil.copytree(SAMPLE_SITE, copy, ignore=_not_part_of_the_site, copy_function=shutil.copyfile)
            (copy / "uploads").mkdir(exist_ok=True)
            copy.rename(target)
    except OSError:
        return target if target.is_dir() else SAMPLE_SITE
    return target


def _not_part_of_the_site(folder: str, names: list[str]) -> list[str]:
    at_top = Path(folder) == SAMPLE_SITE
    return [name for name in names if (at_top and name == "icons") or name.startswith((".", "upload_"))]


if sys.platform == "win32":
    import ctypes

    # FOLDERID_Documents, {FDD39AD0-238F-46AF-ADB4-6C85480369C7}, as the 16 octets of a GUID in memory.
    _DOCUMENTS = (ctypes.c_ubyte * 16).from_buffer_copy(bytes.fromhex("d09ad3fd8f23af46adb46c85480369c7"))
    _get_known_folder = ctypes.WinDLL("shell32").SHGetKnownFolderPath
    _get_known_folder.argtypes = (
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p),
    )  # fmt: skip
    _get_known_folder.restype = ctypes.c_long
    _free = ctypes.WinDLL("ole32").CoTaskMemFree
    _free.argtypes = (ctypes.c_void_p,)
    _free.restype = None

    def documents_folder() -> Path:
        """The person's Documents, also where it was moved, for example to OneDrive."""
        path = ctypes.c_void_p()
        try:
            if _get_known_folder(_DOCUMENTS, 0, None, ctypes.byref(path)) or not path.value:
                return Path.home()
            return Path(ctypes.wstring_at(path.value))
        finally:
            _free(path)

else:

    def documents_folder() -> Path:
        """The person's documents, as the desktop names them (user-dirs.dirs of xdg-user-dirs)."""
        try:
            text = (Path.home() / ".config" / "user-dirs.dirs").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return Path.home()
        named = re.search(r'^XDG_DOCUMENTS_DIR="(\$HOME)?(/[^"\n]*)"', text, re.MULTILINE)
        return Path((str(Path.home()) if named[1] else "") + named[2]) if named else Path.home()
