"""HTTP dates (RFC 9110 section 5.6.7), whatever the locale."""

from __future__ import annotations

import datetime as dt
import re
import time

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = "(?P<month>" + "|".join(_MONTHS) + ")"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
# IMF-fixdate, and the two obsolete forms that a recipient must still read.
_FORMS = (
    re.compile(rf"(?:{'|'.join(_DAYS)}), (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_CLOCK} GMT"),
    re.compile(
        r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, "
        rf"(?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_CLOCK} GMT"
    ),
    re.compile(rf"(?:{'|'.join(_DAYS)}) {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_CLOCK} (?P<year>[0-9]{{4}})"),
)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
_LAST_S = 253_402_300_799

_date_line = (0, b"")


def utc(time_s: float) -> dt.datetime:
    """Seconds since the epoch as date and time, to the second, clamped to the years 1970 to 9999."""
    # Not time.gmtime(), which on Windows fails before 1970 and after 3000: a camera's clock may say either.
    return _EPOCH + dt.timedelta(seconds=min(max(int(time_s), 0), _LAST_S))


def rfc3339(time_s: float) -> str:
    """Seconds since the epoch as RFC 3339 writes them, in UTC and clamped as :func:`utc` does."""
    return f"{utc(time_s):%Y-%m-%dT%H:%M:%SZ}"


def http_date(time_s: float) -> str:
    """The IMF-fixdate of seconds since the epoch, clamped as :func:`utc` does."""
    at = utc(time_s)
    date = f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04}"
    return f"{date} {at.hour:02}:{at.minute:02}:{at.second:02} GMT"


def date_line(time_s: float) -> bytes:
    """The Date field line with its CR LF, made once a second. Any thread may call it: the pair is replaced
    as one.
    """
    global _date_line
    second, line = _date_line
    if second != int(time_s):
        line = f"Date: {http_date(time_s)}\r\n".encode("ascii")
        _date_line = (int(time_s), line)
    return line


def parse_http_date(text: str) -> int | None:
    """Seconds since the epoch of a date in any of the three forms; None where it is none, which makes a
    condition void.
    """
    for form in _FORMS:
        if match := form.fullmatch(text):
            return _seconds(match)
    return None


def _seconds(match: re.Match[str]) -> int | None:
    year, month, day = int(match["year"]), _MONTHS.index(match["month"]) + 1, int(match["day"])
    if len(match["year"]) == 2:
        # Two digits that would lie more than 50 years ahead are of the past (RFC 9110 section 5.6.7).
        this_year = time.gmtime().tm_year
        year += this_year // 100 * 100
        if year > this_year + 50:
            year -= 100
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    if year < 1970 or second > 60:
        return None
    try:
        at = dt.datetime(year, month, day, hour, minute, tzinfo=dt.timezone.utc)
    except ValueError:  # no such day, hour or minute
        return None
    # Added and not part of the time: there are leap seconds, and datetime knows none.
    return int(at.timestamp()) + second
