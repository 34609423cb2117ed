"""A password for all that is served (RFC 7617): who may come, who may not, and what guessing costs."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server_core import files, guesses, password_guard, passwords, watch
from server_core.log_format import FORMATS, json_lines
from server_core.users import Users, add_user, read_users, remove_user
from tests.functional.live import Client, serving, until
from tests.functional.process import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functional.live import Live

ANN, SECRET = "ann", "correct horse"
JUERGEN, UMLAUTS = "j\u00fcrgen", "grün und \u5f20"
CHALLENGE = 'Basic realm="Spindle", charset="UTF-8"'
CURL = shutil.which("curl")


def login(name: str, password: str) -> str:
    return "Authorization: Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


RIGHT, WRONG = login(ANN, SECRET), login(ANN, "wrong horse")


@pytest.fixture
def users(tmp_path: Path, monkeypatch) -> Path:
    """Two users, whose passwords are checked in no time."""
    monkeypatch.setattr(passwords, "COST_LOG2", 4)
    monkeypatch.setattr(passwords, "PARALLEL", 1)
    file = tmp_path / "users"
    add_user(file, ANN, SECRET)
    add_user(file, JUERGEN, UMLAUTS)
    return file


@pytest.fixture
def locked(site: Path, users: Path) -> Iterator[Live]:
    with serving(site, users=str(users)) as live:
        yield live


def test_who_sends_no_password_is_asked_for_one(locked: Live):
    with locked.client() as client:
        for target in ("/", "/sample.txt", "/missing", "/../secret", "/uploads/x"):
            answer = client.get(target)
            assert (answer.status, answer.reason) == (401, "password-needed")
            assert answer.fields["www-authenticate"] == CHALLENGE
            assert b"0123456789" not in answer.body
            assert not answer.closes
        assert client.get("/sample.txt", RIGHT).body == b"0123456789"


@pytest.mark.parametrize(
    ("field", "status", "reason"),
    [
        (RIGHT, 200, ""),
        (login(JUERGEN, UMLAUTS), 200, ""),
        (login("ju\u0308rgen", UMLAUTS), 200, ""),
        (WRONG, 401, "password-wrong"),
        (login(ANN, ""), 401, "password-wrong"),
        (login("Ann", SECRET), 401, "password-wrong"),
        (login("nobody", SECRET), 401, "password-wrong"),
        (login(ANN, SECRET + "\0"), 401, "password-needed"),
        ("Authorization: Basic", 401, "password-needed"),
        ("Authorization: Basic !!!", 401, "password-needed"),
        ("Authorization: Bearer abc", 401, "password-needed"),
        (f"{RIGHT}\r\n{RIGHT}", 401, "password-needed"),
        (RIGHT.replace("Authorization", "Proxy-Authorization"), 401, "password-needed"),
    ],
)
def test_only_a_users_name_and_password_let_in(locked: Live, field, status, reason):
    answer = locked.get("/docs/", field.encode().decode("latin-1"))
    assert answer.status == status
    assert answer.reason == reason if reason else b"Docs" in answer.body
    assert ("www-authenticate" in answer.fields) is (status == 401)


def test_every_kind_of_request_needs_it(site: Path, users: Path):
    with serving(site, users=str(users), profile="website") as live, live.client() as client:
        for method in ("GET", "HEAD", "OPTIONS", "DELETE", "BREW"):
            answer = client.ask(f"{method} / HTTP/1.1")
            assert (answer.status, bool(answer.body)) == (401, method != "HEAD")
        assert client.post(b"{}").status == 401
        assert live.uploads() == []
        assert client.post(b"{}", RIGHT).status == 201
        assert client.ask("HEAD / HTTP/1.1", RIGHT).status == 200


def test_what_a_browser_asks_before_another_origins_request_needs_none(site: Path, users: Path):
    """Fetch standard, section 4.8: a preflight is sent without credentials."""
    with serving(site, users=str(users), profile="website") as live, live.client() as client:
        fields = ("Origin: http://app.test", "Access-Control-Request-Method: GET")
        assert client.ask("OPTIONS /sample.txt HTTP/1.1", *fields).status == 200
        assert client.ask("GET /sample.txt HTTP/1.1", *fields).status == 401


def test_what_was_answered_to_one_is_not_repeated_to_another(site: Path, users: Path, monkeypatch):
    """The short way, on which answers are sent again, knows no passwords."""
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    with serving(site, users=str(users)) as live, live.client() as client, live.client() as stranger:
        for _ in range(5):
            assert client.get("/sample.txt", RIGHT).status == 200
            assert stranger.get("/sample.txt").status == 401
            assert stranger.get("/sample.txt", WRONG).status == 401


def test_an_upload_is_refused_before_its_body(locked: Live):
    with locked.client() as client:
        fields = ("Content-Type: application/json", "Content-Length: 5000000", "Expect: 100-continue")
        client.send(client.octets("POST /upload HTTP/1.1", *fields))
        answer = client.answer()
        assert (answer.status, answer.reason, answer.closes) == (401, "password-needed", True)
        assert client.is_closed()
    with locked.client() as client:
        client.send(
            client.octets("POST /upload HTTP/1.1", *fields[:1], "Content-Length: 2", fields[2], RIGHT)
        )
        assert client.answer().status == 100
        client.send(b"{}")
        assert client.answer().status == 201


def test_the_host_is_judged_before_the_password(locked: Live):
    with Client(locked.address, "evil.test") as client:
        assert client.get("/").reason == "host-not-allowed"


def test_a_password_is_checked_once_and_known_from_then_on(locked: Live, monkeypatch):
    checks: list[str] = []
    verify = Users.verify

    def counted(self, name, password):
        checks.append(name)
        return verify(self, name, password)

    monkeypatch.setattr(Users, "verify", counted)
    for _ in range(3):
        with locked.client() as client:
            assert [client.get("/", RIGHT).status for _ in range(10)] == [200] * 10
    assert [locked.get("/", WRONG).status for _ in range(10)] == [401] * 10
    assert checks == [ANN, ANN]


def test_an_unknown_name_costs_what_a_known_one_does(users: Path, monkeypatch):
    costs: list[tuple[int, int, int]] = []
    derive = passwords.PasswordHash.derive

    def counted(self, password):
        costs.append(self[:3])
        return derive(self, password)

    known = read_users(users)
    monkeypatch.setattr(passwords.PasswordHash, "derive", counted)
    assert not known.verify(ANN, "wrong horse")
    assert not known.verify("nobody", "wrong horse")
    assert costs[0] == costs[1]
    assert len(costs) == 2


def test_a_change_of_the_file_counts_at_once(site: Path, users: Path, monkeypatch):
    monkeypatch.setattr(watch, "LOOK_S", 0.0)
    with serving(site, users=str(users)) as live, live.client() as client:
        assert client.get("/", RIGHT).status == 200
        assert client.get("/", WRONG).status == 401
        add_user(users, ANN, "wrong horse")
        assert client.get("/", RIGHT).status == 401
        assert client.get("/", WRONG).status == 200
        remove_user(users, ANN)
        assert client.get("/", WRONG).status == 401
        live.message("the users file has changed: 1 users may come")
        before = users.read_bytes()
        users.write_text("nonsense\n", "utf-8")
        assert client.get("/", login(JUERGEN, UMLAUTS)).status == 200
        live.message("is no user")
        users.unlink()
        assert client.get("/", login(JUERGEN, UMLAUTS)).status == 200
        live.message("can't be read: ")
        users.write_bytes(before)
        assert client.get("/", login(JUERGEN, UMLAUTS)).status == 200


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="where the memory that one process holds is known")
def test_guessing_takes_memory_once_and_not_in_each_worker(site: Path, tmp_path: Path):
    """What the C library keeps of a check was 30 MiB in each of ten workers."""
    add_user(file := tmp_path / "users", ANN, SECRET)
    with running("0", "--root", str(site), "--users", str(file), "--quiet") as server:

        def resident_mib() -> float:
            pages = Path(f"/proc/{server.process.pid}/statm").read_text("ascii").split()[1]
            return int(pages) * os.sysconf("SC_PAGESIZE") / 2**20

        def guess(number: int) -> None:
            for turn in range(3):
                with Client(server.address, "localhost", source=f"127.0.5.{number}") as client:
                    statuses.append(client.get("/", login(ANN, f"guess {number} {turn}")).status)

        statuses: list[int] = []
        before_mib = resident_mib()
        threads = [threading.Thread(target=guess, args=(number,)) for number in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [401] * 24
        assert resident_mib() < before_mib + 150


def test_where_no_thread_is_to_be_had_nobody_is_let_in(locked: Live, monkeypatch):
    def refuse(thread: threading.Thread) -> None:
        if thread.name == "Password check":
            raise RuntimeError("can't start new thread")
        start(thread)

    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", refuse)
    answer = locked.get("/", RIGHT)
    assert (answer.status, answer.reason) == (503, "out-of-resources")
    assert int(answer.fields["retry-after"]) > 0
    monkeypatch.undo()


def test_what_fails_in_a_check_is_told_as_any_fault(locked: Live, monkeypatch):
    locked.planted = "planted"

    def fail(_self: Users, _name: str, _password: str) -> bool:
        raise MemoryError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(Users, "verify", fail)
        assert locked.get("/", RIGHT).status in {500, 503}
    assert locked.get("/", RIGHT).status == 200


def test_who_guesses_has_to_pause_and_nobody_else(locked: Live):
    with locked.client() as guesser, other_client(locked) as other:
        for number in range(guesses.FREE_GUESSES):
            assert guesser.get("/", login(ANN, f"guess {number}")).reason == "password-wrong"
        answer = guesser.get("/", login(ANN, "one more"))
        assert (answer.status, answer.reason, answer.closes) == (429, "password-guesses", False)
        assert answer.fields["retry-after"] == "1"
        assert "www-authenticate" not in answer.fields
        assert other.get("/", RIGHT).status == 200
        assert guesser.get("/").reason == "password-needed"
    event = locked.event(lambda event: event.reason == "password-guesses")
    assert (event.kind, event.level, event.status) == ("security", "warning", 429)


def test_the_right_password_helps_only_after_the_pause(site: Path, users: Path, monkeypatch):
    now_s = [1000.0]
    monkeypatch.setattr(password_guard.PasswordGuard.__init__, "__defaults__", (lambda: now_s[0],))
    with serving(site, users=str(users)) as live, live.client() as client:
        assert client.get("/", RIGHT).status == 200
        for number in range(guesses.FREE_GUESSES):
            assert client.get("/", login(ANN, f"guess {number}")).status == 401
        # Otherwise guesses could be made as fast as wished: the right one alone would be let in.
        assert client.get("/", RIGHT).status == 429
        now_s[0] += 1.0
        assert client.get("/", RIGHT).status == 200


def test_an_old_password_sent_on_and_on_locks_nobody_out(locked: Live):
    with locked.client() as client:
        for _ in range(5 * guesses.FREE_GUESSES):
            assert client.get("/", WRONG).reason == "password-wrong"
            assert client.get("/", RIGHT).status == 200


def test_a_flood_of_guesses_holds_up_nobody_whose_password_is_known(site: Path, users: Path, monkeypatch):
    """One password is checked at a time, some wait, others are told to come back, and there are workers left."""
    checking, leave = threading.Event(), threading.Event()
    most: list[int] = []
    inside: list[str] = []
    verify = Users.verify

    def held(self, name, password):
        inside.append(name)
        most.append(len(inside))
        checking.set()
        try:
            assert name == ANN or leave.wait(20)
            return verify(self, name, password)
        finally:
            inside.remove(name)

    monkeypatch.setattr(Users, "verify", held)
    with serving(site, users=str(users), threads="4") as live, other_client(live) as good:
        assert good.get("/", RIGHT).status == 200
        flood = [live.client() for _ in range(20)]
        try:
            for number, client in enumerate(flood):
                client.send(client.octets("GET / HTTP/1.1", login("mallory", f"guess {number}")))
            assert checking.wait(20)
            refused = live.event(lambda event: event.reason == "password-queue")
            assert (refused.status, refused.level) == (503, "error")
            for _ in range(20):
                assert good.get("/sample.txt", RIGHT).body == b"0123456789"
            leave.set()
            reasons = [client.answer().reason for client in flood]
        finally:
            leave.set()
            for client in flood:
                client.close()
        assert set(reasons) == {"password-wrong", "password-queue"}
        # With four workers one checks and one waits.
        assert 1 <= reasons.count("password-wrong") <= 2
    assert max(most) == 1


def test_no_form_of_the_log_has_the_password(site: Path, users: Path):
    with serving(site, users=str(users)) as live:
        live.get("/sample.txt", RIGHT)
        live.get("/sample.txt", WRONG)
        live.get("/sample.txt", "Authorization: Basic " + base64.b64encode(SECRET.encode()).decode())
        with live.client() as client:  # refused while its head is read
            client.send(client.octets("GET / HTTP/1.1", RIGHT, "A : b"))
            assert client.answer().reason == "space-before-colon"
        with live.client() as client:
            client.send(client.octets("GET / HTTP/1.1", RIGHT.replace("Basic ", "Basic\r\n ")))
            assert client.answer().reason == "obs-fold"
        until(lambda: sum(event.status > 0 for event in live.events) >= 5)
        assert sum(b"Authorization: (not shown)" in event.request_head for event in live.seen) == 5
        for name, lines in FORMATS.items():
            written = "\n".join(lines(live.seen))
            for secret in (
                SECRET,
                RIGHT.split()[-1],
                WRONG.split()[-1],
                base64.b64encode(SECRET.encode()).decode(),
            ):
                assert secret not in written, name
        assert "(not shown)" in "\n".join(json_lines(live.seen))


def test_a_password_is_not_logged_where_none_is_asked_for(live: Live, monkeypatch):
    """Also not on the short way, on which most of these are answered."""
    monkeypatch.setattr(files, "SETTLED_S", -1.0)
    with live.client() as client:
        for _ in range(20):
            assert client.get("/sample.txt", RIGHT).status == 200
    until(lambda: sum(event.status == 200 for event in live.events) == 20)
    assert all(b"Authorization: (not shown)" in event.request_head for event in live.seen if event.status)
    assert all(RIGHT.encode() not in event.request_head for event in live.seen)


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_passwords_without_https_are_warned_of_beyond_this_computer(site: Path, users: Path, host, warned):
    with serving(site, users=str(users), host=host) as live:
        assert live.get("/").status == 401
        said = [event for event in live.events if "plain text without HTTPS" in event.message]
        assert len(said) == warned
        assert all(event.level == "warning" for event in said)


@pytest.mark.skipif(sys.platform == "win32", reason="there a file has the permissions of its folder")
def test_a_users_file_that_others_can_read_is_warned_of(site: Path, users: Path):
    users.chmod(0o640)
    with serving(site, users=str(users)) as live:
        assert live.message("can be read by other users of this computer").level == "warning"


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_curl(locked: Live):
    def curl(*options: str) -> bytes:
        command = [str(CURL), "-sS", "-w", "%{http_code}", *options, locked.base + "/sample.txt"]
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert curl("-u", f"{ANN}:{SECRET}") == b"0123456789200"
    assert curl("--anyauth", "-u", f"{ANN}:{SECRET}") == b"0123456789200"
    assert curl("-o", os.devnull, "-u", f"{ANN}:wrong horse") == b"401"
    assert curl("-o", os.devnull) == b"401"


def other_client(live: Live) -> Client:
    """Someone with another address of this computer."""
    return Client(live.address, live.host, source="127.0.0.2")
