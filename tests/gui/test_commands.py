"""The lines are really run: what a server receives must be what it received before."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import closing, contextmanager

import pytest

from gui.commands import Repeat, curl, posix_quoted, powershell, powershell_quoted, repeat_of, upload_of
from server_core.events import INFO, REQUEST, Event
from tests.test_blackbox_twins import find_bash, find_powershell

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

HOSTILE = (
    "plain",
    "it's; $(touch hacked) `touch hacked` & calc | more > out",
    'a "quoted" \\word\\ %PATH% $HOME ${x} {0} ^ !',
    "‘typographic’ ‚quotes‛; Remove-Item x",
    "escape \x1b[31m, bell \x07, line\r\nfeed",
    "umlaut äöü, snow ☃, turn \u202e around",
    "",
)  # fmt: skip

bash = pytest.mark.skipif(find_bash() is None, reason="no bash on the PATH")
powershell_here = pytest.mark.skipif(find_powershell() is None, reason="no PowerShell")


class Listener:
    """Takes one request and keeps its octets."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        self.received = b""

    def take_one(self):
        client, _ = self.socket.accept()
        with closing(client):
            client.settimeout(20)
            while not self._is_whole():
                self.received += client.recv(65536)
            client.sendall(ANSWER)

    def _is_whole(self):
        head, end, body = self.received.partition(b"\r\n\r\n")
        lines = [line.partition(b":") for line in head.split(b"\r\n")]
        length = next((int(value) for name, _, value in lines if name.lower() == b"content-length"), 0)
        return bool(end) and len(body) >= length

    @property
    def line(self):
        return self.received.split(b"\r\n")[0].decode("latin-1")

    @property
    def fields(self):
        lines = self.received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    @property
    def body(self):
        return self.received.partition(b"\r\n\r\n")[2]


@contextmanager
def listening():
    listener = Listener()
    thread = threading.Thread(target=listener.take_one)
    thread.start()
    yield listener
    thread.join(25)
    listener.socket.close()


def run_bash(line, folder):
    command = [str(find_bash()), "-c", line]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=25, check=False)


def run_powershell(line, folder):
    command = [str(find_powershell()), "-NoProfile", "-NonInteractive", "-Command", line]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=55, check=False)


BROWSER = (("Host", "app.example"), ("User-Agent", "Mozilla/5.0 (it's me)"), ("Accept", "text/html;q=0.9"),
           ("X-Empty", ""), ("Cookie", 'a=1; b="2"'), ("Connection", "keep-alive"))  # fmt: skip

CASES = {
    "a page": ("GET", "/index.html", (), b""),
    "a query": ("GET", "/a.html?b=1&c=$(x)", (), b""),
    "a browser's request": ("GET", "/", BROWSER, b""),
    "a path that clients would mend": ("GET", "/../etc//passwd", (), b""),
    "percent coding": ("GET", "/%2e%2e/a%41.html", (), b""),
    "another method": ("BREW", "/pot.html", (), b""),
    "a range": ("GET", "/photo.png", (("Range", "bytes=0-3"), ("If-Range", '"a-b"')), b""),
    "JSON": ("POST", "/upload", (("Content-Type", "application/json"), ("Content-Length", "99")), b'{"a": "it\'s \xc3\xa9"}'),
    "octets of Latin-1": ("GET", "/", (("X-Name", "\xe9\xff"),), b""),
    "an absolute target": ("GET", "http://other.example/", (), b""),
}  # fmt: skip


def check_received(listener, method, target, fields, body):
    assert listener.line == f"{method} {target} HTTP/1.1"
    for name, value in fields:
        if name.lower() not in {"content-length", "connection"}:
            assert listener.fields[name.lower()] == value
    assert listener.body == body


@bash
@pytest.mark.parametrize("case", CASES)
def test_curl_sends_the_same_request(case, tmp_path):
    method, target, fields, body = CASES[case]
    with listening() as listener:
        done = run_bash(curl(Repeat(listener.url, method, target, fields, body)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(b"ok")
    check_received(listener, method, target, fields, body)
    assert not any(tmp_path.glob("hacked*"))


@bash
def test_curl_sends_the_fields_that_were_there_and_no_others(tmp_path):
    with listening() as listener:
        run_bash(curl(Repeat(listener.url, "GET", "/", (("X-Own", "1"),))), tmp_path)
    assert set(listener.fields) == {"host", "x-own"}


@powershell_here
@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_powershell_sends_the_same_request(case, tmp_path):
    method, target, fields, body = CASES[case]
    with listening() as listener:
        done = run_powershell(powershell(Repeat(listener.url, method, target, fields, body)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"ok" in done.stdout
    check_received(listener, method, target, fields, body)
    assert not any(tmp_path.glob("hacked*"))


@bash
@pytest.mark.parametrize("text", HOSTILE)
def test_a_posix_shell_takes_quoted_text_for_one_word(text, tmp_path):
    word = posix_quoted(text, "utf-8")
    assert run_bash(f"printf '[%s]' {word}", tmp_path).stdout == f"[{text}]".encode()
    assert not any(tmp_path.glob("hacked*"))
    assert "\x1b" not in word
    assert "\n" not in word


@powershell_here
@pytest.mark.slow
def test_powershell_takes_quoted_text_for_one_string(tmp_path):
    line = "; ".join(
        f"[Text.Encoding]::UTF8.GetBytes({powershell_quoted(text)}) -join ','" for text in HOSTILE
    )
    assert "\x1b" not in line
    done = run_powershell(line, tmp_path)
    said = [
        bytes(map(int, filter(None, row.split(",")))).decode() for row in done.stdout.decode().splitlines()
    ]
    assert said == list(HOSTILE)
    assert not any(tmp_path.glob("hacked*"))


@pytest.mark.parametrize(
    ("target", "fields", "begins"),
    [
        ("/index.html?a=1", (("User-Agent", "x"), ("Accept", "*/*")), "Invoke-WebRequest "),
        ("/a%20b.html", (), "Invoke-WebRequest "),
        ("/index.html", (("Range", "bytes=0-1"),), "$c = "),
        ("/../x.html", (), "$c = "),
        ("/x/..", (), "$c = "),
        ("//x", (), "$c = "),
        ("/%2e%2e/x.html", (), "$c = "),
    ],
)
def test_the_cmdlet_is_used_where_it_sends_the_very_request(target, fields, begins):
    assert powershell(Repeat("http://127.0.0.1:8080/", "GET", target, fields)).startswith(begins)


@bash
def test_an_uploaded_file_is_sent_again(tmp_path):
    file = tmp_path / "it's [1] ä.json"
    file.write_bytes(b'{"n": 1}\n')
    with listening() as listener:
        done = run_bash(curl(upload_of(listener.url, file)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert listener.line == "POST /upload HTTP/1.1"
    assert listener.fields["content-type"] == "application/json"
    assert listener.body == b'{"n": 1}\n'


@powershell_here
@pytest.mark.slow
def test_powershell_sends_an_uploaded_file_again(tmp_path):
    file = tmp_path / "it's [1] ä.json"
    file.write_bytes(b'{"n": 1}\n')
    with listening() as listener:
        done = run_powershell(powershell(upload_of(listener.url, file)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert listener.fields["content-type"] == "application/json"
    assert listener.body == b'{"n": 1}\n'


def test_a_row_s_head_becomes_the_request_s_fields():
    head = b"GET /a HTTP/1.1\r\nHost: a.test:80\r\nX-A:  b: c \r\n\r\n"
    event = Event(0.0, INFO, REQUEST, method="GET", target="/a", version="HTTP/1.1", request_head=head)
    repeat = repeat_of(event, "http://127.0.0.1:8080/")
    assert repeat.fields == (("Host", "a.test:80"), ("X-A", "b: c"))


def test_a_row_that_is_no_request_can_not_be_repeated():
    assert repeat_of(Event(0.0, INFO, "lifecycle", message="stopped"), "http://127.0.0.1:8080/") is None
