"""The self-test's checks: the scripts' own rows, run against a real server and against one that is wrong."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections import Counter

import pytest

from gui.check_run import FAILED, ORDINARY_CLIENT, PASSED, SKIPPED, CheckRun, parse_answers
from gui.checks import Check, expand, first_values, octets_of, read_checks
from server_core.places import SAMPLE_SITE
from tests.blackbox_server import running_server
from tests.test_blackbox_twins import TABLES, names_of


def names():
    return [check.name for check in read_checks()]


def find(name):
    return next(check for check in read_checks() if check.name == name)


def test_every_check_of_the_scripts_is_there_in_order():
    assert names() == [name for stem in TABLES for name in names_of(stem)]


def test_every_check_that_is_no_row_has_a_function():
    assert {check.name for check in read_checks() if check.request is None} == set(ORDINARY_CLIENT)


def test_every_check_stands_under_a_heading():
    assert [check.name for check in read_checks() if not check.group] == []


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("@3*ab@", "ababab"),
        ("@2*[@@2*]@", "[[]]"),
        ("http://@host@/", "http://127.0.0.1:80/"),
        ("@ETag@", "@ETag@"),
        ("user@example", "user@example"),
    ],
)
def test_values_are_put_in(text, expanded):
    assert expand(text, first_values("127.0.0.1", 80)) == expanded


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("/ is the index page", b"GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\nConnection: close\r\n\r\n"),
        ("a Host with a user", b"GET /index.html HTTP/1.1\r\nHost: user@localhost\r\nConnection: close\r\n\r\n"),
        ("nothing is 400", b"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
        ("a backslash", b"GET /..\\server.py HTTP/1.1\r\nHost: 127.0.0.1:80\r\nConnection: close\r\n\r\n"),
    ],
)  # fmt: skip
def test_a_row_becomes_octets(name, octets):
    assert octets_of(find(name), first_values("127.0.0.1", 80)) == octets


@pytest.mark.parametrize(
    ("octets", "is_head", "statuses"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", False, "200"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 C\r\nContent-Length: 0\r\n\r\n", False, "100 201"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", False, "200 cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", True, "200"),
        (b"hello", False, "garbage"),
        (b"", False, ""),
    ],
)
def test_answers_are_told_apart(octets, is_head, statuses):
    assert parse_answers(octets, is_head=is_head).statuses == statuses


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path) as running:
        yield running


def run_of(server, checks=None):
    host, _, port = server.base_url.removeprefix("http://").rpartition(":")
    return CheckRun(checks or read_checks(), host, int(port), server.root)


@pytest.mark.slow
def test_all_pass_on_the_sample_site_and_nothing_of_them_is_left(server):
    outcomes = list(run_of(server).outcomes())
    assert [(each.check.name, each.why) for each in outcomes if each.verdict != PASSED] == []
    assert [each.check.name for each in outcomes] == names()
    assert list((server.root / "uploads").glob("upload_*")) == []


@pytest.mark.parametrize(
    ("request_line", "status", "needed"),
    [
        ("GET /", "200", {"index.html"}),
        ("GET / HTTP/1.0\\r\\n\\r\\n", "200", {"index.html"}),
        ("GET /about.html", "200", {"about.html"}),
        ("GET /missing.html", "404", set()),
        ("DELETE /index.html", "405", {"index.html"}),
        ("POST /upload", "201", set()),
    ],
)
def test_a_check_needs_what_it_asks_for_and_no_more(request_line, status, needed):
    assert Check("", "", request_line, status=status).samples() == needed


@pytest.mark.slow
def test_what_the_folder_lacks_is_skipped_and_not_failed(server):
    for name in ("about.html", "contact.html", "sample.txt", "logo.png", "photo.png", "family.jpg"):
        (server.root / name).unlink()
    shutil.rmtree(server.root / "icons", ignore_errors=True)
    (server.root / "index.html").write_text("<html>mine</html>")
    outcomes = list(run_of(server).outcomes())
    verdicts = Counter(each.verdict for each in outcomes)
    assert [(each.check.name, each.why) for each in outcomes if each.verdict == FAILED] == []
    assert 30 < verdicts[SKIPPED] < 60
    assert next(each for each in outcomes if each.check.name == "/about.html is shown").why.startswith(
        "needs about.html"
    )


@pytest.mark.slow
def test_an_empty_folder_fails_nothing(server):
    for each in server.root.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    outcomes = list(run_of(server).outcomes())
    assert [(each.check.name, each.why) for each in outcomes if each.verdict == FAILED] == []


def answer_everything(listener, answer, done):
    listener.settimeout(0.05)
    while not done.is_set():
        try:
            client, _ = listener.accept()
        except TimeoutError:
            continue
        with client:
            client.settimeout(5)
            client.recv(65536)
            client.sendall(answer)


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("two dots", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "expected status 403, came 200"),
        ("two dots", b"", "expected status 403, came nothing"),
        ("every answer names its server", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "expected Server: Multi"),
        ("a page is not an attachment", b"HTTP/1.1 200 OK\r\nContent-Disposition: x\r\nContent-Length: 0\r\n\r\n", "expected no Content-Disposition"),
        ("/about.html is shown", b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nno", "expected the bytes of about.html"),
        ("the answer says success", b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nno", "expected a body like"),
    ],
)  # fmt: skip
def test_a_server_that_is_wrong_fails(name, answer, says):
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer_everything, args=(listener, answer, done))
        thread.start()
        run = CheckRun([find(name)], "127.0.0.1", listener.getsockname()[1], SAMPLE_SITE)
        (outcome,) = run.outcomes()
        done.set()
        thread.join(5)
    assert outcome.verdict == FAILED
    assert says in outcome.why


def test_a_server_that_is_gone_fails_every_check_with_the_reason():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (outcome,) = CheckRun([find("two dots")], "127.0.0.1", port, SAMPLE_SITE).outcomes()
    assert outcome.verdict == FAILED
    assert "refused" in outcome.why.lower()


def test_a_cancel_is_heard_while_a_server_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run = CheckRun([find("two dots")] * 3, "127.0.0.1", listener.getsockname()[1], SAMPLE_SITE)
        threading.Timer(0.2, run.cancel).start()
        began_s = time.monotonic()
        assert list(run.outcomes()) == []
        assert time.monotonic() - began_s < 2
