"""HTTPS: the handshake, who fails in it, and what differs from plain HTTP once it is done."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server_core import channel, events, reception, secure_connection
from tests.functional.handshake import Peer
from tests.functional.live import PATIENCE_S, Client, serving, until, use_poll
from tests.functional.process import run, running

if TYPE_CHECKING:
    from server_core.self_signed import Pair
    from tests.functional.live import Live

pytestmark = pytest.mark.parametrize("scheme", ["https"], indirect=True)

SHORT_S = 0.4
OPENSSL = shutil.which("openssl")
BAD_TLS = b"\x16\x03\x01\x00\x05hello"


def failures(live: Live) -> list[str]:
    texts = (event.message for event in live.events if event.kind == "connection")
    return [text.partition("handshake failed: ")[2] for text in texts if "handshake failed" in text]


# ---- what is spoken ----


def test_the_server_calls_itself_by_its_https_address(live: Live):
    assert live.server.url == f"https://127.0.0.1:{live.address[1]}/"
    live.message(f"on {live.server.url}")
    certificate = live.server.certificate
    assert certificate is not None
    live.message(f"fingerprint is {certificate.fingerprint}")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_are_spoken_and_http_1_1_is_agreed_on(live: Live, version):
    assert live.trust is not None
    live.trust.maximum_version = live.trust.minimum_version = version
    live.trust.set_alpn_protocols(["h2", "http/1.1"])
    with live.client() as client:
        assert isinstance(client.sock, ssl.SSLSocket)
        assert client.sock.version() == version.name.replace("_", ".")
        assert client.sock.selected_alpn_protocol() == "http/1.1"
        assert [client.get("/sample.txt").status for _ in range(3)] == [200] * 3


def test_a_client_that_comes_again_resumes(live: Live):
    assert live.trust is not None
    live.trust.maximum_version = ssl.TLSVersion.TLSv1_2  # Python gives the session of 1.3 too late
    with live.client() as first, socket.create_connection(live.address, PATIENCE_S) as sock:
        assert isinstance(first.sock, ssl.SSLSocket)
        with live.trust.wrap_socket(sock, server_hostname="127.0.0.1", session=first.sock.session) as second:
            assert second.session_reused


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl")
@pytest.mark.parametrize(
    ("version", "works"), [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)]
)
def test_openssl_agrees_on_the_versions(live: Live, pair: Pair, version, works):
    done = subprocess.run(
        [
            str(OPENSSL), "s_client", version, "-cipher", "ALL@SECLEVEL=0", "-CAfile", str(pair.certificate),
            "-verify_return_error", "-verify_ip", "127.0.0.1", "-brief", "-connect", live.host,
        ],
        input=b"", capture_output=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert (b"Verification: OK" in done.stderr) is works, done.stderr
    if not works:
        until(lambda: failures(live) == ["the client speaks no version of TLS from 1.2 on"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl_takes_the_certificate_for_its_own_authority(live: Live, pair: Pair):
    command = ["curl", "-sS", "--cacert", str(pair.certificate)]
    port = live.address[1]
    for host in ("127.0.0.1", "localhost"):
        done = subprocess.run(
            [*command, f"https://{host}:{port}/sample.txt"],
            capture_output=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert (done.stdout, done.stderr) == (b"0123456789", b"")


def test_the_absolute_form_names_https(live: Live):
    with live.client() as client:
        assert client.get(f"https://{live.host}/sample.txt").body == b"0123456789"
        assert client.get("HTTPS://localhost/sample.txt").status == 200
        answer = client.get(f"http://{live.host}/sample.txt")
        assert (answer.status, answer.reason) == (400, "target-form")
        assert b"https://" in answer.body


# ---- plain HTTP on the port ----


@pytest.mark.parametrize(
    ("octets", "address"),
    [
        (b"GET /page HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n", "https://localhost:{port}/"),
        (b"GET /page HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n", "https://127.0.0.1:{port}/"),
        (b"GET / HT", "https://127.0.0.1:{port}/"),
        (b"\x00\x01binary\r\n", "https://127.0.0.1:{port}/"),
        (b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", "https://localhost:{port}/"),
    ],
)  # fmt: skip
def test_plain_http_is_told_where_to_ask(live: Live, octets, address):
    port = live.address[1]
    with Client(live.address, live.host) as client:
        client.send(octets.replace(b"{port}", str(port).encode()))
        answer = client.answer()
        assert (answer.status, answer.reason, answer.closes) == (400, "plain-http", True)
        assert address.format(port=port) in answer.body.decode()
        assert client.is_closed()
    assert live.event(lambda event: event.reason == "plain-http").status == 400


# ---- who does not come to the end of the handshake ----


def test_the_log_says_in_words_why_a_handshake_failed(live: Live):
    distrustful = ssl.create_default_context()
    with Peer(live, distrustful) as peer:
        with pytest.raises(ssl.SSLCertVerificationError):
            peer.shake_hands()
        peer.flush()  # the alert
    until(lambda: failures(live) == ["the client does not trust the certificate"])
    with Peer(live) as peer:
        peer.sock.sendall(peer.hello()[:50])
    until(lambda: failures(live)[1:] == ["the client left"])
    with Peer(live) as peer:
        peer.sock.sendall(BAD_TLS)
        assert peer.sock.recv(100)[:1] == b"\x15"  # an alert
    until(lambda: len(failures(live)) == 3)
    assert {event.level for event in live.events if "handshake failed" in event.message} == {events.WARNING}


def test_a_client_that_connects_and_leaves_is_no_event(live: Live):
    with Peer(live):
        pass
    assert live.get("/sample.txt").status == 200
    assert failures(live) == []


def test_what_stalls_in_a_handshake_is_ended(live: Live, monkeypatch):
    monkeypatch.setattr(secure_connection, "HANDSHAKE_TIMEOUT_S", SHORT_S)
    with Peer(live) as silent, Peer(live) as halfway, Peer(live) as dripping:
        halfway.sock.sendall(halfway.hello()[:-1])
        over = threading.Event()

        def drip() -> None:
            for octet in dripping.hello():
                try:
                    dripping.sock.sendall(bytes([octet]))
                except OSError:
                    return
                if over.wait(0.02):
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert silent.is_closed()
            assert halfway.is_closed()
            assert dripping.is_closed()
        finally:
            over.set()
            thread.join()
    until(lambda: failures(live) == [f"it was not complete after {SHORT_S:g} s"] * 2)
    assert live.get("/sample.txt").status == 200


@pytest.mark.parametrize("poller", ["of this system", "poll"])
def test_one_worker_serves_among_100_that_stall(site: Path, monkeypatch, poller):
    if poller == "poll":
        use_poll(monkeypatch)
    with serving(site, threads="1") as live, ExitStack() as stalled:
        for number in range(100):
            peer = stalled.enter_context(Peer(live))
            hello = peer.hello()
            peer.sock.sendall(hello[: (0, 1, 100, len(hello))[number % 4]])
        with live.client() as fast:
            assert [fast.get("/sample.txt").body for _ in range(50)] == [b"0123456789"] * 50
        assert [live.get("/sample.txt").status for _ in range(20)] == [200] * 20
        assert live.server.snapshot().open_connections >= 100
        assert failures(live) == []


def test_who_stalls_makes_room(site: Path, monkeypatch):
    monkeypatch.setattr(reception, "SILENT_S", 0.0)
    with serving(site, max_connections="8") as live, ExitStack() as stalled:
        for _ in range(8):
            peer = stalled.enter_context(Peer(live))
            peer.sock.sendall(peer.hello()[:20])
        until(lambda: live.server.snapshot().open_connections == 8)
        assert live.get("/sample.txt").status == 200


def test_who_finds_no_room_is_closed_and_logged(site: Path):
    with serving(site, max_connections="1") as live, live.client() as first:
        first.send(first.octets("GET /sample.txt HTTP/1.1")[:-2])  # in the middle of a head
        with Peer(live) as peer, pytest.raises((EOFError, ConnectionError)):
            peer.shake_hands()
        refused = live.event(lambda event: event.reason == "too-many-connections")
        assert (refused.kind, refused.level, refused.status) == (events.CONNECTION, events.WARNING, 0)
        totals = live.server.snapshot().totals
        assert (totals.requests, totals.errors) == (0, 1)
        first.send(b"\r\n")
        assert first.answer().status == 200


def test_stopping_waits_for_no_handshake(site: Path):
    with serving(site) as live, Peer(live) as halfway, Peer(live) as silent:
        halfway.sock.sendall(halfway.hello()[:-1])
        until(lambda: live.server.snapshot().open_connections == 2)
        live.server.stop()
        assert halfway.is_closed()
        assert silent.is_closed()
        assert live.message("stopped; 0 requests")


# ---- afterwards ----


def test_a_half_that_is_closed_with_a_farewell_gets_its_whole_answer(live: Live):
    octets = os.urandom(3_000_000)
    (live.root / "large.txt").write_bytes(octets)
    with Peer(live) as peer:
        peer.shake_hands()
        peer.tls.write(f"GET /large.txt HTTP/1.1\r\nHost: {live.host}\r\n\r\n".encode())
        peer.half_close()
        assert peer.read_all().partition(b"\r\n\r\n")[2] == octets


@pytest.mark.parametrize("how", ["the last answer", "a refusal", "idle for too long"])
def test_the_server_says_farewell(site: Path, how):
    with serving(site, keep_alive_timeout_s="1") as live, Peer(live) as peer:
        peer.shake_hands()
        if how != "idle for too long":
            line = "GET / HTTP/1.0" if how == "the last answer" else "GET / HTTP/7.0"
            peer.tls.write(f"{line}\r\nHost: {live.host}\r\n\r\n".encode())
            peer.flush()
        assert bool(peer.read_all()) is (how != "idle for too long")


def test_what_is_no_record_ends_the_connection_without_a_traceback(live: Live):
    with Peer(live) as peer:
        peer.shake_hands()
        peer.sock.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        with pytest.raises((ssl.SSLError, EOFError, ConnectionError)):
            peer.step(lambda: peer.tls.read(100))
    assert live.get("/sample.txt").status == 200


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl")
def test_nobody_negotiates_anew(live: Live):
    """Each time costs the server a signature: a client could keep it calculating on one connection."""
    with subprocess.Popen(
        [str(OPENSSL), "s_client", "-tls1_2", "-connect", live.host],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as client:  # fmt: skip
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(b"R\n")
        client.stdin.flush()
        said = b""
        while b"no renegotiation" not in said and (line := client.stdout.readline()):
            said += line
        client.kill()
    assert b"no renegotiation" in said


@pytest.mark.parametrize("size", [1, 16_384, 16_385, 262_144, 262_145, 5_000_000])
def test_files_of_all_sizes_arrive_whole(live: Live, size):
    octets = os.urandom(size)
    (live.root / "sized.txt").write_bytes(octets)
    with live.client() as client:
        assert [client.get("/sized.txt").body == octets for _ in range(3)] == [True] * 3
        assert client.get("/sized.txt", f"Range: bytes={size // 2}-").body == octets[size // 2 :]


@pytest.fixture
def large(site: Path) -> bytes:
    """What is in large.txt: more than sockets buffer."""
    octets = os.urandom(4096) * 4096
    (site / "large.txt").write_bytes(octets)
    return octets


def test_a_reader_that_takes_nothing_is_cut(large: bytes, live: Live, monkeypatch):
    monkeypatch.setattr(channel, "SEND_TIMEOUT_S", SHORT_S)
    with live.client(receive_bytes=4096) as client:
        client.send(client.octets("GET /large.txt HTTP/1.1"))
        live.message("took nothing")
        with pytest.raises((EOFError, OSError)):
            client.answer()


def test_a_reader_that_is_slow_and_steady_is_not(large: bytes, live: Live, monkeypatch):
    monkeypatch.setattr(channel, "SEND_TIMEOUT_S", SHORT_S)
    pause = threading.Event()
    with live.client(receive_bytes=64 * 1024) as client:
        client.send(client.octets("GET /large.txt HTTP/1.1", "Connection: close"))
        taken = b""
        while octets := client.stream.read(1024 * 1024):
            taken += octets
            assert not pause.wait(SHORT_S / 4)
    assert taken.partition(b"\r\n\r\n")[2] == large


def test_a_large_upload_arrives(live: Live):
    body = b"[" + b"1," * 500_000 + b"1]"
    assert live.post(body).status == 201
    assert [file.read_bytes() == body for file in live.uploads()] == [True]


def test_what_is_made_while_it_is_sent_and_what_is_received_are_whole(site: Path):
    octets = os.urandom(1_500_000)
    (site / "bare" / "large.bin").write_bytes(octets)
    with (
        serving(site, profile="website", listing="yes", receive_files="yes") as live,
        live.client() as client,
    ):
        for _ in range(2):
            with zipfile.ZipFile(io.BytesIO(client.get("/bare/?zip").body)) as archive:
                assert [archive.read(name) for name in archive.namelist() if name.endswith(".bin")] == [
                    octets
                ]
        length = f"Content-Length: {len(octets)}"
        assert client.ask("PUT /upload/new.bin HTTP/1.1", length, body=octets).status == 201
        assert (site / "uploads" / "new.bin").read_bytes() == octets


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
def test_100_megabytes_are_never_in_memory(site: Path, pair: Pair):
    block, blocks = os.urandom(1_000_000), 100
    with (site / "large.txt").open("wb") as stream:
        for _ in range(blocks):
            stream.write(block)

    arguments = ["0", "--root", str(site), "--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]
    with running(*arguments, "--quiet") as server:
        trust = ssl.create_default_context(cafile=str(pair.certificate))

        def most_kb() -> int:
            lines = Path(f"/proc/{server.process.pid}/status").read_text("ascii").splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

        with Client(server.address, "localhost", trust=trust) as client:
            assert client.get("/index.html").status == 200
            before_kb = most_kb()
            client.send(client.octets("GET /large.txt HTTP/1.1", "Connection: close"))
            while client.stream.readline() != b"\r\n":
                pass
            arrived = hashlib.sha256()
            while octets := client.stream.read(1_000_000):
                arrived.update(octets)
        assert arrived.digest() == hashlib.sha256(block * blocks).digest()
        assert most_kb() - before_kb < 20_000


# ---- on the command line ----


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch) -> Path:
    """Where the person's settings are, for a server that is started here."""
    for name in ("APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "settings"))
    return tmp_path / "settings"


def test_a_certificate_is_made_kept_and_shown(site: Path, own_folder: Path):
    shown = set()
    for _ in range(2):
        with running("0", "--root", str(site), "--tls-self-signed", "--quiet") as server:
            assert server.process.stdout is not None
            said = [server.process.stdout.readline() for _ in range(8)]
            (file,) = own_folder.rglob("certificate.pem")
            der = ssl.PEM_cert_to_DER_cert(file.read_text("ascii"))
            fingerprint = hashlib.sha256(der).digest().hex(":").upper()
            assert fingerprint in said[2]
            assert str(file) in said[-1]
            shown.add(fingerprint)
            trust = ssl.create_default_context(cafile=str(file))
            with Client(server.address, "localhost", trust=trust) as client:
                assert client.get("/sample.txt").status == 200
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tls-cert", "{pair.certificate}"), "The certificate needs its key"),
        (("--tls-key", "{pair.key}"), "The key needs its certificate"),
        (("--tls-cert", "{pair.key}", "--tls-key", "{pair.key}"), "holds a key, but no certificate"),
        (("--tls-cert", "no.pem", "--tls-key", "{pair.key}"), "does not exist"),
        (("--tls-self-signed", "--tls-cert", "{pair.certificate}", "--tls-key", "{pair.key}"), "exclude each"),
    ],
)  # fmt: skip
def test_wrong_files_are_explained_before_the_server_listens(pair: Pair, arguments, said):
    done = run("0", *(argument.format(pair=pair) for argument in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_the_library_it_is_said_how_to_get_it(own_folder: Path):
    lacking = "import sys; sys.modules['cryptography'] = None; import runpy; runpy.run_path('server.py', run_name='__main__')"
    done = run("0", "--tls-self-signed", command=[sys.executable, "-c", lacking])
    assert (done.returncode, done.stdout) == (2, "")
    assert "install it with `python -m pip install cryptography`" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not own_folder.exists()


def test_where_the_certificate_can_t_be_kept_it_is_explained(own_folder: Path):
    own_folder.write_bytes(b"in the way")
    done = run("0", "--tls-self-signed")
    assert (done.returncode, done.stdout) == (2, "")
    assert "The certificate can't be kept in" in done.stderr
    assert done.stderr.count("\n") == 1


def test_plain_http_does_not_load_openssl():
    done = run(
        command=[sys.executable, "-c", "import server_core.http_server, sys; print('ssl' in sys.modules)"]
    )
    assert done.stdout == "False\n"
