"""The servers that are compared, each as the command that serves a folder on a port of this computer.

All get one process; those that have threads get ten. Only Spindle writes a log.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parent.parent
START_DEADLINE_S = 20.0
STOP_DEADLINE_S = 15.0

NGINX = """\
daemon off; worker_processes 1; pid {work}/nginx.pid; error_log {work}/nginx-error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type text/html;
  client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096; root {root}; }}
}}
"""


class Place(NamedTuple):
    """Where a server runs."""

    root: Path
    port: int
    work: Path
    """For its own files."""
    python: str


def _spindle_without_log(place: Place) -> list[str]:
    listens = [str(place.port), "127.0.0.1", "10"]
    return [place.python, str(PROJECT / "server.py"), *listens, "--quiet", *_settings(place)]


def _spindle(place: Place) -> list[str]:
    return [*_spindle_without_log(place), *_log(place)]


def _window(place: Place) -> list[str]:
    listens = ["--port", str(place.port), "--host", "127.0.0.1", "--threads", "10"]
    return [place.python, "-m", "gui", *listens, "--start", *_settings(place), *_log(place)]


def _settings(place: Place) -> list[str]:
    return ["--root", str(place.root), "--max-requests", "1000000000"]


def _log(place: Place) -> list[str]:
    return ["--log-file", str(place.work / "spindle.log")]


def _nginx(place: Place) -> list[str]:
    config = place.work / "nginx.conf"
    config.write_text(NGINX.format(work=place.work, port=place.port, root=place.root), "utf-8")
    return ["nginx", "-p", str(place.work), "-e", str(place.work / "nginx-error.log"), "-c", str(config)]


def _caddy(place: Place) -> list[str]:
    return ["caddy", "file-server", "--root", str(place.root), "--listen", f"127.0.0.1:{place.port}"]


def _serve(place: Place) -> list[str]:
    program = SERVE / "node_modules" / "serve" / "build" / "main.js"
    return ["node", str(program), "-L", "-u", "-l", f"tcp://127.0.0.1:{place.port}", str(place.root)]


def _python(name: str) -> Callable[[Place], list[str]]:
    return lambda place: [sys.executable, "-m", "benchmarks.wsgi_files", name, str(place.port)]


def _gunicorn(place: Place) -> list[str]:
    program = ["-m", "gunicorn", "--workers", "1", "--threads", "10", "--log-level", "critical"]
    return [sys.executable, *program, "--bind", f"127.0.0.1:{place.port}", "benchmarks.wsgi_files:app"]


SERVE = Path(os.environ.get("BENCH_NODE", PROJECT / ".venv" / "bench-node"))
"""Where ``dev.py bench`` puts node's serve."""


class Kind(NamedTuple):
    """A server by name."""

    command: Callable[[Place], list[str]]
    needs: tuple[str, ...] = ()
    """Programs without which it is left out."""
    version: tuple[str, ...] = ()


SERVERS: dict[str, Kind] = {
    "nginx": Kind(_nginx, ("nginx",), ("nginx", "-v")),
    "spindle": Kind(_spindle),
    "spindle, no log": Kind(_spindle_without_log),
    "spindle, window": Kind(_window),
    "caddy": Kind(_caddy, ("caddy",), ("caddy", "version")),
    "serve": Kind(_serve, ("node", str(SERVE)), ("node", "--version")),
    "cheroot": Kind(_python("cheroot")),
    "waitress": Kind(_python("waitress")),
    "gunicorn": Kind(_gunicorn),
    "aiohttp": Kind(_python("aiohttp")),
}


def missing(name: str) -> str:
    """What is not there that the server needs; empty where all is."""
    return ", ".join(each for each in SERVERS[name].needs if not (shutil.which(each) or Path(each).exists()))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Running:
    """A started server; a context that stops it."""

    def __init__(self, name: str, root: Path, work: Path, python: str) -> None:
        self.name = name
        self.port = free_port()
        place = Place(root, self.port, work / name.replace(", ", "-").replace(" ", "-"), python)
        place.work.mkdir(parents=True, exist_ok=True)
        path = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
        env = {**os.environ, "BENCH_ROOT": str(root), "PYTHONPATH": path, "HOME": str(place.work)}
        # The window alone, and none of the settings of whoever runs this.
        env |= {"XDG_CONFIG_HOME": str(place.work), "XDG_DATA_HOME": str(place.work)}
        with (place.work / "output.txt").open("wb") as output:
            self.process = subprocess.Popen(
                SERVERS[name].command(place), env=env, stdout=output, stderr=output, cwd=place.work
            )
        self._output = place.work / "output.txt"

    def __enter__(self) -> Running:  # noqa: PYI034  # Self is newer than Python 3.10
        until_s = time.monotonic() + START_DEADLINE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1.0).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until_s:
                    self.__exit__()
                    raise RuntimeError(f"{self.name}: {self._output.read_text('utf-8')[-800:]}") from None
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def memory_kib(self) -> int:
        """Resident memory of the server's processes, from /proc."""
        pids = [self.process.pid]
        for pid in pids:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
            pids += [int(child) for child in children.split()]
        return sum(_resident_kib(pid) for pid in pids)


def _resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
