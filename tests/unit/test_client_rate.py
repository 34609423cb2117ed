"""A client's rate, on a clock that the test sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core import client_rate
from server_core.client_rate import BURST_S, Pace, RateGuard
from server_core.refusals import Refusal

ANN, BOB = b"ann", b"bob"


def takes(pace: Pace, key: bytes, now_s: float, attempts: int) -> int:
    return sum(pace.take(key, now_s) == 0.0 for _ in range(attempts))


@pytest.mark.parametrize("rate", [1, 3, 10, 1000])
def test_a_quiet_client_may_send_a_burst_and_then_its_rate(rate):
    pace = Pace(rate, 100.0)
    assert takes(pace, ANN, 100.0, 10 * rate) == BURST_S * rate
    assert takes(pace, ANN, 101.0, 10 * rate) == rate
    assert takes(pace, ANN, 101.5, 10 * rate) == rate // 2
    assert takes(pace, ANN, 200.0, 10 * rate) == BURST_S * rate


def test_who_comes_too_early_is_told_when_to_come():
    pace = Pace(1, 0.0)
    assert takes(pace, ANN, 0.0, 9) == 5
    early_s = pace.take(ANN, 0.25)
    assert early_s == pytest.approx(0.75)
    assert pace.take(ANN, 0.25 + early_s) == 0.0
    assert pace.take(ANN, 0.25 + early_s) > 0.0


def test_one_at_its_limit_does_not_slow_another():
    pace = Pace(2, 0.0)
    assert takes(pace, ANN, 0.0, 1000) == 10
    assert takes(pace, BOB, 0.0, 10) == 10


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.sampled_from([ANN, BOB]), st.floats(0.0, 4.0)), max_size=200),
)
def test_it_is_a_bucket_of_tokens_whatever_is_forgotten_meanwhile(rate, steps):
    """Compared with the bucket as it is described: filled by the rate, emptied by one."""
    pace, now_s = Pace(rate, 0.0), 0.0
    buckets = dict.fromkeys((ANN, BOB), (BURST_S * rate, 0.0))
    for key, step_s in steps:
        now_s += step_s
        tokens, then_s = buckets[key]
        tokens = min(BURST_S * rate, tokens + (now_s - then_s) * rate)
        taken = pace.take(key, now_s) == 0.0
        if abs(tokens - 1.0) > 1e-3:
            assert taken is (tokens >= 1.0)
        buckets[key] = (tokens - taken, now_s)


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(client_rate, "CLIENTS", 100)
    pace = Pace(1, 0.0)
    for number in range(1_000):
        pace.take(number.to_bytes(4, "big"), 0.0)
        assert pace.remembered <= 200
    pace.take(ANN, 60.0)
    assert pace.remembered == 1


def test_the_refusal_says_what_the_limit_is_and_when_to_come():
    clock = [50.0]
    guard = RateGuard(2, lambda: clock[0])
    for _ in range(10):
        guard(None, "192.0.2.1:1")
    with pytest.raises(Refusal) as caught:
        guard(None, "192.0.2.1:2")
    assert caught.value.code == "client-rate"
    assert caught.value.sentence.endswith("The limit is 2 a second.")
    assert caught.value.fields == (("Retry-After", "1"),)
    guard(None, "192.0.2.2:1")
    clock[0] += 0.5
    guard(None, "192.0.2.1:1")
