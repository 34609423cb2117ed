"""What must hold of JSON texts and of the values of fields."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from server_core import conditions, content_type, dates, precompressed, preferences
from server_core.json_text import JsonText
from server_core.refusals import Refusal
from tests.fuzz import oracles
from tests.fuzz.attempt import attempt

# ---- JSON ----

# Far above what linear work takes, far below what quadratic work would.
SLOW_S = 2.0
LONG_BYTES = 64 * 1024


def judge_json(*pieces: bytes) -> None:
    """Raises Refusal unless the pieces together are a JSON text."""
    text = JsonText()
    for piece in pieces:
        text.feed(piece)
    text.end()


def check_json(data: bytes) -> None:
    refusal = attempt(judge_json, data)
    for pieces in ([bytes((octet,)) for octet in data], [data[:7], data[7:]]):
        in_pieces = attempt(judge_json, *pieces)
        assert (in_pieces and in_pieces.sentence) == (refusal and refusal.sentence)
    assert (refusal is None) == oracles.is_json_text(data)
    if refusal is None:
        return
    assert refusal.code.startswith("json-")
    assert refusal.sentence.endswith(".")
    if at := re.search(r"line ([0-9]+) column ([0-9]+)\.\Z", refusal.sentence):
        lines = data.decode("utf-8", "replace").split("\n")  # what comes after the fault may be anything
        assert 1 <= int(at[1]) <= len(lines)
        assert 1 <= int(at[2]) <= len(lines[int(at[1]) - 1]) + 1


def check_json_speed(data: bytes) -> None:
    """The input over and over, as much as makes 64 KiB: after a quote, and as it is."""
    for long in (data * (LONG_BYTES // max(len(data), 1)), b'"' + data * (LONG_BYTES // max(len(data), 1))):
        started_s = time.thread_time()
        attempt(judge_json, long)
        assert time.thread_time() - started_s < SLOW_S


# ---- fields ----


def check_content_type(data: bytes) -> None:
    try:
        media_type, parameters = oracles.read_media_type(data)
        charsets = {value.lower() for name, value in parameters if name == b"charset"}
        expected = media_type == b"application/json" and charsets <= {b"utf-8"}
    except oracles.WrongError:
        expected = False
    assert content_type.is_json(data.decode("latin-1")) == expected


# A member that is nothing but a name and perhaps a weight, by the letter of RFC 9110 section 12.4.2.
_MEMBER = re.compile(
    r"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*[Qq]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*"
)


def check_preferences(data: bytes) -> None:
    value = data.decode("latin-1")
    found = preferences.weights(value)
    assert all(0 <= weight <= 1000 for weight in found.values())
    expected: dict[str, float] = {}
    for member in map(_MEMBER.fullmatch, value.split(",")):
        if member:
            name = member[1].lower()
            expected[name] = max(expected.get(name, 0.0), float(member[2] or "1"))
    for name, weight in expected.items():
        assert found[name] >= round(weight * 1000)
    if len(expected) == value.count(",") + 1:
        assert found == {name: round(weight * 1000) for name, weight in expected.items()}
    for coding in precompressed.wanted_codings(value):
        weight = found.get(coding, found.get("*", 0)) or found["x-gzip"]
        assert weight >= max(1, found.get("identity", found.get("*", 0)))


FIELDS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "range", "if-range")
MODIFIED_S = 784_111_777
VALIDATORS = conditions.Validators('"5-a"', MODIFIED_S)


def check_conditions(data: bytes) -> None:
    """A line for each of FIELDS; the first octet is the size of the file."""
    size = data[0] if data else 0
    values = data[1:].decode("latin-1").split("\n")
    fields = {name: value for name, value in zip(FIELDS, values, strict=False) if value}
    conditional = attempt(conditions.is_not_modified, fields, VALIDATORS)
    if isinstance(conditional, Refusal):
        conditional = conditional.code
    assert conditional == _expected_condition(fields), fields
    served = attempt(conditions.requested_span, fields, VALIDATORS, size, MODIFIED_S + 60.0)
    if isinstance(served, Refusal):
        assert served.fields == (("Content-Range", f"bytes */{size}"),)
        served = served.code
    elif served is not None:
        served = list(range(served.first, served.first + served.length))
    assert served == _expected_range(fields, size)


def _expected_condition(fields: dict[str, str]) -> object:
    """What the order of RFC 9110 section 13.2.2 leads to."""
    unmodified_since, modified_since = (
        dates.parse_http_date(fields.get(name, "")) for name in ("if-unmodified-since", "if-modified-since")
    )
    if "if-match" in fields:
        if (False, VALIDATORS.entity_tag) not in _tags(fields["if-match"]):
            return "precondition"
    elif unmodified_since is not None and unmodified_since < MODIFIED_S:
        return "precondition"
    if "if-none-match" in fields:
        return VALIDATORS.entity_tag in {tag for _, tag in _tags(fields["if-none-match"])}
    return modified_since is not None and modified_since >= MODIFIED_S


def _tags(value: str) -> list[tuple[bool, str]]:
    """The tags that a field lists: every one for ``*``, none where it is malformed."""
    try:
        return (
            [(False, VALIDATORS.entity_tag)] if value.strip(" \t") == "*" else oracles.read_entity_tags(value)
        )
    except oracles.WrongError:
        return []


def _expected_range(fields: dict[str, str], size: int) -> object:
    """Positions one by one: which of the file's octets lie in the range (RFC 9110 section 14.1.2)."""
    if_range = fields.get("if-range")
    if if_range not in {None, VALIDATORS.entity_tag} and dates.parse_http_date(if_range or "") != MODIFIED_S:
        return None
    unit, equals, positions = fields.get("range", "").partition("=")
    first, dash, last = positions.partition("-")
    if unit.lower() != "bytes" or not equals or not dash or not (first or last):
        return None
    if (first + last).strip("0123456789") or (not first and not size and last.strip("0")):
        return None  # as are the last octets of an empty file: the whole of it
    first_position = _number(first, size) if first else size - _number(last, size)
    last_position = _number(last, size) if first and last else size - 1
    if first and last and _number(first, 10**19) > _number(last, 10**19):
        return None
    return [at for at in range(size) if first_position <= at <= last_position] or "range"


def _number(digits: str, most: int) -> int:
    """The number, or ``most`` where that is less."""
    short = digits.lstrip("0") or "0"
    return min(int(short), most) if len(short) <= 20 else most


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_dates(data: bytes) -> None:
    """A number of seconds in five octets, and a text that may be a date."""
    time_s = int.from_bytes(data[:5], "big") % 253_402_300_800
    fixdate = dates.http_date(time_s)
    assert fixdate == format_datetime(EPOCH + timedelta(seconds=time_s), usegmt=True)
    assert dates.parse_http_date(fixdate) == time_s
    assert dates.parse_http_date(_forms(time_s)[2]) == time_s
    text = data[5:].decode("latin-1")
    seconds = dates.parse_http_date(text)
    if seconds is not None:
        assert 0 <= seconds < 253_402_300_801
        # A leap second is read as the second after it; any name of a day is taken.
        shown = _forms(seconds - 1 if text.count(":60") else seconds)
        plain = re.sub(r"\A[A-Za-z]+( [A-Z][a-z][a-z] )0", r"\1 ", text).replace(":60", ":59")
        assert plain.lstrip(LETTERS) in {form.lstrip(LETTERS) for form in shown}, (text, shown)


def _forms(time_s: int) -> tuple[str, str, str]:
    """The three forms of RFC 9110 section 5.6.7."""
    fixdate = dates.http_date(time_s)
    day, month, year, clock = fixdate[5:7], fixdate[8:11], fixdate[12:16], fixdate[17:25]
    name = next(name for name in DAY_NAMES if name.startswith(fixdate[:3]))
    return (
        fixdate,
        f"{name}, {day}-{month}-{year[2:]} {clock} GMT",
        f"{fixdate[:3]} {month} {day if day[0] != '0' else ' ' + day[1]} {clock} {year}",
    )
