"""What goes into the package, and the packaged programs where they have been built."""

from __future__ import annotations

import http.client
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools.licences import add_licences, libraries
from tools.package import write_archive
from tools.prune import PLUGINS, MissingPluginError, plugin_name, prune
from tools.standard_library import is_standard, write_modules

TOP = Path(__file__).parents[2]
SUFFIX = ".exe" if sys.platform == "win32" else ""
PACKAGE = TOP / "dist" / "Spindle"
built = pytest.mark.skipif(
    not (PACKAGE / f"Spindle{SUFFIX}").exists(), reason="not built: python dev.py build makes it"
)

WINDOWS_LIKE = {
    "python313.dll": [],
    "_ssl.pyd": ["libcrypto-3.dll"],
    "libcrypto-3.dll": [],
    "PySide6\\QtCore.pyd": ["Qt6Core.dll", "KERNEL32.dll"],
    "PySide6\\Qt6Core.dll": ["VCRUNTIME140.dll"],
    "PySide6\\Qt6Qml.dll": ["Qt6Core.dll"],
    "PySide6\\opengl32sw.dll": [],
    "VCRUNTIME140.dll": [],
    "PySide6\\plugins\\platforms\\qwindows.dll": ["qt6core.dll"],
    "PySide6\\plugins\\platforms\\qminimal.dll": ["Qt6Qml.dll"],
}


def binaries(names):
    return [(name, name, "EXTENSION" if name.endswith(".pyd") else "BINARY") for name in names]


def test_what_is_kept_and_what_it_loads_stays():
    kept = prune(binaries(WINDOWS_LIKE), ["platforms/qwindows"], WINDOWS_LIKE.__getitem__)
    dropped = {"PySide6\\Qt6Qml.dll", "PySide6\\opengl32sw.dll", "PySide6\\plugins\\platforms\\qminimal.dll"}
    assert [name for name, _, _ in kept] == [name for name in WINDOWS_LIKE if name not in dropped]


def test_a_link_stays_with_what_it_leads_to():
    entries = [
        ("a.so", "a.so", "EXTENSION"),
        ("lib/libb.so.1", "/usr/libb.so.1", "BINARY"),
        ("libb.so.1", "lib/libb.so.1", "SYMLINK"),
        ("lib/libc.so.1", "/usr/libc.so.1", "BINARY"),
        ("libc.so.1", "lib/libc.so.1", "SYMLINK"),
    ]
    kept = prune(entries, [], lambda file: ["libb.so.1"] if file == "a.so" else [])
    assert [name for name, _, _ in kept] == ["a.so", "lib/libb.so.1", "libb.so.1"]


def test_a_plugin_that_is_missing_is_named():
    with pytest.raises(MissingPluginError, match="styles/qmodernwindowsstyle"):
        prune(binaries(WINDOWS_LIKE), PLUGINS["win32"], WINDOWS_LIKE.__getitem__)


def test_what_belongs_to_windows_is_not_brought_along():
    """Qt calls ICU, which Windows has since version 10; another one beside it would be loaded in its place."""
    names = ["PySide6\\Qt6Core.dll", "PySide6\\icuuc.dll", "PySide6\\QtCore.pyd"]
    links = {"PySide6\\QtCore.pyd": ["Qt6Core.dll"], "PySide6\\Qt6Core.dll": ["icuuc.dll"]}
    kept = prune(binaries(names), [], lambda file: links.get(file, []))
    assert [name for name, _, _ in kept] == ["PySide6\\Qt6Core.dll", "PySide6\\QtCore.pyd"]


@pytest.mark.skipif(sys.platform == "win32", reason="libraries have links on other systems")
def test_the_archive_holds_a_link_as_a_link(tmp_path):
    folder = tmp_path / "Spindle"
    folder.mkdir()
    (folder / "libb.so.1").write_bytes(bytes(9000))
    (folder / "libb.so").symlink_to("libb.so.1")
    write_archive(folder, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        link = archive.getinfo("Spindle/libb.so")
        assert stat.S_ISLNK(link.external_attr >> 16)
        assert archive.read(link) == b"libb.so.1"
        assert archive.read("Spindle/libb.so.1") == bytes(9000)


def test_python_imports_what_the_shared_archive_holds(tmp_path):
    source = {
        "one.py": "from two import four",
        "two/__init__.py": "from two.three import four",
        "two/three.py": "four = 4",
    }
    for name, text in source.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    archive = tmp_path / "library.zip"
    with zipfile.ZipFile(archive, "w") as library:
        library.writestr("zero.py", "zero = 0")
    modules = [("one", "one.py"), ("two", "two/__init__.py"), ("two.three", "two/three.py")]
    write_modules(archive, [(name, str(tmp_path / file), "PYMODULE") for name, file in modules])
    code = "import sys; sys.path[:0] = [sys.argv[1]]; import one, two.three, zero; print(one.four, zero.zero, two.__file__)"
    command = [sys.executable, "-c", code, str(archive)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert answer.stdout.split(maxsplit=2)[:2] == ["4", "0"], answer.stderr
    assert str(archive) in answer.stdout


@pytest.mark.parametrize(
    ("name", "source", "shared"),
    [
        ("json.decoder", "Lib/json/decoder.py", True),
        ("cryptography.x509", "site-packages/cryptography/x509/__init__.py", False),
        ("server_core.pool", "server_core/pool.py", False),
        ("os.path", "-", False),  # a name without a file
    ],
)
def test_only_the_standard_library_is_shared(name, source, shared):
    assert is_standard((name, source, "PYMODULE")) is shared


WITHOUT_THE_EXCLUDED = """
import importlib, pkgutil, sys
from tools.package import write_archive
from tools.prune import EXCLUDED_FROM_SERVER, EXCLUDED_MODULES
packages = sys.argv[1:]
excluded = EXCLUDED_MODULES + (() if "gui" in packages else EXCLUDED_FROM_SERVER)
sys.modules.update(dict.fromkeys(excluded))  # None: importing it fails
for package in packages:
    for module in pkgutil.iter_modules([package]):
        if module.name != "__main__":
            importlib.import_module(f"{package}.{module.name}")
import hashlib
hashlib.sha256(b"")
print("imported")
"""


@pytest.mark.parametrize("packages", [("server_core",), ("server_core", "gui")])
def test_the_programs_do_without_the_excluded_modules(packages):
    command = [sys.executable, "-c", WITHOUT_THE_EXCLUDED, *packages]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("imported\n", 0), done.stderr


def test_every_library_of_the_package_brings_its_licence(tmp_path):
    pytest.importorskip("PyInstaller")
    add_licences(tmp_path)
    texts = {file.name: file.read_text("utf-8", "replace") for file in tmp_path.rglob("*.txt")}
    assert "MIT License" in texts["LICENSE.txt"]
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in texts["LGPL-3.0.txt"]
    assert "GNU GENERAL PUBLIC LICENSE" in texts["GPL-3.0.txt"]
    assert "PYTHON SOFTWARE FOUNDATION" in texts["Python-LICENSE.txt"].upper()
    assert "Apache License" in texts["cryptography-LICENSE-APACHE.txt"]
    assert {"cryptography", "cffi"} <= set(libraries())
    for library in libraries():
        assert any(name.startswith(f"{library}-") for name in texts)


@pytest.mark.parametrize(
    ("name", "plugin"),
    [
        ("PySide6/plugins/platforms/qwindows.dll", "platforms/qwindows"),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "platforms/libqxcb"),
        ("PySide6/Qt6Core.dll", ""),
        ("other/plugins/platforms/x.dll", ""),
    ],
)
def test_the_name_of_a_plugin(name, plugin):
    assert plugin_name(name) == plugin


@pytest.mark.frozen
@built
def test_the_package_holds_no_more_than_it_needs():
    files = [file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*") if file.is_file()]
    assert {plugin_name(file) for file in files} - {""} == set(PLUGINS["win32" if SUFFIX else "linux"])
    for needed in ("LICENSE.txt", "licences/LGPL-3.0.txt", "licences/Python-LICENSE.txt"):
        assert needed in files
    for unwanted in (
        "icuuc.dll",
        "opengl32sw",
        "translations",
        "Qt6Quick",
        "Qt6Qml",
        "tkinter",
        "uploads/upload_",
    ):
        assert not [file for file in files if unwanted in file]


@pytest.mark.frozen
@pytest.mark.slow
@built
def test_the_packaged_window_passes_its_self_test(tmp_path):
    result = tmp_path / "result.json"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [PACKAGE / f"Spindle{SUFFIX}", "--self-test", result]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, check=False, timeout=55)
    told = json.loads(result.read_text("utf-8"))
    assert told["ok"], told
    assert ended.returncode == 0


@pytest.mark.frozen
@built
def test_the_packaged_server_serves(site, tmp_path):
    command = [PACKAGE / f"spindle-server{SUFFIX}", "0", "--root", site]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("Listening on http://127.0.0.1:")
            connection = http.client.HTTPConnection(
                "127.0.0.1", int(line.rstrip("/\n").rpartition(":")[2]), timeout=20
            )
            connection.request("GET", "/sample.txt")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"0123456789")
            connection.close()
        finally:
            process.kill()
