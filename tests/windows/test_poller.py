"""Waiting for sockets: WSAPoll on Windows, poll() and epoll elsewhere, by the same rules."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
import time

import pytest

from server_core.poller import READ, WRITE, PollPoller, open_poller

# select() on Windows stops at 512.
MANY = 650
LIMIT = 10_000


@pytest.fixture(params=[open_poller, PollPoller], ids=["the platform's", "poll"])
def poller(request):
    poller = request.param()
    yield poller
    poller.close()


@pytest.fixture
def pairs():
    made: list[socket.socket] = []

    def make(count: int) -> list[tuple[socket.socket, socket.socket]]:
        listener = socket.create_server(("127.0.0.1", 0), backlog=count)
        ends = []
        for _ in range(count):
            far = socket.create_connection(listener.getsockname())
            near, _ = listener.accept()
            near.setblocking(False)
            made.extend((near, far))
            ends.append((near, far))
        listener.close()
        return ends

    yield make
    for sock in made:
        sock.close()


def wait(poller, timeout_s: float = 10.0) -> tuple[set[int], float]:
    start_s = time.monotonic()
    return set(poller.wait(timeout_s, LIMIT)), time.monotonic() - start_s


def test_more_sockets_than_select_takes(poller, pairs):
    ends = pairs(MANY)
    for near, _ in ends:
        poller.arm(near.fileno(), READ)
    poller.wait(0.0, LIMIT)  # the wake-ups of arming
    assert wait(poller, 0.05)[0] == set()
    chosen = ends[::7]
    for _, far in chosen:
        far.sendall(b"x")
    expected = {near.fileno() for near, _ in chosen}
    end_s = time.monotonic() + 10
    while (ready := wait(poller)[0]) != expected and time.monotonic() < end_s:
        assert ready <= expected
    assert ready == expected


def test_ready_sockets_are_reported_until_disarmed(poller, pairs):
    [(near, far), (other, other_far)] = pairs(2)
    for sock in (near, other):
        poller.arm(sock.fileno(), READ)
    far.sendall(b"x")
    poller.wait(0.0, LIMIT)
    for _ in range(3):
        assert wait(poller)[0] == {near.fileno()}
    poller.disarm(near.fileno())
    other_far.sendall(b"x")
    assert wait(poller)[0] == {other.fileno()}


def test_disarming_the_first_keeps_the_last(poller, pairs):
    ends = pairs(5)
    for near, _ in ends:
        poller.arm(near.fileno(), READ)
    for at in (0, 2):
        poller.disarm(ends[at][0].fileno())
    poller.disarm(987_654)  # never armed
    for _, far in ends:
        far.sendall(b"x")
    poller.wait(0.0, LIMIT)
    assert wait(poller)[0] == {ends[at][0].fileno() for at in (1, 3, 4)}


def test_arming_from_another_thread_wakes_the_one_that_waits(poller, pairs):
    [(near, far)] = pairs(1)
    far.sendall(b"x")
    threading.Timer(0.2, poller.arm, (near.fileno(), READ)).start()
    start_s = time.monotonic()
    ready: set[int] = set()
    while not ready and time.monotonic() - start_s < 5:
        ready, _ = wait(poller, 5.0)
    assert ready == {near.fileno()}
    assert time.monotonic() - start_s < 3


def test_interest_can_change(poller, pairs):
    [(near, _)] = pairs(1)
    poller.arm(near.fileno(), READ)
    poller.wait(0.0, LIMIT)
    assert wait(poller, 0.05)[0] == set()
    poller.arm(near.fileno(), WRITE)
    poller.wait(0.0, LIMIT)
    assert wait(poller)[0] == {near.fileno()}


def test_a_full_socket_is_not_writable(poller, pairs):
    [(near, far)] = pairs(1)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        for _ in range(10_000):
            near.send(bytes(65_536))
    except BlockingIOError:
        pass
    else:
        pytest.fail("the socket took 640 MB")
    poller.arm(near.fileno(), WRITE)
    poller.wait(0.0, LIMIT)
    assert wait(poller, 0.1)[0] == set()


def test_a_full_socket_whose_peer_has_closed_its_half_does_not_spin(poller, pairs):
    """WSAPoll goes on to report the closed half; whoever is told each time sends in vain."""
    [(near, far)] = pairs(1)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    far.shutdown(socket.SHUT_WR)
    with contextlib.suppress(BlockingIOError):
        while near.send(bytes(65_536)):
            pass
    poller.arm(near.fileno(), WRITE)
    reports = 0
    end_s = time.monotonic() + 0.5
    while time.monotonic() < end_s:
        reports += len(wait(poller, 0.1)[0])
    assert reports < 60
    [(other, other_far)] = pairs(1)
    poller.arm(other.fileno(), READ)
    other_far.sendall(b"x")
    end_s = time.monotonic() + 5
    while other.fileno() not in wait(poller, 1.0)[0]:
        assert time.monotonic() < end_s


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_peer_that_goes_is_reported(poller, pairs, reset):
    [(near, far)] = pairs(1)
    poller.arm(near.fileno(), READ)
    poller.wait(0.0, LIMIT)
    if reset:
        on_without_waiting = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_without_waiting)
    far.close()
    assert wait(poller)[0] == {near.fileno()}


def test_a_socket_closed_while_armed_does_not_spin_and_hides_no_other(poller, pairs):
    [(gone, _), (near, far)] = pairs(2)
    for sock in (gone, near):
        poller.arm(sock.fileno(), READ)
    poller.wait(0.0, LIMIT)
    descriptor = gone.fileno()
    gone.close()
    ready, took_s = wait(poller, 0.3)
    assert ready == {descriptor} or (not ready and took_s > 0.2)
    poller.disarm(descriptor)
    far.sendall(b"x")
    assert wait(poller)[0] == {near.fileno()}


def test_waking_ends_a_wait(poller):
    poller.wait(0.0, LIMIT)
    threading.Timer(0.2, poller.wake).start()
    ready, took_s = wait(poller, 10.0)
    assert ready == set()
    assert took_s < 5


def test_at_most_so_many(poller, pairs):
    ends = pairs(20)
    for near, far in ends:
        poller.arm(near.fileno(), READ)
        far.sendall(b"x")
    poller.wait(0.0, LIMIT)
    assert len(poller.wait(5.0, 7)) == 7
