"""A record as one line that nothing from the network can break, forge or colour."""

from __future__ import annotations

import json
import re
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core import events
from server_core.events import Event
from server_core.log_format import FORMATS, clock, escape, json_line, text_line

AT_S = 1_795_343_415.123
REQUEST = Event(
    AT_S,
    events.INFO,
    events.REQUEST,
    worker="Worker-3",
    client="127.0.0.1:54321",
    method="GET",
    target="/logo.png",
    version="HTTP/1.1",
    status=200,
    sent_bytes=10_240,
    waited_ms=0.25,
    took_ms=1.3,
    connection=4,
    request=2,
    keep_alive=True,
    request_head=b"GET /logo.png HTTP/1.1\r\nX: \xe9\r\n\r\n",
    response_head=b"HTTP/1.1 200 OK\r\n\r\n",
)
# What moves the cursor, colours, ends a line or turns its direction (Unicode's Bidi_Control, CVE-2021-42574).
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
DANGEROUS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))] + ["\u2028", "\u2029", *BIDI]
EVERY_CHARACTER = "".join(map(chr, range(sys.maxunicode + 1)))


def test_the_text_line_of_the_contract():
    assert text_line(REQUEST) == (
        f'[{clock(AT_S)}] [Worker-3] 127.0.0.1:54321 "GET /logo.png HTTP/1.1" 200 10240B 1.3ms keep-alive #4'
    )


def test_local_time_with_milliseconds():
    local = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(int(AT_S)))
    assert re.fullmatch(re.escape(local) + r"\.12[23]", clock(AT_S))
    assert clock(5.0).endswith(":05.000")


def test_a_moment_is_told_as_it_is_whatever_was_told_before():
    told = [clock(time_s)[-7:] for time_s in (5.25, 5.25, 6.25, 5.25, 5.5)]
    assert told == [":05.250", ":05.250", ":06.250", ":05.250", ":05.500"]


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"keep_alive": False}, "close #4"),
        (
            {"level": events.WARNING, "kind": events.SECURITY, "status": 403, "reason": "path-dot-segment", "message": "A sentence."},
            "keep-alive #4 WARNING security: path-dot-segment: A sentence.",
        ),
        ({"kind": events.UPLOAD, "status": 201, "message": "saved /uploads/a.json"}, "#4 upload: saved /uploads/a.json"),
        ({"level": events.WARNING, "status": 404, "reason": "not-found", "message": "M."}, "#4 WARNING request: not-found: M."),
    ],
)  # fmt: skip
def test_what_else_there_is_to_say_comes_last(changes, end):
    assert text_line(REQUEST._replace(**changes)).endswith(end)


def test_a_record_without_an_answer():
    event = Event(AT_S, events.WARNING, events.POOL, message="pool: 8/10 busy, 3 queued: saturated")
    assert text_line(event) == f"[{clock(AT_S)}] [Server] WARNING pool: 8/10 busy, 3 queued: saturated"
    event = Event(AT_S, events.INFO, events.LIFECYCLE, message="serving")
    assert text_line(event) == f"[{clock(AT_S)}] [Server] lifecycle: serving"


def test_a_request_line_that_was_not_understood():
    line = text_line(REQUEST._replace(method="", target="", version="", status=400))
    assert '127.0.0.1:54321 "" 400' in line


def test_quotes_can_not_be_closed_from_inside():
    line = text_line(REQUEST._replace(target='/" 200 1B \\"'))
    assert '"GET /\\" 200 1B \\\\\\" HTTP/1.1"' in line


def test_a_long_target_is_cut():
    assert len(text_line(REQUEST._replace(target="/" + "a" * 8_000))) < 1_200


def test_no_character_that_a_terminal_obeys_passes():
    escaped = escape(EVERY_CHARACTER)
    assert not set(escaped) & set(DANGEROUS)
    assert not [letter for letter in set(escaped) if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}]


def test_escapes_tell_what_they_stand_for():
    assert escape("a\x1b[31m\r\n\x85\u202e\ud800é") == "a\\x1b[31m\\x0d\\x0a\\x85\\u202e\\ud800é"


@pytest.mark.parametrize("letter", DANGEROUS, ids=[f"U+{ord(letter):04X}" for letter in DANGEROUS])
@pytest.mark.parametrize("form", FORMATS)
def test_no_field_from_the_network_forges_a_line(form, letter):
    hostile = f"a{letter}[2026-01-01 00:00:00.000] [Worker-1] forged"
    # The worker's name and the client's address are the server's own words.
    for field in ("target", "message", "method", "version"):
        [line] = FORMATS[form]([REQUEST._replace(status=403, level=events.WARNING, **{field: hostile})])
        assert letter not in line, field
        assert len(line.splitlines()) == 1


def test_json_has_every_field_of_the_contract():
    record = json.loads(json_line(REQUEST))
    assert record["time"].endswith("Z")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.12[23]Z", record["time"])
    for name in set(Event._fields) - {"time_s", "request_head", "response_head"}:
        assert record[name] == getattr(REQUEST, name), name
    assert record["request_head"].encode("latin-1") == REQUEST.request_head


@given(st.text(max_size=40), st.binary(max_size=40))
def test_json_says_exactly_what_was_there(text, octets):
    line = json_line(REQUEST._replace(target=text, message=text, request_head=octets))
    assert line.isascii()
    assert len(line.splitlines()) == 1
    record = json.loads(line)
    assert (record["target"], record["message"]) == (text, text)
    assert record["request_head"].encode("latin-1") == octets


@given(st.text(max_size=40))
def test_a_text_line_is_one_line_whatever_it_holds(text):
    line = text_line(REQUEST._replace(target=text, message=text, method=text, status=500, level=events.ERROR))
    assert len(line.splitlines()) == 1
