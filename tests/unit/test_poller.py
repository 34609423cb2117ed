"""Readiness, by epoll, kqueue and poll alike."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from server_core.poller import (
    READ,
    WRITE,
    EpollPoller,
    KqueuePoller,
    PollPoller,
    best_poller,
    open_poller,
)
from tests.unit import kqueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_core.poller import Poller

POLLERS: dict[str, Callable[[], Poller]] = {"poll": PollPoller}
if hasattr(select, "epoll"):
    POLLERS["epoll"] = EpollPoller
if hasattr(select, "kqueue"):
    POLLERS["kqueue"] = KqueuePoller
elif hasattr(select, "poll"):
    POLLERS["kqueue by its manual"] = partial(KqueuePoller, kqueue)


@pytest.fixture(params=list(POLLERS.values()), ids=list(POLLERS))
def poller(request):
    poller = request.param()
    yield poller
    poller.close()


@pytest.fixture
def pairs():
    with contextlib.ExitStack() as opened:

        def pair() -> tuple[socket.socket, socket.socket]:
            first, second = socket.socketpair()
            opened.enter_context(first)
            opened.enter_context(second)
            first.setblocking(False)
            return first, second

        yield pair


def test_nothing_is_ready(poller, pairs):
    ours, _ = pairs()
    poller.arm(ours.fileno(), READ)
    assert poller.wait(0.0, 10) == []


def test_readable_while_there_is_something_to_read(poller, pairs):
    ours, theirs = pairs()
    poller.arm(ours.fileno(), READ)
    theirs.send(b"x")
    for _ in range(3):
        assert poller.wait(1.0, 10) == [ours.fileno()]
    ours.recv(1)
    assert poller.wait(0.0, 10) == []


def test_writable(poller, pairs):
    ours, theirs = pairs()
    poller.arm(ours.fileno(), WRITE)
    assert poller.wait(1.0, 10) == [ours.fileno()]
    with contextlib.suppress(BlockingIOError):
        while True:
            ours.send(bytes(65_536))
    assert poller.wait(0.0, 10) == []
    theirs.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while theirs.recv(1_000_000):
            pass
    assert poller.wait(1.0, 10) == [ours.fileno()]


def test_the_interest_changes(poller, pairs):
    ours, _ = pairs()
    poller.arm(ours.fileno(), WRITE)
    poller.arm(ours.fileno(), READ)
    assert poller.wait(0.0, 10) == []
    poller.arm(ours.fileno(), WRITE)
    assert poller.wait(1.0, 10) == [ours.fileno()]


def test_a_peer_that_left_is_reported(poller, pairs):
    ours, theirs = pairs()
    poller.arm(ours.fileno(), READ)
    theirs.close()
    assert poller.wait(1.0, 10) == [ours.fileno()]


def test_disarmed_means_silent(poller, pairs):
    ours, theirs = pairs()
    poller.arm(ours.fileno(), READ)
    theirs.send(b"x")
    poller.disarm(ours.fileno())
    assert poller.wait(0.0, 10) == []
    poller.arm(ours.fileno(), READ)
    assert poller.wait(1.0, 10) == [ours.fileno()]


def test_what_is_not_armed_or_closed_may_be_disarmed(poller, pairs):
    ours, _ = pairs()
    poller.disarm(ours.fileno())
    poller.arm(ours.fileno(), READ)
    number = ours.fileno()
    ours.close()
    poller.disarm(number)
    poller.disarm(number)
    assert poller.wait(0.0, 10) == []


def test_no_more_than_the_limit(poller, pairs):
    armed = [pairs() for _ in range(5)]
    for ours, theirs in armed:
        poller.arm(ours.fileno(), READ)
        theirs.send(b"x")
    assert len(poller.wait(1.0, 2)) == 2
    assert sorted(poller.wait(1.0, 10)) == sorted(ours.fileno() for ours, _ in armed)


def test_everybody_gets_a_turn_while_all_stay_ready(poller, pairs):
    """As hundred clients do who ask again as soon as they are answered: the table's first must not go first."""
    armed = [pairs() for _ in range(20)]
    for ours, theirs in armed:
        poller.arm(ours.fileno(), READ)
        theirs.send(b"x")
    seen = [fd for _ in range(8) for fd in poller.wait(1.0, 5)]
    assert set(seen) == {ours.fileno() for ours, _ in armed}


def test_arming_between_two_waits_does_not_end_the_next(poller, pairs):
    armed = [pairs() for _ in range(3)]
    for turn in range(3):
        ours, _ = armed[turn]
        poller.arm(ours.fileno(), READ)
        start_s = time.perf_counter()
        assert poller.wait(0.2, 10) == []
        assert time.perf_counter() - start_s > 0.1


def test_everybody_gets_a_turn_when_the_ready_are_disarmed(poller, pairs):
    armed = [pairs() for _ in range(20)]
    for ours, theirs in armed:
        poller.arm(ours.fileno(), READ)
        theirs.send(b"x")
    seen: set[int] = set()
    for _ in range(25):
        for fd in poller.wait(0.0, 1):
            seen.add(fd)
            poller.disarm(fd)
    assert seen == {ours.fileno() for ours, _ in armed}


def test_it_waits_as_long_as_it_is_told(poller):
    start_s = time.monotonic()
    assert poller.wait(0.1, 10) == []
    assert 0.05 <= time.monotonic() - start_s < 5


def wait_in_thread(poller) -> tuple[threading.Thread, list[list[int]]]:
    results: list[list[int]] = []
    thread = threading.Thread(target=lambda: results.append(poller.wait(20.0, 10)))
    thread.start()
    return thread, results


def test_waking_ends_a_wait(poller):
    thread, results = wait_in_thread(poller)
    poller.wake()
    thread.join(10)
    assert results == [[]]


def test_a_wake_up_before_the_wait_is_not_lost_and_many_are_one(poller):
    for _ in range(100_000):
        poller.wake()
    assert poller.wait(20.0, 10) == []

    def waits() -> bool:
        start_s = time.monotonic()
        poller.wait(0.05, 10)
        return time.monotonic() - start_s >= 0.02

    # The last of them may have been on their way still, which some systems' loopback takes time for.
    assert any(waits() for _ in range(10))


def test_arming_from_another_thread_is_seen_by_a_wait_that_has_begun(poller, pairs):
    ours, theirs = pairs()
    theirs.send(b"x")
    results: list[list[int]] = []
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        while not (ready := poller.wait(20.0, 10)):
            pass
        results.append(ready)

    thread = threading.Thread(target=wait)
    thread.start()
    begun.wait()
    poller.arm(ours.fileno(), READ)
    thread.join(10)
    assert results == [[ours.fileno()]]


def test_thousands_of_sockets(poller, pairs):
    """More than the 512 of select() on Windows, and than one page of the table."""
    armed = [pairs() for _ in range(400)]
    for ours, _ in armed:
        poller.arm(ours.fileno(), READ)
    for _, theirs in armed[::3]:
        theirs.send(b"x")
    assert sorted(poller.wait(1.0, 10_000)) == sorted(ours.fileno() for ours, _ in armed[::3])
    for ours, _ in armed[:200]:
        poller.disarm(ours.fileno())
    assert sorted(poller.wait(1.0, 10_000)) == sorted(ours.fileno() for ours, _ in armed[::3][67:])


@pytest.mark.parametrize("make", POLLERS.values(), ids=POLLERS)
def test_waking_after_the_end_does_no_harm(make):
    poller = make()
    poller.close()
    poller.wake()


def test_a_new_socket_with_the_number_of_a_closed_one_is_not_watched(poller, pairs):
    ours, theirs = pairs()
    poller.arm(number := ours.fileno(), READ)
    ours.close()
    theirs.close()
    poller.disarm(number)
    for one, other in (pairs(), pairs()):
        one.send(b"x")
        other.send(b"x")
    assert poller.wait(0.0, 10) == []


@pytest.mark.parametrize(
    ("system", "chosen"),
    [
        ({"epoll", "poll", "select"}, EpollPoller),  # Linux
        ({"kqueue", "kevent", "poll", "select"}, KqueuePoller),  # macOS, BSD
        ({"poll", "devpoll", "select"}, PollPoller),  # Solaris
        ({"select"}, PollPoller),  # Windows, whose WSAPoll is not in the module
    ],
)
def test_the_best_poller_of_each_system(system, chosen):
    assert best_poller(SimpleNamespace(**dict.fromkeys(system))) is chosen


def test_the_best_poller_of_this_system():
    poller = open_poller()
    assert type(poller) is best_poller()
    poller.close()
