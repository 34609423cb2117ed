"""Conditions and ranges: RFC 9110 sections 13 and 14."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.conditions import Span, Validators, is_not_modified, requested_span
from server_core.dates import http_date
from server_core.refusals import Refusal

TAG = '"5-abc"'
MODIFIED_S = 1_000_000
FILE = Validators(TAG, MODIFIED_S)
BEFORE, SAME, AFTER = (http_date(MODIFIED_S + seconds) for seconds in (-1, 0, 1))
NOW_S = MODIFIED_S + 100.0
SIZE = 10


def evaluate(fields: dict[str, str]) -> int:
    try:
        return 304 if is_not_modified(fields, FILE) else 200
    except Refusal as refusal:
        assert refusal.code == "precondition"
        return 412


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 200),
        # 13.1.1 If-Match: strong comparison
        ({"if-match": TAG}, 200),
        ({"if-match": "*"}, 200),
        ({"if-match": f'"x", {TAG}'}, 200),
        ({"if-match": f'"x",{TAG},"y"'}, 200),
        ({"if-match": '"x"'}, 412),
        ({"if-match": f"W/{TAG}"}, 412),
        ({"if-match": "5-abc"}, 412),
        ({"if-match": ""}, 412),
        # 13.1.2 If-None-Match: weak comparison
        ({"if-none-match": TAG}, 304),
        ({"if-none-match": f"W/{TAG}"}, 304),
        ({"if-none-match": " * "}, 304),
        ({"if-none-match": f'"x", W/"y", {TAG}'}, 304),
        ({"if-none-match": '"x"'}, 200),
        ({"if-none-match": f'"x{TAG[1:]}'}, 200),
        ({"if-none-match": ""}, 200),
        # 13.1.3 If-Modified-Since
        ({"if-modified-since": SAME}, 304),
        ({"if-modified-since": AFTER}, 304),
        ({"if-modified-since": BEFORE}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-modified-since": ""}, 200),
        # 13.1.4 If-Unmodified-Since
        ({"if-unmodified-since": SAME}, 200),
        ({"if-unmodified-since": AFTER}, 200),
        ({"if-unmodified-since": BEFORE}, 412),
        ({"if-unmodified-since": "yesterday"}, 200),
        # 13.2.2, in its steps: 1 If-Match before 2 If-Unmodified-Since
        ({"if-match": TAG, "if-unmodified-since": BEFORE}, 200),
        ({"if-match": '"x"', "if-unmodified-since": AFTER}, 412),
        # 3 If-None-Match before 4 If-Modified-Since
        ({"if-none-match": '"x"', "if-modified-since": AFTER}, 200),
        ({"if-none-match": TAG, "if-modified-since": BEFORE}, 304),
        # 1 and 2 before 3 and 4
        ({"if-match": '"x"', "if-none-match": TAG}, 412),
        ({"if-match": TAG, "if-none-match": TAG}, 304),
        ({"if-unmodified-since": BEFORE, "if-modified-since": AFTER}, 412),
        ({"if-unmodified-since": SAME, "if-modified-since": SAME}, 304),
        ({"if-unmodified-since": BEFORE, "if-none-match": '"x"'}, 412),
    ],
)
def test_precedence(fields, status):
    assert evaluate(fields) == status


def served(fields: dict[str, str], size: int = SIZE, now_s: float = NOW_S) -> tuple[int, int] | str | None:
    try:
        return requested_span(fields, FILE, size, now_s)
    except Refusal as refusal:
        assert refusal.code == "range"
        return dict(refusal.fields)["Content-Range"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=0-9", Span(0, 10)),
        ("bytes=3-5", Span(3, 3)),
        ("bytes=3-", Span(3, 7)),
        ("bytes=9-", Span(9, 1)),
        ("bytes=3-99", Span(3, 7)),
        ("bytes=3-" + "9" * 5000, Span(3, 7)),
        ("bytes=0003-0005", Span(3, 3)),
        ("bytes=" + "0" * 30 + "3-" + "0" * 30 + "5", Span(3, 3)),
        ("bytes=-" + "0" * 30, "bytes */10"),
        ("bytes=-3", Span(7, 3)),
        ("bytes=-10", Span(0, 10)),
        ("bytes=-11", Span(0, 10)),
        ("bytes=-" + "9" * 5000, Span(0, 10)),
        ("BYTES=3-5", Span(3, 3)),  # 14.1: range units are case-insensitive
        ("bytes=10-", "bytes */10"),
        ("bytes=10-20", "bytes */10"),
        ("bytes=" + "9" * 5000 + "-", "bytes */10"),
        ("bytes=-0", "bytes */10"),
        # Malformed or not ours: the whole (14.2)
        ("bytes=5-3", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes", None),
        ("bytes=a-b", None),
        ("bytes=+1-2", None),
        ("bytes=1_0-", None),
        ("bytes=0x1-", None),
        ("bytes=\u0661-", None),
        ("bytes=\xb2-", None),
        ("bytes = 0-1", None),
        ("bytes=0-1,", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("", None),
    ],
)
def test_range(value, expected):
    assert served({"range": value}) == expected


def test_no_range_of_nothing():
    assert served({"range": "bytes=0-"}, size=0) == "bytes */0"
    assert served({"range": "bytes=-1"}, size=0) is None


def test_without_a_range():
    assert served({}) is None


@pytest.mark.parametrize(
    ("if_range", "partial"),
    [
        (TAG, True),
        ('"x"', False),
        (f"W/{TAG}", False),  # 13.1.5: strong comparison
        (SAME, True),
        (BEFORE, False),
        (AFTER, False),  # exactly, not "since"
        ("nonsense", False),
        ("", False),
    ],
)
def test_if_range(if_range, partial):
    assert (served({"range": "bytes=0-0", "if-range": if_range}) is not None) is partial


def test_a_date_of_this_second_is_no_strong_validator():
    """8.8.2.2: the file may change again within it."""
    fields = {"range": "bytes=0-0", "if-range": SAME}
    assert served(fields, now_s=MODIFIED_S + 0.9) is None
    assert served(fields, now_s=MODIFIED_S + 1.0) == Span(0, 1)


def test_a_stale_if_range_saves_from_416():
    assert served({"range": "bytes=99-", "if-range": '"x"'}) is None


def naive_range(value: str, size: int) -> range | str | None:
    """Section 14.1.2 in as few words as possible, for ``bytes=FIRST-LAST`` of digits."""
    first, _, last = value.removeprefix("bytes=").partition("-")
    octets = range(size)
    if first and last:
        if int(first) > int(last):
            return None
        octets = octets[int(first) : int(last) + 1]
    elif first:
        octets = octets[int(first) :]
    else:
        octets = octets[-int(last) :] if int(last) else octets[:0]
    return octets or "unsatisfiable"


_number = st.integers(min_value=0, max_value=30)


@given(
    st.one_of(
        st.builds("bytes={}-{}".format, _number, _number),
        st.builds("bytes={}-".format, _number),
        st.builds("bytes=-{}".format, _number),
    ),
    st.integers(min_value=1, max_value=20),
)
def test_ranges_agree_with_the_naive_model(value, size):
    expected, got = naive_range(value, size), served({"range": value}, size=size)
    if isinstance(expected, range):
        assert got == Span(expected.start, len(expected))
    else:
        assert got == (f"bytes */{size}" if expected else None)


@given(st.text(max_size=30))
def test_any_text_is_a_range_or_none(text):
    span = served({"range": text})
    if isinstance(span, Span):
        assert 0 <= span.first < SIZE
        assert 1 <= span.length <= SIZE - span.first
