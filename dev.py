"""What a developer does with Spindle, as one command: `python dev.py VERB [ARGUMENTS]`.

Each verb prepares what it needs and no more: a private `.venv` beside this file, the Python
libraries in it, on Debian and Ubuntu the shared libraries that Qt loads. What is there is not
touched again, so the second start is immediate. The exit status is that of the program started.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = sys.platform == "win32"
LINUX = sys.platform.startswith("linux")
VENV_PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
TAIL_LINES = 15
INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl+C

# What Qt's window (platform plugin "xcb") links to on Linux, and the Debian or Ubuntu package that holds it.
# From `ldd` over QtGui, QtWidgets and the plugins xcb and offscreen, less what every installation has.
# Where a release renamed a package (libglib2.0-0t64), the new one provides the old name.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}

# What the output of a failed tool says, and what to do about it.
REMEDIES = {
    "No space left|Errno 28": "The disk is full: make room and run this again.",
    "CERTIFICATE_VERIFY_FAILED": "The network's certificate is not trusted: name its file in PIP_CERT.",
    "name resolution|getaddrinfo|NewConnection|Max retries|timed out|Unable to locate|Failed to fetch": (
        "The package index cannot be reached: check the network (or HTTPS_PROXY) and run this again."
    ),
    "No matching distribution": "This Python or system is not served: use 64-bit CPython 3.10 to 3.13.",
    "ensurepip": "This Python cannot make virtual environments: install its venv package and run this again.",
    "Could not get lock": "Another installation is running: wait until it ends and run this again.",
}


class SetupError(Exception):
    """What was wrong and what to do, in one sentence; `main` prints it and exits with 1."""


class Libraries(NamedTuple):
    """A set of Python libraries: the files that list them, and which of those (all where none is named)."""

    files: tuple[str, ...]
    only: tuple[str, ...] = ()

    def text(self) -> str:
        lines = [line for name in self.files for line in (ROOT / name).read_text("utf-8").splitlines()]
        return "\n".join(
            line for line in lines if not line.startswith("#") and line.startswith(self.only or "")
        )

    def digest(self) -> str:
        return hashlib.sha256(self.text().encode()).hexdigest()

    def pip_arguments(self) -> list[str]:
        return self.text().splitlines() if self.only else ["-r", str(ROOT / self.files[-1])]


# From the smallest to the largest: each holds all of those before it.
LIBRARIES = {
    "window": Libraries(("requirements.txt",), only=("PySide6", "psutil", "segno", "cryptography")),
    "build": Libraries(("requirements.txt",)),
    "tests": Libraries(("requirements.txt", "requirements-dev.txt")),
    "bench": Libraries(("requirements.txt", "requirements-dev.txt", "benchmarks/requirements.txt")),
}


def step(title: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Run a tool that takes a while and show that it runs; where it fails, its last lines and a remedy."""
    live = sys.stdout.isatty()
    started = time.monotonic()
    if not live:
        print(f"{title} ...", flush=True)
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            while child.poll() is None:
                elapsed_s = time.monotonic() - started
                mark = "|/-\\"[int(elapsed_s * 8) % 4]
                if live:
                    print(f"\r{mark} {title} ... {elapsed_s:.0f} s", end="", flush=True)
                time.sleep(0.05)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
        log.seek(0)
        output = log.read().decode("utf-8", "replace")
    verdict = "done" if child.returncode == 0 else "failed"
    print(f"{chr(13) if live else ''}{title}: {verdict} after {time.monotonic() - started:.1f} s", flush=True)
    if child.returncode:
        print(*output.splitlines()[-TAIL_LINES:], sep="\n", file=sys.stderr)
        raise SetupError(remedy(output))


def remedy(output: str) -> str:
    """What to do about a tool that failed with this output."""
    for pattern, sentence in REMEDIES.items():
        if re.search(pattern, output):
            return sentence
    return "The lines above say what failed; mend that and run this again."


def hand_over(
    argv: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> int:
    """Run the program of the verb on this terminal; its exit status, 128 + N where signal N ended it."""
    # The terminal sends Ctrl+C to the child as well, which decides when and how to end. A handler, since a
    # KeyboardInterrupt within wait() can lose the status, and an ignored signal would be inherited.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        child = subprocess.Popen([str(word) for word in argv], env=env, cwd=cwd)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        status = child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status


def missing_parts(*, window: bool) -> dict[str, str]:
    """What this Linux lacks for virtual environments and, if asked, the window: each part and its package."""
    missing = {}
    importlib.invalidate_caches()  # a package may have just been installed
    if LINUX and importlib.util.find_spec("ensurepip") is None and not venv_is_sound():
        missing["the module ensurepip"] = f"python3.{sys.version_info.minor}-venv"
    for name, package in QT_LIBRARIES.items() if LINUX and window else ():
        try:
            ctypes.CDLL(name)
        except OSError:
            missing[name] = package
    return missing


def install_packages(packages: Sequence[str], why: str) -> None:
    """Install Debian packages where this user may; else say which, and how."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not shutil.which("apt-get"):
        raise SetupError(f"{why}. Install what Debian calls {' '.join(packages)}, and run this again.")
    if sys.platform == "win32" or os.geteuid() != 0:
        raise SetupError(f"{why}. Run `sudo {' '.join(command)}`, and then this again.")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    step("Reading the list of system packages", ["apt-get", "update"], env)
    step(f"Installing system packages ({len(packages)})", command, env)


def prepare_system(*, window: bool) -> None:
    """See that what comes from the system is there: installed where this user may, else named."""
    missing = missing_parts(window=window)
    if not missing:
        return
    install_packages(list(missing.values()), f"This system lacks {', '.join(missing)}")
    missing = missing_parts(window=window)
    if missing:
        raise SetupError(f"The packages are installed, yet these cannot be loaded: {', '.join(missing)}.")


def venv_is_sound() -> bool:
    """Whether .venv runs, has pip, and is of the Python that runs this."""
    probe = [str(VENV_PYTHON), "-c", "import sys, pip; print(sys.version)"]
    try:
        answer = subprocess.run(probe, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == sys.version.strip()


def prepare_venv() -> None:
    """Make .venv, anew where it is broken or of another Python."""
    if venv_is_sound():
        return
    try:
        if VENV.exists():
            shutil.rmtree(VENV)
    except OSError as error:
        raise SetupError(
            f"{VENV} must be made anew and cannot be removed ({error}): close what uses it."
        ) from error
    step(f"Making .venv for Python {sys.version.split()[0]}", [sys.executable, "-m", "venv", str(VENV)])


def prepare_libraries(name: str) -> None:
    """See that .venv holds the set of LIBRARIES of that name, or one that includes it."""
    names = list(LIBRARIES)
    for wider in names[names.index(name) :]:
        stamp = VENV / f"{wider}.stamp"
        if stamp.exists() and stamp.read_text("ascii") == LIBRARIES[wider].digest():
            return
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    step(f"Installing the Python libraries ({name})", [*pip, *LIBRARIES[name].pip_arguments()])
    (VENV / f"{name}.stamp").write_text(LIBRARIES[name].digest(), "ascii")


def prepare(libraries: str, *, window: bool = True) -> None:
    """Everything that a verb needs, from the system up; nothing is done twice."""
    prepare_system(window=window)
    prepare_venv()
    prepare_libraries(libraries)


def headless() -> bool:
    """Whether this is a Linux without a screen for the window."""
    return LINUX and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )


def qt_environment() -> dict[str, str]:
    """The environment for a program that loads Qt: drawn in memory where there is no screen."""
    return {**os.environ, **({"QT_QPA_PLATFORM": "offscreen"} if headless() else {})}


def without_window(arguments: Sequence[str]) -> list[str]:
    """The window's arguments as server.py takes them: `--port 80 --start` is `80 127.0.0.1 10`."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--port", default="8080")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--threads", default="10")
    parser.add_argument("--start", action="store_true")
    window, rest = parser.parse_known_args(arguments)
    return [window.port, window.host, window.threads, *rest]


def run(arguments: Sequence[str]) -> int:
    if headless() and not any(argument.startswith("--self-test") for argument in arguments):
        print(
            "No screen here (neither DISPLAY nor WAYLAND_DISPLAY is set): serving without the window.",
            flush=True,
        )
        return serve(without_window(arguments))
    prepare("window")
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return hand_over([VENV_PYTHON, "-m", "gui", *arguments], env={**qt_environment(), "PYTHONPATH": path})


def serve(arguments: Sequence[str]) -> int:
    return hand_over([sys.executable, ROOT / "server.py", *arguments])


def test(arguments: Sequence[str]) -> int:
    prepare("tests")
    return hand_over([VENV_PYTHON, "-m", "pytest", *arguments], env=qt_environment(), cwd=ROOT)


def lint(arguments: Sequence[str]) -> int:
    prepare("tests", window=False)
    checks = (
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["mypy", "--platform=linux"],
        ["mypy", "--platform=win32", "--cache-dir=.mypy_cache/win32", "server_core", "gui", "server.py"],
    )
    statuses = []
    for check in checks:
        print(f"-- {' '.join(check)}", flush=True)
        statuses.append(hand_over([VENV_PYTHON, "-m", *check, *arguments], cwd=ROOT))
        if statuses[-1] >= INTERRUPTED:
            break
    return max(statuses)


def bench(arguments: Sequence[str]) -> int:
    """Compare with other servers; those that can not be installed here are left out, and named."""
    if not LINUX:
        raise SetupError("The benchmark runs on Linux: wrk and the servers to compare with are there.")
    prepare("bench", window=not arguments)
    absent = [name for name in ("wrk", "nginx", "caddy") if not shutil.which(name)]
    if absent:
        install_packages(absent, f"The benchmark lacks {', '.join(absent)}")
    node = VENV / "bench-node"
    if shutil.which("npm") and not node.exists():
        with contextlib.suppress(SetupError):
            step("Installing node's serve", ["npm", "install", "--silent", "--prefix", str(node), "serve@14"])
    return hand_over([VENV_PYTHON, "-m", "benchmarks", *arguments], env=qt_environment(), cwd=ROOT)


def soak(arguments: Sequence[str]) -> int:
    """Try what the server promises, with faults and chaos; on any system, with what that allows."""
    prepare("tests", window=False)
    return hand_over([VENV_PYTHON, "-m", "soak", *arguments], cwd=ROOT)


def build(arguments: Sequence[str]) -> int:
    prepare("build")
    # Without each instruction's columns: they underline source text in tracebacks, and a package has none.
    interpreter = [str(VENV_PYTHON), "-X", "no_debug_ranges"]
    step("Packaging", [*interpreter, "-m", "PyInstaller", "--noconfirm", *arguments, "build.spec"])
    status = hand_over([VENV_PYTHON, "-m", "tools.package"], env=qt_environment(), cwd=ROOT)
    if status or not WINDOWS:
        return status
    from tools.installer import find_makensis

    if find_makensis() is None:
        print("There is no NSIS here, so no installer was made.", flush=True)
        return 0
    return hand_over([VENV_PYTHON, "-m", "tools.installer"], cwd=ROOT)


class Verb(NamedTuple):
    """What a person types, what they read about it, and what does it."""

    action: Callable[[Sequence[str]], int]
    summary: str


VERBS = {
    "run": Verb(run, "open the window (arguments as for `python -m gui`: --root --port --start ...)"),
    "serve": Verb(
        serve, "serve without the window (arguments as for server.py: PORT HOST THREADS --root ...)"
    ),
    "test": Verb(test, "run all tests (arguments as for pytest: -m 'not slow' for the quick loop)"),
    "bench": Verb(bench, "compare with nginx and others: a table and a chart in benchmarks/results"),
    "soak": Verb(
        soak,
        "try the server with faults and chaos (--minutes N, --short): a page and a chart in soak/results",
    ),
    "lint": Verb(lint, "check style and types: ruff, and mypy for Linux and for Windows"),
    "build": Verb(build, "package the program into dist, let it test itself, and say how large it is"),
}


def usage() -> str:
    verbs = "\n".join(f"  {name:<6} {verb.summary}" for name, verb in VERBS.items())
    return f"usage: python dev.py VERB [ARGUMENTS]\n\n{verbs}"


def main(argv: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a console without Unicode
    if not argv or argv[0] in ("-h", "--help"):
        print(usage())
        return 0
    name, *arguments = argv
    if name not in VERBS:
        print(f"dev.py: there is no verb {name!r}: use one of {', '.join(VERBS)}.", file=sys.stderr)
        return 2
    try:
        return VERBS[name].action(arguments)
    except SetupError as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndev.py: interrupted; the next run picks up from here.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036  # this file still parses on Python 3.7, to say so
        sys.exit("dev.py: Spindle needs Python 3.10 or newer; this is " + sys.version.split()[0] + ".")
    sys.exit(main(sys.argv[1:]))
