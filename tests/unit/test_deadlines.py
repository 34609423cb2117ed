"""Who runs out of time, against a naive model; the clock is the test's."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from server_core.deadlines import HORIZON_S, Deadlines


class Clock:
    """Deadlines by descriptor."""

    def __init__(self, now_s: float = 100.0) -> None:
        self.deadline_s: dict[int, float] = {}
        self.deadlines = Deadlines(self.deadline_s.get, now_s)

    def set(self, fd: int, deadline_s: float) -> None:
        self.deadline_s[fd] = deadline_s
        self.deadlines.watch(fd)


def test_nobody_is_due_before_the_time_and_everybody_within_a_second_after():
    clock = Clock()
    clock.set(1, 102.3)
    assert clock.deadlines.due(102.2) == []
    assert clock.deadlines.due(103.3) == [1]


def test_a_deadline_that_moved_back_is_kept_without_a_word():
    clock = Clock()
    clock.set(1, 102.0)
    clock.deadline_s[1] = 110.5
    assert clock.deadlines.due(109.0) == []
    assert clock.deadlines.due(111.5) == [1]


def test_a_deadline_that_moved_back_by_less_than_a_second():
    clock = Clock()
    clock.set(1, 102.0)
    assert clock.deadlines.due(101.0) == []
    clock.deadline_s[1] = 102.5
    assert clock.deadlines.due(102.2) == []
    assert clock.deadlines.due(103.0) == [1]


def test_a_deadline_that_moved_forward_counts_once_it_is_told():
    clock = Clock()
    clock.set(1, 130.0)
    clock.set(1, 103.0)
    assert set(clock.deadlines.due(104.0)) == {1}


def test_a_deadline_that_moves_to_and_fro_all_day_leaves_few_entries():
    clock = Clock()
    for second in range(100, 5_000):
        clock.set(1, second + 86_400.0)
        clock.set(1, second + 30.0)
        assert clock.deadlines.due(second) == []
    assert sum(map(len, clock.deadlines._buckets.values())) <= 2 * HORIZON_S
    clock.set(1, 8_000.5)
    assert clock.deadlines.due(8_000.0) == []
    assert clock.deadlines.due(8_001.5) == [1]


def test_who_is_due_stays_due_until_it_is_closed():
    clock = Clock()
    clock.set(1, 101.0)
    assert set(clock.deadlines.due(102.0)) == {1}
    assert set(clock.deadlines.due(103.0)) == {1}
    del clock.deadline_s[1]
    assert clock.deadlines.due(105.0) == []
    assert not clock.deadlines._buckets


def test_a_deadline_in_the_past_is_due_at_once():
    clock = Clock()
    clock.set(1, 5.0)
    assert clock.deadlines.due(101.0) == [1]


def test_a_descriptor_of_a_closed_connection_is_forgotten():
    clock = Clock()
    clock.set(1, 105.0)
    del clock.deadline_s[1]
    assert clock.deadlines.due(200.0) == []
    assert not clock.deadlines._buckets


def test_a_descriptor_that_another_connection_has_now():
    clock = Clock()
    clock.set(1, 105.0)
    clock.set(1, 140.0)
    assert clock.deadlines.due(130.0) == []
    assert set(clock.deadlines.due(141.0)) == {1}


_step = st.tuples(
    st.integers(0, 4), st.floats(0, 20), st.floats(0, 3), st.sampled_from(["set", "postpone", "close"])
)


@given(st.lists(_step, max_size=40))
def test_it_agrees_with_looking_at_everybody(steps):
    """Descriptors get new deadlines while time goes on, and are closed as soon as they are due."""
    clock, now_s = Clock(), 100.0
    for fd, allowed_s, passed_s, change in steps:
        if change == "close":
            clock.deadline_s.pop(fd, None)
        elif change == "postpone" and fd in clock.deadline_s:
            clock.deadline_s[fd] += allowed_s / 10  # without a word
        else:
            clock.set(fd, now_s + allowed_s)
        now_s += passed_s
        due = set(clock.deadlines.due(now_s))
        assert all(clock.deadline_s[fd] <= now_s for fd in due)
        late = {fd for fd, deadline_s in clock.deadline_s.items() if math.ceil(deadline_s) + 1 <= now_s}
        assert late <= due
        for fd in due:
            del clock.deadline_s[fd]
