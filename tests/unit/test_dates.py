"""HTTP dates: RFC 9110 section 5.6.7."""

from __future__ import annotations

import email.utils
import locale
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.dates import date_line, http_date, parse_http_date, rfc3339

EXAMPLE_S = 784111777  # the section's own example


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE_S),
        ("Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE_S),
        ("Sun Nov  6 08:49:37 1994", EXAMPLE_S),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu Jan  1 00:00:00 1970", 0),
        ("Sat, 29 Feb 2020 12:00:00 GMT", 1582977600),
        ("Fri, 31 Dec 1999 23:59:60 GMT", 946684800),  # a leap second is a second
        ("Mon, 06 Nov 1994 08:49:37 GMT", EXAMPLE_S),  # a wrong day of the week says nothing
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799),
    ],
)
def test_date(text, expected):
    assert parse_http_date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000",
        "sun, 06 nov 1994 08:49:37 gmt", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Mon, 29 Feb 2021 00:00:00 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
        " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 08:49:37 GMT\n",
        "Sun, ٠٦ Nov 1994 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT",
        "Sun Nov 06 08:49:37 1994 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
    ],
)  # fmt: skip
def test_no_date(text):
    assert parse_http_date(text) is None


def test_two_digits_of_a_year_are_never_more_than_fifty_years_ahead():
    this_year = time.gmtime().tm_year
    for ahead in range(-49, 51):
        year = this_year + ahead
        read = parse_http_date(f"Monday, 01-Jan-{year % 100:02} 00:00:00 GMT")
        assert read is None or time.gmtime(read).tm_year == year  # None: before 1970


LIBRARY_ENDS_S = 32_503_680_000
"""The year 3000: as far as the library goes on Windows."""


@given(st.integers(min_value=0, max_value=253402300799))
def test_what_is_written_is_read_and_the_library_agrees(time_s):
    text = http_date(time_s)
    assert parse_http_date(text) == time_s
    if time_s < LIBRARY_ENDS_S:
        assert text == email.utils.formatdate(time_s, usegmt=True)


def test_the_fraction_of_a_second_is_dropped():
    assert http_date(EXAMPLE_S + 0.999) == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_the_line_changes_with_the_second():
    assert date_line(EXAMPLE_S) == b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    assert date_line(EXAMPLE_S + 0.5) is date_line(EXAMPLE_S)
    assert date_line(EXAMPLE_S + 1) == b"Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"


def test_no_locale_changes_a_date():
    before = locale.setlocale(locale.LC_TIME)
    tried = 0
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "German_Germany.1252", "ja_JP.UTF-8", "C"):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue
            tried += 1
            assert http_date(EXAMPLE_S) == "Sun, 06 Nov 1994 08:49:37 GMT"
            assert parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == EXAMPLE_S
    finally:
        locale.setlocale(locale.LC_TIME, before)
    assert tried


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has no tzset: the zone is the machine's")
def test_no_time_zone_changes_a_date(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert http_date(EXAMPLE_S) == "Sun, 06 Nov 1994 08:49:37 GMT"
        assert parse_http_date("Sun Nov  6 08:49:37 1994") == EXAMPLE_S
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (EXAMPLE_S + 0.9, "1994-11-06T08:49:37Z"),
        (-1e12, "1970-01-01T00:00:00Z"),
        (1e15, "9999-12-31T23:59:59Z"),
    ],
)
def test_rfc3339(time_s, text):
    assert rfc3339(time_s) == text
