"""Many clients at once: every one is answered right, and none can hold up another.

Run: python tests/test_concurrency.py [BASE_URL]    (default http://127.0.0.1:8080; status 1 if any fails)
Twin: powershell_tests/test_concurrency.ps1 has the same checks in the same order.
Under pytest it starts a server of two workers, and reads in its log that the pool saturated and recovered.
"""

from __future__ import annotations

import re
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

ANSWER_LIMIT_S = 30.0
# What a request may take while others are slow. Alone it takes milliseconds; a computer with other work gives it less
# of its time, and a server that is held by the slow ones would not answer for 30 s.
FAST_S = 5.0
CLIENTS = 40  # more than the ten workers, fewer than the fifty that may wait
MIXED = (
    ("/index.html", 200),
    ("/logo.png", 200),
    ("/missing.html", 404),
    ("/sample.txt", 200),
    ("/../index.html", 403),
)
UPLOAD = b'{"rows": [' + b'{"number": 12345, "text": "abcdefghijklmnop"}, ' * 22_000 + b"null]}"  # 1 MB


class Answer(NamedTuple):
    status: int
    fields: dict[str, str]
    body: bytes


class Site:
    """The server under test; safe to use from every thread."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"'{base_url}' is not a base URL: give one like http://127.0.0.1:8080")
        self.address = (parts.hostname, parts.port or 80)
        self.host = parts.netloc

    def connect(self, receive_buffer_bytes: int = 0) -> socket.socket:
        client = socket.socket(socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET)
        if receive_buffer_bytes:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        client.settimeout(ANSWER_LIMIT_S)
        client.connect(self.address)
        return client

    def get(self, path: str, *fields: str) -> bytes:
        """Return the request's bytes."""
        return "\r\n".join((f"GET {path} HTTP/1.1", f"Host: {self.host}", *fields, "", "")).encode("ascii")

    def post(self, body: bytes) -> bytes:
        """Return the request's bytes, body included."""
        head = f"POST /upload HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body

    def ask(self, *requests: bytes) -> list[Answer]:
        """Send the requests one after another on one connection, each when the last is answered."""
        answers = []
        with self.connect() as client, client.makefile("rb") as stream:
            for request in requests:
                with suppress(BrokenPipeError, ConnectionResetError):  # refused early, and told why
                    client.sendall(request)
                answers.append(read_answer(stream))
        return answers


def read_answer(stream: BinaryIO) -> Answer:
    status_line = stream.readline()
    found = re.fullmatch(rb"HTTP/1\.1 ([0-9]{3}) [^\r\n]*\r\n", status_line)
    if found is None:
        raise AssertionError(f"expected an answer, came {status_line[:80]!r}")
    fields = {}
    while (line := stream.readline()) not in {b"\r\n", b""}:
        name, _, value = line.decode("latin-1").partition(":")
        fields[name.lower()] = value.strip()
    length = int(fields["content-length"])
    body = stream.read(length)
    expect(len(body) == length, f"{length} bytes, came {len(body)}")
    return Answer(int(found[1]), fields, body)


def expect(condition: bool, what: str) -> None:
    """Raise AssertionError; not a plain `assert`, so that `python -O` checks as much."""
    if not condition:
        raise AssertionError(f"expected {what}")


def mixed_clients_are_answered_right(site: Site) -> None:
    alone = {path: site.ask(site.get(path))[0].body for path, _ in MIXED}
    requests = [site.get(path) for path, _ in MIXED]
    with ThreadPoolExecutor(CLIENTS) as clients:
        for answers in clients.map(lambda _: site.ask(*requests), range(CLIENTS)):
            for (path, status), answer in zip(MIXED, answers, strict=True):
                expect(answer.status == status, f"{status} for {path}, came {answer.status}")
                if status == 200:
                    expect(answer.body == alone[path], f"the bytes that one client alone gets of {path}")


def open_connections_all_get_their_turn(site: Site) -> None:
    waiting = [site.connect() for _ in range(CLIENTS)]
    try:
        for client in waiting:
            client.sendall(site.get("/index.html"))
        for client in reversed(waiting):
            with client.makefile("rb") as stream:
                status = read_answer(stream).status
            expect(status == 200, f"200, came {status}")
    finally:
        close_all(waiting)


def large_uploads_all_succeed_under_their_own_names(site: Site) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = [answer for (answer,) in clients.map(site.ask, [site.post(UPLOAD)] * CLIENTS)]
    statuses = sorted({answer.status for answer in answers})
    expect(statuses == [201], f"201 for all {CLIENTS}, came {statuses}")
    names = {answer.fields["location"] for answer in answers}
    expect(len(names) == CLIENTS, f"{CLIENTS} names, came {len(names)}")


def pipelined_requests_are_answered_in_order(site: Site) -> None:
    order = MIXED * 6
    with site.connect() as client, client.makefile("rb") as stream:
        client.sendall(b"".join(site.get(path) for path, _ in order))
        statuses = [read_answer(stream).status for _ in order]
    expect(statuses == [status for _, status in order], f"the statuses in order, came {statuses}")


def half_closed_client_gets_its_whole_answer(site: Site) -> None:
    (alone,) = site.ask(site.get("/family.jpg"))
    with site.connect() as client, client.makefile("rb") as stream:
        client.sendall(site.get("/family.jpg"))
        client.shutdown(socket.SHUT_WR)
        expect(read_answer(stream).body == alone.body, "the whole of /family.jpg")


def silent_clients_delay_nobody(site: Site) -> None:
    others = [site.connect() for _ in range(CLIENTS)]
    expect_fast_answers(site, others, drips=b"")


def dripped_heads_delay_nobody(site: Site) -> None:
    others = [site.connect() for _ in range(CLIENTS)]
    for client in others:
        client.sendall(site.get("/index.html")[:-2] + b"X-Slow: ")
    expect_fast_answers(site, others, drips=b"abcde")


def dripped_bodies_delay_nobody(site: Site) -> None:
    others = [site.connect() for _ in range(CLIENTS)]
    for client in others:
        client.sendall(site.post(b'{"text": "abcdefghijkl"}')[:-15])
    expect_fast_answers(site, others, drips=b"abcde")


def clients_that_do_not_read_delay_nobody(site: Site) -> None:
    others = [site.connect(receive_buffer_bytes=4096) for _ in range(CLIENTS)]
    for client in others:
        client.sendall(site.get("/family.jpg") * 20)
    expect_fast_answers(site, others, drips=b"")


def expect_fast_answers(site: Site, others: Iterable[socket.socket], drips: bytes) -> None:
    """Time five requests, the others sending a byte each between them, and close the others."""
    try:
        for at in range(5):
            for client in others:
                client.sendall(drips[at : at + 1])
            start_s = time.monotonic()
            (answer,) = site.ask(site.get("/index.html"))
            took_s = time.monotonic() - start_s
            expect(answer.status == 200, f"200 meanwhile, came {answer.status}")
            expect(took_s < FAST_S, f"an answer within {FAST_S} s meanwhile, it took {took_s:.2f} s")
    finally:
        close_all(others)


def close_all(clients: Iterable[socket.socket]) -> None:
    for client in clients:
        client.close()


CHECKS: dict[str, Callable[[Site], None]] = {
    "200 mixed requests of 40 clients are answered right": mixed_clients_are_answered_right,
    "40 open connections all get their turn": open_connections_all_get_their_turn,
    "40 uploads of 1 MB all succeed under their own names": large_uploads_all_succeed_under_their_own_names,
    "30 pipelined requests are answered in order": pipelined_requests_are_answered_in_order,
    "a half-closed client gets its whole answer": half_closed_client_gets_its_whole_answer,
    "40 silent clients delay nobody": silent_clients_delay_nobody,
    "40 clients that drip their head delay nobody": dripped_heads_delay_nobody,
    "40 clients that drip their body delay nobody": dripped_bodies_delay_nobody,
    "40 clients that do not read delay nobody": clients_that_do_not_read_delay_nobody,
}


def main(base_url: str) -> int:
    """Run every check, a line each; return the exit status."""
    try:
        site = Site(base_url)
        site.connect().close()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"nothing listens at {base_url} ({error}): start it or give its address", file=sys.stderr)
        return 1
    failed = 0
    for name, check in CHECKS.items():
        try:
            check(site)
            print(f"PASS {name}", flush=True)
        except (AssertionError, OSError, KeyError, ValueError) as error:
            failed += 1
            print(f"FAIL {name}: {' '.join(str(error).split())}", flush=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


def test_two_workers_answer_all_and_the_pool_saturates_and_recovers(tmp_path: Path) -> None:
    from tests.blackbox_server import running_server

    log = tmp_path / "spindle.log"
    with running_server(tmp_path, "2", "--log-file", str(log)) as server:
        assert main(server.base_url) == 0
        saved = [path.stat().st_size for path in (server.root / "uploads").glob("upload_*.json")]
        # Read while it serves: when it stops it reports an idle pool in any case.
        deadline_s = time.monotonic() + 10
        while not saturated_and_recovered(log) and time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert saturated_and_recovered(log), log.read_text("utf-8")
    assert saved == [len(UPLOAD)] * CLIENTS


def saturated_and_recovered(log: Path) -> bool:
    """Tell whether both workers were busy while requests waited, and later one was free and none waited."""
    reports = re.findall(r"pool: ([0-9]+)/2 busy, ([0-9]+) queued", log.read_text("utf-8"))
    pool = [(int(busy), int(queued)) for busy, queued in reports]
    saturated = next((at for at, (busy, queued) in enumerate(pool) if busy == 2 and queued), len(pool))
    return any(busy < 2 and not queued for busy, queued in pool[saturated:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"))
