"""``python server.py`` as a person or a script runs it."""

from __future__ import annotations

import json
import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from server_core.version import VERSION
from tests.functional.live import Client
from tests.functional.process import run, running

if TYPE_CHECKING:
    from pathlib import Path

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise on Windows")


def test_version():
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Spindle {VERSION}\n", "")


WEBSITE = ("--profile", "website")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("eighty",), "The port must be a whole number from 0 to 65535, not 'eighty'."),
        (("65536",), "not '65536'"),
        (("0", "not an address"), "is not an address to listen on"),
        (("0", "127.0.0.1", "0"), "The number of threads"),
        (("0", "127.0.0.1", "1", "more"), "more"),
        (("--port", "8080"), "--port is no option here: write PORT, HOST and THREADS without names."),
        (("8080", "--host=0.0.0.0"), "--host is no option here"),
        (("--root", "/no/such/folder"), "does not exist"),
        (("--root", __file__), "is a file"),
        (("--allow-host", "b/c"), "b/c"),
        (("--allow-host", ""), "One of the names is empty: write a name, or leave the option out."),
        (("--allow-host", "a.test", "--allow-host", " "), "One of the names is empty"),
        (("--max-connections", "0"), "The number of connections"),
        (("--queue-size", "-1"), "The queue size"),
        (("--keep-alive-timeout", "soon"), "The keep-alive timeout"),
        (("--max-requests", "0"), "The number of requests"),
        (("--max-body", "1e6"), "The largest body"),
        (("--log-file", "/no/such/folder/log"), "does not exist"),
        (("--log-format", "xml"), "The log format must be text or json"),
        (("--spa",), "--spa belongs to the Website profile"),
        ((*WEBSITE, "--cors", "null"), "null can't be allowed"),
        ((*WEBSITE, "--cors", "https://a.test/"), "'https://a.test/' is not an origin"),
        ((*WEBSITE, "--header", "X"), "'X' is not a field: write 'Name: value'"),
        ((*WEBSITE, "--header", "X: a\nY: b"), "has a line break"),
        ((*WEBSITE, "--header", "Content-Length: 1"), "Content-Length is what the server itself says"),
        ((*WEBSITE, "--cache", "never"), "'never' is not how long files may be kept"),
        (("--users", "/no/such/users"), "does not exist: add a user first"),
        (("--users", __file__), "Line 1 of the users file"),
        (("--allow-client", "office"), "'office' is not a network: write one as 192.0.2.0/24"),
        (("--deny-client", "10.0.0.1/8"), "write 10.0.0.0/8 for the network, or 10.0.0.1 for"),
        (("--allow-client", "10.1.0.0/16", "--deny-client", "10.0.0.0/8"), "10.1.0.0/16 is denied as well"),
        (("--max-client-connections", "-1"), "The number of connections of one client"),
        (("--max-client-rate", "many"), "The number of requests a second"),
        (("--add-user", "ann"), "Name the file that the users are kept in (--users FILE)"),
        (("--add-user", "a:b", "--users", "/no/such/users"), "'a:b' can't be a user's name"),
        (("--add-user", "", "--users", "/no/such/users"), "can't be a user's name"),
        (("--remove-user", "ann", "--users", "/no/such/users"), "There is no user 'ann'"),
        (("--add-user", "ann", "--remove-user", "bob"), "not allowed with argument"),
        (("--config", "/no/such.ini"), "can't be read"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_wrong_arguments_are_explained_in_a_sentence(arguments, said):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.startswith("server.py: ")
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith(".\n")


def test_a_port_that_is_taken_is_reported_with_a_way_out(site: Path):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        done = run(port, "--root", str(site))
    assert (done.returncode, done.stdout) == (3, "")
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_a_config_file_is_read_and_arguments_win(site: Path, tmp_path: Path):
    file = tmp_path / "spindle.ini"
    file.write_text(f"[server]\nport = 1\nroot = {site}\nmax-requests = 7\n", "utf-8")
    with running("0", "--config", str(file)) as server:
        assert server.address[1] > 1
        with Client(server.address, f"127.0.0.1:{server.address[1]}") as client:
            answer = client.get("/sample.txt")
            assert (answer.body, answer.fields["keep-alive"]) == (b"0123456789", "timeout=30, max=7")


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_gracefully(site: Path, number):
    with running("0", "--root", str(site)) as server:
        with Client(server.address, f"127.0.0.1:{server.address[1]}") as client:
            assert client.get("/").status == 200
            server.process.send_signal(number)
            assert client.is_closed()
        status, out, err = server.wait()
    assert (status, err) == (0, "")
    assert '"GET / HTTP/1.1" 200' in out
    assert "stopped; 0 requests in flight were cut" in out


INTERRUPTED = """
import os, runpy, signal, sys

class Interrupter:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupter())
runpy.run_path("server.py", run_name="__main__")
"""


@posix_only
@pytest.mark.parametrize("module", ["pathlib", "server_core", "server_core.config", "server_core.pool"])
def test_an_interrupt_while_it_still_loads_ends_it_without_a_word(module):
    done = run(module, command=[sys.executable, "-c", INTERRUPTED])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@posix_only
def test_a_quiet_server_logs_to_its_file_alone(site: Path, tmp_path: Path):
    file = tmp_path / "log"
    options = ("--root", str(site), "--quiet", "--log-file", str(file), "--log-format", "json")
    with running("0", *options) as server:
        with Client(server.address, f"127.0.0.1:{server.address[1]}") as client:
            assert client.get("/missing.html").status == 404
        server.process.terminate()
        assert server.wait() == (0, "", "")
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    (answered,) = [row for row in rows if row.get("status") == 404]
    assert (answered["target"], answered["reason"]) == ("/missing.html", "not-found")
    assert any("stopped;" in row.get("message", "") for row in rows)
