"""Answers: their heads, what a refused client reads, and how a browser is told a file's name."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_core.answers import Answer, attachment, refusal_answer
from server_core.refusals import REFUSALS, Refusal


def fields_of(answer: Answer) -> dict[str, str]:
    status_line, *lines = answer.opening.decode("latin-1").removesuffix("\r\n").split("\r\n")
    assert status_line.startswith(f"HTTP/1.1 {answer.status} ")
    return dict(line.split(": ", 1) for line in lines)


def test_a_head():
    answer = Answer(200, (("Content-Type", "text/plain"),), b"hello")
    assert answer.opening == (
        b"HTTP/1.1 200 OK\r\nServer: Multi-threaded HTTP Server\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n"
    )


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_refusal_names_its_reason(code, method):
    refusal = Refusal(code)
    answer = refusal_answer(refusal, method)
    fields = fields_of(answer)
    assert (answer.status, answer.code) == (REFUSALS[code].status, code)
    assert int(fields["Content-Length"]) == len(answer.body)
    assert (fields.get("Retry-After", "").isdigit()) == (answer.status in {429, 503})
    if method == "POST":
        assert fields["Content-Type"] == "application/json"
        assert json.loads(answer.body) == {"status": "error", "reason": code, "message": refusal.sentence}
    else:
        assert fields["Content-Type"] == "text/html; charset=utf-8"
        texts: list[str] = []
        reader = HTMLParser()
        reader.handle_data = texts.append  # type: ignore[method-assign]
        reader.feed(answer.body.decode())
        assert {code, refusal.sentence} <= set(texts)
        assert len(answer.body) < 1024


def test_what_a_client_sent_is_text_and_not_markup():
    body = refusal_answer(Refusal("json-syntax", ": <script>alert(1)</script>&"), "GET").body
    assert b"<script" not in body
    assert b"&lt;script&gt;" in body


def test_the_fields_of_a_refusal_are_sent():
    answer = refusal_answer(Refusal("method", fields=(("Allow", "GET"),)), "PUT")
    assert fields_of(answer)["Allow"] == "GET"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("logo.png", 'attachment; filename="logo.png"'),
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ("it's (1) [2].txt", 'attachment; filename="it\'s (1) [2].txt"'),
        ('a"b.txt', "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
        ("a\\b.txt", "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%5Cb.txt"),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ("%41.txt", "attachment; filename=\"_41.txt\"; filename*=UTF-8''%2541.txt"),  # RFC 6266 appendix D
        ("é€😀.png", "attachment; filename=\"___.png\"; filename*=UTF-8''%C3%A9%E2%82%AC%F0%9F%98%80.png"),
        ("a\r\nb.txt", "attachment; filename=\"a__b.txt\"; filename*=UTF-8''a%0D%0Ab.txt"),
        ("it's é.txt", "attachment; filename=\"it's _.txt\"; filename*=UTF-8''it%27s%20%C3%A9.txt"),
    ],
)
def test_attachment(name, value):
    """RFC 6266 and RFC 8187."""
    assert attachment(name) == value


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20))
def test_a_browser_reads_the_name_that_was_written(name):
    """RFC 6266 section 4.3: filename* where there is one, else the quoted string."""
    plain, _, extended = (
        attachment(name).removeprefix("attachment; filename=").partition("; filename*=UTF-8''")
    )
    assert plain.isascii()
    assert plain.isprintable()
    assert not set(plain[1:-1]) & set('"\\%')
    if extended:
        assert unquote(extended, errors="strict") == name
        assert re.fullmatch(r"(?:%[0-9A-F]{2}|[A-Za-z0-9!#$&+.^_`|~-])+", extended)
    else:
        assert plain == f'"{name}"'
