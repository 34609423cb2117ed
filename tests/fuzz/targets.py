"""What must hold of every input, one function a target: each takes octets and raises AssertionError, or
anything else, where the server is wrong. Coverage guides the search; the properties say what is right.
"""

from __future__ import annotations

import ipaddress
import ntpath
import posixpath
import re
import time
from email.utils import formatdate
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock
from urllib.parse import quote, unquote

from server_core import conditions, content_type, dates, grammar, hosts, json_text, parser, paths
from server_core.messages import Request
from server_core.parser import END, HeadCache, RequestParser
from server_core.refusals import Refusal
from tests.fuzz import oracles
from tests.unit.octets import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_BODY_BYTES = 64
CHUNKED_HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK_FAULTS = {"chunk-syntax", "trailer-syntax", "obs-fold", "space-before-colon", "field-syntax"} | {
    "bare-cr", "bare-lf", "control-character"
}  # fmt: skip
# The parser's limits, small enough that short inputs reach and cross them.
SMALL_LIMITS: dict[str, Any] = {
    "TARGET_BYTES": 24,
    "REQUEST_LINE_BYTES": 40,
    "HEAD_BYTES": 120,
    "HEAD_FIELDS": 4,
    "CHUNK_LINE_BYTES": 12,
    "CHUNK_OVERHEAD_BYTES": 24,
}
SMALL_CACHE_LIMITS: dict[str, Any] = {"HEAD_CACHE_BYTES": 80, "HEAD_CACHE_ENTRIES": 2}


def attempt(function: Callable[..., Any], *arguments: object, error: type[Exception] = Refusal) -> Any:
    """What comes out: the result, or the ``error`` that was raised."""
    try:
        return function(*arguments)
    except error as raised:
        return raised


# ---- the parser ----


def split(octets: bytes) -> tuple[list[bytes], bytes]:
    """Pieces and their whole: the first octet says how many of the next are the lengths of the pieces."""
    count = octets[0] % 8 if octets else 0
    lengths, whole = octets[1 : 1 + count], octets[1 + count :]
    return list(_cut(whole, lengths or b"\xff")), whole


def _cut(octets: bytes, lengths: bytes) -> Iterator[bytes]:
    at = 0
    for length in cycle(lengths):
        if at >= len(octets):
            return
        yield octets[at : at + length + 1]
        at += length + 1


def observe(pieces: Iterable[bytes], cache: HeadCache, max_body_bytes: int = MAX_BODY_BYTES) -> list[object]:
    """All that can be seen of a parser that is fed ``pieces``; the pieces of a body are joined."""
    reader = RequestParser(max_body_bytes, cache)
    seen: list[object] = []
    try:
        for piece in pieces:
            reader.receive(piece)
            while (event := reader.next_event()) is not None:
                if isinstance(event, bytes) and seen and isinstance(seen[-1], bytes):
                    seen[-1] += event
                elif isinstance(event, Request):
                    seen.append(facts(event))
                else:
                    assert event is END or event, "an empty piece of a body"
                    seen.append(event)
    except Refusal as refusal:
        return [*seen, refusal.code, reader.request_line]
    return [*seen, reader.buffered_bytes, reader.idle]


def check_parser(data: bytes) -> None:
    pieces, octets = split(data)
    cache = HeadCache()
    whole = observe([octets], cache)
    drops = [octets[at : at + 1] for at in range(len(octets))]
    for other in (pieces, drops):
        assert observe(other, HeadCache()) == whole, "the split makes a difference"
        assert observe(other, cache) == whole, "a known head makes a difference"
    assert observe([octets], cache) == whole, "a known head makes a difference"
    _check_consumption(octets)


def check_parser_at_its_limits(data: bytes) -> None:
    with mock.patch.multiple(grammar, **SMALL_LIMITS), mock.patch.multiple(parser, **SMALL_CACHE_LIMITS):
        check_parser(data)


def _check_consumption(octets: bytes) -> None:
    """Every octet belongs to exactly one head or body, in order, and means what a plain reading says."""
    reader = RequestParser(MAX_BODY_BYTES, HeadCache())
    reader.receive(octets)
    request, start, at, body = None, 0, 0, b""
    try:
        while (event := reader.next_event()) is not None:
            at = len(octets) - reader.buffered_bytes
            if isinstance(event, Request):
                assert octets[start:at].lstrip(b"\r\n") == event.head, (
                    "a head takes more or less than its octets"
                )
                _check_head(event)
                assert request is None, "a body was left out"
                request, start, body = event if event.has_body else None, at, b""
            elif isinstance(event, bytes):
                assert request, "a body without a head"
                body += event
            else:
                assert request, "an end without a head"
                coded = octets[start:at]
                assert (oracles.decode_chunked(coded) if request.chunked else (coded, len(coded))) == (
                    body,
                    at - start,
                )
                assert request.chunked or len(body) == request.content_length
                request, start = None, at
    except Refusal:
        return
    if request is None:
        assert at == start, "octets were consumed and belong to nothing"


def _check_head(request: Request) -> None:
    """What no other parser in front of this one could read in a second way."""
    head = request.head
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert head.count(b"\n") == head.count(b"\r") == head.count(b"\r\n") == len(lines) + 1
    names = [line.partition(b":")[0].lower() for line in lines[1:]]
    assert all(name and not name.strip(oracles.TOKEN) for name in names), names
    assert names.count(b"host") == 1
    assert set(names) == {name.encode() for name in request.fields}
    assert lines[0] == f"{request.method} {request.target} {request.version}".encode()
    assert request.chunked == (b"transfer-encoding" in names)
    assert not (request.chunked and (b"content-length" in names or request.version == "HTTP/1.0"))
    lengths = [
        line.partition(b":")[2].strip(b" \t")
        for line in lines[1:]
        if line.lower().startswith(b"content-length:")
    ]
    for length in b",".join(lengths).split(b",") if lengths else ():
        digits = length.strip(b" \t")
        assert digits
        assert not digits.strip(oracles.DIGITS)
        assert len(digits) > grammar.CONTENT_LENGTH_DIGITS or int(digits) == request.content_length
    assert _renders_back(request.host)
    assert request.path.startswith("/") or (request.path == "" and request.method in {"OPTIONS", "CONNECT"})


def check_chunked(data: bytes) -> None:
    try:
        expected: object = oracles.decode_chunked(data)
    except (oracles.WrongError, oracles.PartialError) as error:
        expected = type(error)
    reader = RequestParser(2**62, HeadCache())
    reader.receive(CHUNKED_HEAD + data)
    assert isinstance(reader.next_event(), Request)
    body = b""
    while isinstance(event := attempt(reader.next_event), bytes):
        body += event
    if isinstance(event, Refusal):
        assert event.code in CHUNK_FAULTS, event.code
        # A forbidden octet or a long line is refused before the line's end is there.
        assert isinstance(expected, type), "a valid body was refused"
    else:
        actual = (body, len(data) - reader.buffered_bytes) if event is END else oracles.PartialError
        assert actual == expected


# ---- paths ----


def check_path(data: bytes) -> None:
    path = "/" + "".join(
        chr(octet) if 0x21 <= octet <= 0x7E and octet not in b"?#" else f"%{octet:02X}" for octet in data
    )
    found = attempt(paths.file_path, path)
    if isinstance(found, Refusal):
        assert found.code.startswith("path-") or found.code == "percent-encoding"
        assert not _is_harmless(data), "a plain path was refused"
        return
    segments = found.segments
    for segment in segments:
        assert segment not in {"", ".", ".."}
        assert not set(segment) & set('/\\:*?"<>|\x7f\u2028\u2029')
        assert min(segment) >= " "
        assert segment[-1] not in ". "
        assert not _is_device(segment)
    assert ntpath.normpath(ntpath.join("C:\\root", *segments)).split("\\") == ["C:", "root", *segments]
    assert posixpath.normpath(posixpath.join("/root", *segments)).split("/") == ["", "root", *segments]
    assert segments[:1] != ("uploads",)
    text = "/" + "/".join(segments) + ("/" if found.is_folder and segments else "")
    assert text == unquote(path, errors="strict"), "it names something else"
    assert paths.file_path(quote(text)) == found, "encoded once more, it names something else"


def _is_harmless(data: bytes) -> bool:
    """Whether it is made of long words that mean nothing anywhere."""
    return data[:7] != b"uploads" and bool(
        re.fullmatch(rb"[a-z0-9_-]{5,}(/[a-z0-9_-]{5,})*(\.(html|txt|png))?", data)
    )


def _is_device(segment: str) -> bool:
    stem = re.split("[.:]", segment)[0].rstrip(" ").upper()
    return stem in {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"} or (
        stem[:3] in {"COM", "LPT"} and stem[3:] in set("0123456789\u00b9\u00b2\u00b3")
    )


# ---- hosts ----


def check_host(data: bytes) -> None:
    text = data.decode("latin-1")
    host = hosts.parse_host(text)
    if host is None:
        assert not re.fullmatch(r"[a-z]{1,20}(\.[a-z]{1,20}){0,5}(:[0-9]{0,4})?", text), (
            "a plain name was refused"
        )
        return
    assert _renders_back(host)
    assert host.port is None or 0 <= host.port <= 65535
    address, _, port = text.rpartition(":") if re.search(r"(?<![:\[]):[0-9]*\Z", text) else (text, "", "")
    assert port in {"", str(host.port).zfill(len(port))}
    if text.startswith("["):
        inner = text[1 : text.index("]")]
        known = ipaddress.IPv6Address(inner)
        assert ipaddress.IPv6Address(host.name[1:-1]) == known
        assert hosts.parse_host(f"[{known.exploded}]") == host._replace(port=None), (
            "one address has two names"
        )
    else:
        assert address.lower().removesuffix(".") == host.name


def _renders_back(host: hosts.Host) -> bool:
    """Whether a host is its own normal form, in characters that a log and a comparison can rely on."""
    text = host.name if host.port is None else f"{host.name}:{host.port}"
    return bool(re.fullmatch(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]", host.name)) and hosts.parse_host(text) == host


def check_entry(data: bytes) -> None:
    """An entry and, after a line feed, a host that may match it."""
    written, _, asked = data.decode("utf-8", "surrogateescape").partition("\n")
    entry = attempt(hosts.parse_entry, written, error=ValueError)
    if isinstance(entry, ValueError):
        assert type(entry) is ValueError
        assert "is not a host name" in str(entry), "not a sentence for a person"
        return
    host = hosts.parse_host(asked) or hosts.Host(entry.name.strip("*.") or "a", None)
    assert hosts.parse_entry(written.upper()) == entry
    if entry.matches(host, 8080):
        allowed = written.strip().lower()
        suffix = entry.name if entry.name.startswith(".") else None
        assert allowed.startswith("*") or host.name == entry.name
        assert suffix is None or (host.name.endswith(suffix) and len(host.name) > len(suffix))
        assert host.port in {None, 8080} or re.search(rf":(\*|0*{host.port})\Z", allowed)
    assert not hosts.AllowEntry("localhost").matches(host, 8080) or host.name == "localhost"


# ---- JSON ----

# Far above what linear work takes, far below what quadratic work would.
SLOW_S = 2.0
LONG_BYTES = 64 * 1024


def check_json(data: bytes) -> None:
    refusal = attempt(json_text.check_json, data)
    assert (refusal is None) == oracles.is_json_text(data)
    if refusal is None:
        return
    assert refusal.code.startswith("json-")
    assert refusal.sentence.endswith(".")
    if at := re.search(r"line ([0-9]+) column ([0-9]+)\.\Z", refusal.sentence):
        lines = data.decode("utf-8").split("\n")
        assert 1 <= int(at[1]) <= len(lines)
        assert 1 <= int(at[2]) <= len(lines[int(at[1]) - 1]) + 1


def check_json_speed(data: bytes) -> None:
    """The input over and over, as much as makes 64 KiB: after a quote, and as it is."""
    for long in (data * (LONG_BYTES // max(len(data), 1)), b'"' + data * (LONG_BYTES // max(len(data), 1))):
        started_s = time.thread_time()
        attempt(json_text.check_json, long)
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


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_dates(data: bytes) -> None:
    """A number of seconds in five octets, and a text that may be a date."""
    time_s = int.from_bytes(data[:5], "big") % 253_402_300_800
    fixdate = dates.http_date(time_s)
    assert fixdate == formatdate(time_s, usegmt=True)
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


class Target(NamedTuple):
    check: Callable[[bytes], None]
    longest_bytes: int
    """Of an input: long enough to say all that matters, short enough to try many."""


TARGETS: dict[str, Target] = {
    "parser": Target(check_parser, 768),
    "limits": Target(check_parser_at_its_limits, 512),
    "chunked": Target(check_chunked, 2048),
    "path": Target(check_path, 256),
    "host": Target(check_host, 300),
    "entry": Target(check_entry, 300),
    "json": Target(check_json, 1024),
    "json_speed": Target(check_json_speed, 256),
    "content_type": Target(check_content_type, 256),
    "conditions": Target(check_conditions, 300),
    "dates": Target(check_dates, 64),
}
