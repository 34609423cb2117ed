"""dev.py: what it says, what it passes on, and that it repairs what it finds broken."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import dev
from server_core.config import Config

ROOT = Path(dev.__file__).parent
LINUX_ONLY = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux packages and displays")
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")

# Stands for server.py: tells its arguments, then does what the first one says.
ECHO_SERVER = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(5))
print(*sys.argv[1:], flush=True)
if sys.argv[1] == "wait":
    time.sleep(30)
sys.exit(7)
"""


@pytest.fixture
def project(tmp_path):
    """A project of its own around a copy of dev.py: it has its own .venv and its own requirements."""
    shutil.copy(ROOT / "dev.py", tmp_path)
    (tmp_path / "server.py").write_text(ECHO_SERVER, "utf-8")
    return tmp_path


def run_dev(*arguments, folder=ROOT, **changes):
    env = {name: value for name, value in os.environ.items() if name not in SCREENS} | changes
    command = [sys.executable, folder / "dev.py", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=50, check=False)


def prepare(folder, name):
    """Prepare a set of libraries in the project in that folder; what was said meanwhile."""
    command = [sys.executable, "-c", f"import dev; dev.prepare({name!r}, window=False)"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_lists_its_verbs(arguments):
    done = run_dev(*arguments)
    assert done.returncode == 0
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert listed == ["run", "serve", "test", "bench", "soak", "lint", "build"]


def test_unknown_verb_is_refused_in_a_sentence_on_any_console():
    done = run_dev("früh", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert done.stdout == ""
    assert (
        done.stderr
        == "dev.py: there is no verb 'fr\\xfch': use one of run, serve, test, bench, soak, lint, build.\n"
    )


def test_serve_passes_arguments_and_status_and_needs_no_environment(project):
    done = run_dev("serve", "8081", "--root", "a folder", folder=project)
    assert (done.stdout, done.returncode) == ("8081 --root a folder\n", 7)
    assert not (project / ".venv").exists()


@LINUX_ONLY
def test_run_without_a_screen_says_so_and_serves(project):
    done = run_dev("run", "--port", "9000", "--start", "--root", "site", folder=project)
    said, passed = done.stdout.splitlines()
    assert "DISPLAY" in said
    assert "serving without the window" in said
    assert passed == "9000 127.0.0.1 10 --root site"
    assert done.returncode == 7
    assert not (project / ".venv").exists()


def test_run_without_a_screen_has_the_defaults_of_the_server():
    config = Config()
    assert dev.without_window([]) == [str(config.port), config.host, str(config.threads)]


@POSIX_ONLY
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 5), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_signal_ends_with_the_status_of_the_child(project, number, status):
    command = [sys.executable, project / "dev.py", "serve", "wait"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as child:
        child.stdout.readline()
        # A terminal sends Ctrl+C to the whole group; `kill` reaches dev.py alone.
        os.kill(-child.pid if number == signal.SIGINT else child.pid, number)
        assert child.wait(timeout=20) == status


def test_failed_tool_shows_its_tail_and_a_remedy(capfd):
    script = (
        "print(*range(100), sep='\\n'); print('Temporary failure in name resolution'); raise SystemExit(1)"
    )
    with pytest.raises(dev.SetupError, match="check the network"):
        dev.step("Fetching", [sys.executable, "-c", script])
    out, err = capfd.readouterr()
    assert "Fetching: failed after" in out
    assert err.splitlines() == [*map(str, range(86, 100)), "Temporary failure in name resolution"]


@LINUX_ONLY
class TestSystemPackages:
    """A library that no system has stands for one that this system lacks."""

    @pytest.fixture(autouse=True)
    def lacking(self, monkeypatch, tmp_path):
        monkeypatch.setattr(dev, "QT_LIBRARIES", {"libc.so.6": "libc6", "libnone.so.9": "libnone9"})
        monkeypatch.setenv("PATH", str(tmp_path))

    def provide_apt_get(self, folder):
        apt_get = folder / "apt-get"
        apt_get.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n', "ascii")
        apt_get.chmod(0o755)

    def test_only_what_lacks_is_missing(self):
        assert dev.missing_parts(window=True) == {"libnone.so.9": "libnone9"}
        assert dev.missing_parts(window=False) == {}

    def test_unprivileged_user_is_told_the_command(self, monkeypatch, tmp_path):
        self.provide_apt_get(tmp_path)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(dev.SetupError) as caught:
            dev.prepare_system(window=True)
        assert "This system lacks libnone.so.9." in str(caught.value)
        assert "`sudo apt-get install -y --no-install-recommends libnone9`" in str(caught.value)
        assert not (tmp_path / "calls").exists()

    def test_root_gets_it_installed_and_checked(self, monkeypatch, tmp_path):
        self.provide_apt_get(tmp_path)
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        with pytest.raises(dev.SetupError, match=r"yet these cannot be loaded: libnone\.so\.9\."):
            dev.prepare_system(window=True)
        calls = (tmp_path / "calls").read_text("ascii").splitlines()
        assert calls == ["update", "install -y --no-install-recommends libnone9"]

    def test_other_distributions_are_told_the_names(self):
        with pytest.raises(dev.SetupError, match="what Debian calls libnone9"):
            dev.prepare_system(window=True)


@LINUX_ONLY
def test_the_table_of_libraries_is_complete():
    """Where everything in the table loads, nothing that Qt's window links to is missing."""
    assert dev.missing_parts(window=True) == {}
    import PySide6

    platforms = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms"
    for plugin in ("libqxcb.so", "libqoffscreen.so"):
        linked = subprocess.run(
            ["ldd", platforms / plugin], capture_output=True, text=True, check=True
        ).stdout
        assert "libQt6Gui" in linked
        assert "not found" not in linked


class TestLibraries:
    def test_comments_do_not_change_the_digest_and_bounds_do(self, monkeypatch, tmp_path):
        monkeypatch.setattr(dev, "ROOT", tmp_path)
        libraries = dev.Libraries(("list.txt",))
        digests = []
        for text in ("alpha>=1\n", "# why\nalpha>=1\n", "alpha>=2\n"):
            (tmp_path / "list.txt").write_text(text, "utf-8")
            digests.append(libraries.digest())
        assert digests[0] == digests[1] != digests[2]

    def test_the_window_asks_for_what_it_imports_and_no_more(self):
        imported = set()
        for file in (*(ROOT / "gui").glob("*.py"), *(ROOT / "server_core").glob("*.py")):
            found = re.findall(
                r"^\s*(?:from ([\w.]+) import|import (\w+))", file.read_text("utf-8"), re.MULTILINE
            )
            found = [(package or module).partition(".")[0] for package, module in found]
            imported |= set(found) - sys.stdlib_module_names - {"gui", "server_core"}
        asked = {re.split("[^A-Za-z0-9]", each)[0] for each in dev.LIBRARIES["window"].pip_arguments()}
        assert asked == imported

    @pytest.mark.parametrize(
        ("installed", "wanted", "installs"),
        [("tests", "window", False), ("tests", "build", False), ("window", "tests", True)],
    )
    def test_a_larger_set_serves_for_a_smaller(self, monkeypatch, tmp_path, installed, wanted, installs):
        steps = []
        monkeypatch.setattr(dev, "VENV", tmp_path)
        monkeypatch.setattr(dev, "step", lambda title, argv: steps.append(title))
        (tmp_path / f"{installed}.stamp").write_text(dev.LIBRARIES[installed].digest(), "ascii")
        dev.prepare_libraries(wanted)
        assert bool(steps) == installs


@pytest.mark.slow
def test_environment_is_made_once_and_again_where_it_is_broken(project):
    """Installs a library that the test writes itself, so that no network is needed."""
    wheel = project / "probe-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("probe.py", "")
        archive.writestr("probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n")
        archive.writestr(
            "probe-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("probe-1.0.dist-info/RECORD", "")
    (project / "requirements.txt").write_text(f"./{wheel.name}\n", "utf-8")
    (project / "requirements-dev.txt").write_text("-r requirements.txt\n", "utf-8")
    python = project / ".venv" / dev.VENV_PYTHON.relative_to(dev.VENV)
    making, installing = "Making .venv", "Installing the Python libraries"

    said = prepare(project, "build")
    assert making in said
    assert installing in said
    subprocess.run([python, "-c", "import probe"], check=True)
    assert prepare(project, "build") == ""

    (project / "requirements.txt").write_text(f"./{wheel.name}\n--no-binary=none\n", "utf-8")
    said = prepare(project, "build")
    assert making not in said
    assert installing in said

    python.unlink()
    said = prepare(project, "build")
    assert making in said
    assert installing in said
    subprocess.run([python, "-c", "import probe"], check=True)
