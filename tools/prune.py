"""Which of the modules and libraries that PyInstaller gathers the packaged program needs.

PyInstaller takes every plugin of a Qt module and all that those load: twice the size of the program. Here a
list says which plugins stay; of the libraries, those stay that something kept loads.
"""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Entry = tuple[str, str, str]
"""As in PyInstaller's lists: name in the package, file it comes from, kind."""

PLUGINS = {
    "win32": (
        "platforms/qwindows",
        "platforms/qoffscreen",  # the self-test shows nothing
        "styles/qmodernwindowsstyle",
        "imageformats/qico",
    ),
    "linux": (
        "platforms/libqxcb",
        "platforms/libqwayland",
        "platforms/libqoffscreen",
        "platformthemes/libqxdgdesktopportal",  # the desktop's own dialogs, and whether it is dark
        "platforminputcontexts/libcomposeplatforminputcontextplugin",  # dead keys
        "platforminputcontexts/libibusplatforminputcontextplugin",
        "wayland-shell-integration/libxdg-shell",
        "wayland-decoration-client/libadwaita",
        "imageformats/libqico",
    ),
}
INTERPRETER = ("python3", "libpython3")
# Never used by the program, but mentioned somewhere in the standard library or in Qt's modules, which is
# enough for PyInstaller. A test imports the whole program without them.
EXCLUDED_MODULES = (
    "PySide6.QtNetwork", "tkinter", "unittest", "pydoc", "doctest", "lib2to3", "curses",
    "xmlrpc", "ftplib", "smtplib", "netrc", "tarfile", "bz2", "lzma",
    "_pydecimal", "_pydatetime", "decimal", "statistics", "fractions", "pprint", "py_compile", "tracemalloc",
    "pyexpat", "xml.parsers", "xml.dom", "xml.etree", "plistlib", "urllib.robotparser", "webbrowser",
    "email.headerregistry", "email.policy", "xml.sax.expatreader", "segno.cli", "segno.helpers",
    "http.cookiejar", "http.cookies", "http.server",
    "multiprocessing.managers", "multiprocessing.pool", "multiprocessing.dummy",
    "multiprocessing.sharedctypes", "multiprocessing.heap", "multiprocessing.shared_memory",
    *(f"psutil._ps{system}" for system in ("bsd", "osx", "sunos", "aix")),
    *([] if sys.platform == "linux" else ["psutil._pslinux", "psutil._psposix", "asyncio.unix_events"]),
    "pkg_resources", "setuptools",  # which segno asks for on Pythons of old
)  # fmt: skip
# What only the window uses. A test imports the server without them.
EXCLUDED_FROM_SERVER = (
    "asyncio", "concurrent", "csv", "gzip", "http.client", "importlib.metadata", "multiprocessing", "xml",
)  # fmt: skip
# Windows' own since version 10 (1703), which Qt calls for text codecs beyond Unicode: never ours to bring.
OF_THE_SYSTEM = ("icuuc.dll", "icuin.dll", "icu.dll")


class MissingPluginError(Exception):
    """A plugin that must stay was not gathered; the message says which."""


def plugin_name(name: str) -> str:
    """``platforms/qwindows`` of ``PySide6/plugins/platforms/qwindows.dll``; empty where it is no plugin."""
    parts = PurePath(name.replace("\\", "/")).parts
    if "PySide6" not in parts or "plugins" not in parts:
        return ""
    return "/".join((*parts[parts.index("plugins") + 1 : -1], PurePath(parts[-1]).stem))


def prune(
    binaries: Sequence[Entry], plugins: Sequence[str], imports: Callable[[str], Iterable[str]]
) -> list[Entry]:
    """The entries of ``binaries`` that are wanted: the interpreter, extension modules, ``plugins``, and what
    they load. ``imports`` names the libraries that a file is linked to. Raises MissingPluginError.
    """
    missing = set(plugins) - {plugin_name(name) for name, _, _ in binaries}
    if missing:
        raise MissingPluginError(
            f"Qt's plugins {', '.join(sorted(missing))} are not in this PySide6: install PySide6-Essentials "
            "as requirements.txt has it, or correct the list in tools/prune.py."
        )
    binaries = [entry for entry in binaries if _key(entry) not in OF_THE_SYSTEM]
    libraries = {_key(entry): entry for entry in binaries if entry[2] != "SYMLINK"}
    todo = [entry for entry in binaries if _is_wanted(entry, plugins)]
    kept = set(todo)
    while todo:
        for library in imports(todo.pop()[1]):
            entry = libraries.get(PurePath(library).name.lower())
            # A plugin that the list drops stays dropped, whoever links to it.
            if entry is not None and entry not in kept and not plugin_name(entry[0]):
                kept.add(entry)
                todo.append(entry)
    names = {_key(entry) for entry in kept}
    return [
        entry
        for entry in binaries
        if entry in kept or (entry[2] == "SYMLINK" and _target_key(entry) in names)
    ]


def _is_wanted(entry: Entry, plugins: Sequence[str]) -> bool:
    name, _, kind = entry
    if kind == "EXTENSION":
        return True
    return plugin_name(name) in plugins or PurePath(name).name.lower().startswith(INTERPRETER)


def _key(entry: Entry) -> str:
    return PurePath(entry[0].replace("\\", "/")).name.lower()


def _target_key(entry: Entry) -> str:
    return PurePath(entry[1]).name.lower()
