"""Octets to requests, bodies and refusals: every refusal by name, and the same result however octets are
split.
"""

from __future__ import annotations

import ast
import inspect
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server_core import grammar, messages, parser
from server_core.parser import END, HEAD_CACHE_BYTES, HEAD_CACHE_ENTRIES, HeadCache, RequestParser
from server_core.refusals import REFUSALS, Refusal
from tests.unit.octets import MAX_BODY_BYTES, chunked, drip, facts, get, one_request, outcome, post, request

CHUNKED = "Transfer-Encoding: chunked"

# id (with the section or the attack): octets, the refusal. Framing inside chunked bodies is in test_chunked.
REFUSED: dict[str, tuple[bytes, str]] = {
    "NUL in the request line (RFC 9110 5.5)": (b"GET /\0 HTTP/1.1\r\n", "control-character"),
    "NUL in a value (RFC 9110 5.5)": (get(b"X: a\0b"), "control-character"),
    "escape in a value (terminal colours)": (get(b"X: \x1b[31m"), "control-character"),
    "DEL in a value": (get(b"X: \x7f"), "control-character"),
    "vertical tab as white space (CVE-2019-16789)": (get(b"Transfer-Encoding:\x0bchunked"), "control-character"),
    "form feed before a colon": (get(b"Transfer-Encoding\x0c: chunked"), "control-character"),
    "bare CR in a value (RFC 9112 2.2)": (get(b"X: a\rY: b"), "bare-cr"),
    "bare CR before CR LF": (get(b"X: a\r"), "bare-cr"),
    "bare CR ends the request line": (b"GET / HTTP/1.1\rHost: a\r\n\r\n", "bare-cr"),
    "bare LF ends the request line (RFC 9112 2.2)": (b"GET / HTTP/1.1\nHost: localhost\n\n", "bare-lf"),
    "bare LF ends a field (CVE-2022-32214)": (get(b"X: a\nTransfer-Encoding: chunked"), "bare-lf"),
    "bare LF ends the head": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\n", "bare-lf"),
    "bare LF first": (b"\nGET / HTTP/1.1\r\n", "bare-lf"),
    "no version (HTTP/0.9)": (b"GET /\r\n", "request-line"),
    "two spaces (RFC 9112 3)": (request("GET  / HTTP/1.1"), "request-line"),
    "tab for a space": (request("GET\t/ HTTP/1.1"), "request-line"),
    "space in the target": (request("GET /a b HTTP/1.1"), "request-line"),
    "space after the version": (request("GET / HTTP/1.1 "), "request-line"),
    "space before the method": (request(" GET / HTTP/1.1"), "request-line"),
    "lower-case http (RFC 9112 2.3)": (request("GET / http/1.1"), "request-line"),
    "method is no token": (request("GE{T / HTTP/1.1"), "request-line"),
    "octets beyond ASCII in the target": (request("GET /caf\xe9 HTTP/1.1"), "request-line"),
    "TLS greeting": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", "control-character"),
    "version of three digits": (request("GET / HTTP/1.1.1"), "request-line"),
    "empty lines without end": (b"\r\n" * (grammar.HEAD_BYTES // 2 + 1), "request-line"),
    "target of 8 KiB and an octet": (get(target="/" + "a" * grammar.TARGET_BYTES), "target-too-long"),
    "request line without end": (b"G" * (grammar.REQUEST_LINE_BYTES + 1), "target-too-long"),
    "HTTP/2 preface (RFC 9113 3.4)": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "version"),
    "HTTP/1.2": (request("GET / HTTP/1.2"), "version"),
    "HTTP/0.9 spelt out": (request("GET / HTTP/0.9"), "version"),
    "head of 32 KiB and an octet": (get("X: " + "a" * grammar.HEAD_BYTES), "head-too-large"),
    "101 fields": (get(*["X: a"] * grammar.HEAD_FIELDS), "too-many-fields"),
    "obs-fold by a space (RFC 9112 5.2)": (get("X: a", " b"), "obs-fold"),
    "obs-fold by a tab": (get("X: a", "\tb"), "obs-fold"),
    "obs-fold of the first field": (request("GET / HTTP/1.1\r\n X: a"), "obs-fold"),
    "space before the colon (RFC 9112 5.1, CVE-2019-16276)": (get("Transfer-Encoding : chunked"), "space-before-colon"),
    "tab before the colon": (get("Content-Length\t: 5"), "space-before-colon"),
    "no colon": (get("nonsense"), "field-syntax"),
    "no name": (get(": a"), "field-syntax"),
    "name is no token": (get("X(: a"), "field-syntax"),
    "name beyond ASCII": (get("X\xe9: a"), "field-syntax"),
    "both lengths (RFC 9112 6.1, CL.TE)": (post("Content-Length: 5", CHUNKED), "length-and-coding"),
    "both lengths the other way (TE.CL)": (post(CHUNKED, "Content-Length: 5"), "length-and-coding"),
    "both lengths, unknown coding": (post("Transfer-Encoding: x", "Content-Length: 5"), "length-and-coding"),
    "length with a plus": (post("Content-Length: +5"), "length-malformed"),
    "length with a minus": (post("Content-Length: -5"), "length-malformed"),
    "length with an underscore": (post("Content-Length: 1_0"), "length-malformed"),
    "length in hexadecimal": (post("Content-Length: 0x5"), "length-malformed"),
    "length with a fraction": (post("Content-Length: 5.0"), "length-malformed"),
    "length with inner space (CVE-2018-7159)": (post("Content-Length: 5 5"), "length-malformed"),
    "length in superscript": (post("Content-Length: \xb2"), "length-malformed"),
    "length empty": (post("Content-Length:"), "length-malformed"),
    "length list with an empty member": (post("Content-Length: 5,"), "length-malformed"),
    "lengths differ (RFC 9112 6.3)": (post("Content-Length: 5", "Content-Length: 6"), "length-differs"),
    "lengths differ in a list": (post("Content-Length: 5, 6"), "length-differs"),
    "lengths equal but not in their octets": (post("Content-Length: 5, 05"), "length-differs"),
    "coding with a parameter": (post("Transfer-Encoding: chunked;q=1"), "coding-malformed"),
    "coding in quotes": (post('Transfer-Encoding: "chunked"'), "coding-malformed"),
    "coding empty": (post("Transfer-Encoding:"), "coding-malformed"),
    "coding list with an empty member": (post("Transfer-Encoding: , chunked"), "coding-malformed"),
    "coding with a space of Latin-1": (post("Transfer-Encoding: \xa0chunked"), "coding-malformed"),
    "chunked not last (RFC 9112 6.1)": (post("Transfer-Encoding: chunked, gzip"), "coding-order"),
    "chunked twice (RFC 9112 6.1)": (post("Transfer-Encoding: chunked, chunked"), "coding-order"),
    "chunked twice in two fields": (post(CHUNKED, CHUNKED), "coding-order"),
    "coding in HTTP/1.0 (RFC 9112 6.1)": (request("POST /upload HTTP/1.0", CHUNKED), "coding-version"),
    "gzip, chunked (RFC 9112 6.1)": (post("Transfer-Encoding: gzip, chunked"), "coding-unknown"),
    "identity (gone since RFC 7230)": (post("Transfer-Encoding: identity"), "coding-unknown"),
    "xchunked (TE.TE)": (post("Transfer-Encoding: xchunked"), "coding-unknown"),
    "asterisk to GET (RFC 9112 3.2.4)": (request("GET * HTTP/1.1"), "target-form"),
    "authority to GET (RFC 9112 3.2.3)": (request("GET localhost:80 HTTP/1.1"), "target-form"),
    "path without a slash": (request("GET index.html HTTP/1.1"), "target-form"),
    "fragment (RFC 9112 3.2)": (request("GET /a#b HTTP/1.1"), "target-form"),
    "https scheme": (request("GET https://localhost/ HTTP/1.1"), "target-form"),
    "file scheme": (request("GET file:///etc/passwd HTTP/1.1"), "target-form"),
    "CONNECT to no authority": (request("CONNECT : HTTP/1.1"), "target-form"),
    "no Host (RFC 9112 3.2)": (request("GET / HTTP/1.1", host=None), "host-missing"),
    "no Host with an absolute target": (request("GET http://localhost/ HTTP/1.1", host=None), "host-missing"),
    "Host twice (RFC 9112 3.2)": (get("Host: localhost"), "host-repeated"),
    "Host twice in other case": (get("hOST: example.test"), "host-repeated"),
    "Host empty": (get(host=""), "host-malformed"),
    "Host with a path": (get(host="localhost/a"), "host-malformed"),
    "Host with user info": (get(host="localhost@example.test"), "host-malformed"),
    "Host list": (get(host="localhost, example.test"), "host-malformed"),
    "Host malformed beside a right absolute target": (request("GET http://localhost/ HTTP/1.1", host="a b"), "host-malformed"),
    "absolute target without a host": (request("GET http:///a HTTP/1.1"), "host-malformed"),
    "absolute target with user info (RFC 9110 4.2.4)": (request("GET http://a@localhost/ HTTP/1.1"), "host-malformed"),
    "another expectation (RFC 9110 10.1.1)": (post("Expect: a-miracle"), "expectation"),
    "expectation twice": (post("Expect: 100-continue", "Expect: 100-continue"), "expectation"),
    "expectation empty": (post("Expect:"), "expectation"),
    "body one octet too large": (post(f"Content-Length: {MAX_BODY_BYTES + 1}"), "body-too-large"),
    "body of 10**5000 octets": (post("Content-Length: 1" + "0" * 5000), "body-too-large"),
    "chunk one octet too large": (post(CHUNKED, body=b"3e9\r\n"), "body-too-large"),
    "chunks too large together": (post(CHUNKED, body=chunked(b"a" * 999) .replace(b"0\r\n\r\n", b"2\r\nbb\r\n")), "body-too-large"),
    "chunk size is no number": (post(CHUNKED, body=b"x\r\n"), "chunk-syntax"),
    "trailer of 101 fields": (post(CHUNKED, body=chunked(trailers=b"A: b\r\n" * 101)), "trailer-syntax"),
}  # fmt: skip

ACCEPTED: dict[str, bytes] = {
    "a page": get(),
    "cookies and languages": get("Cookie: a=b; c=d", "Accept-Language: de,en;q=0.5", "X-Empty:"),
    "obs-text": get(b"X: caf\xe9\xff\x80"),
    "empty lines first (RFC 9112 2.2)": b"\r\n\r\n" + get(),
    "three requests": get() + get(target="/a") + get(target="/b"),
    "an upload": post("Content-Length: 5", body=b"hello"),
    "an upload, an empty line and a page": post("Content-Length: 5", body=b"hello") + b"\r\n" + get(),
    "a body of line ends": post("Content-Length: 4", body=b"\r\n\r\n") + get(),
    "a body like a request": post(f"Content-Length: {len(get())}", body=get()) + get(target="/b"),
    "a chunked upload": post(CHUNKED, body=chunked(b"hello", b", ", b"world")) + get(),
    "chunk extensions": post(CHUNKED, body=b'5;a="b\\"";c\r\nhello\r\n0;d\r\n\r\n') + get(),
    "trailers": post(CHUNKED, body=chunked(b"hello", trailers=b"A: b\r\nC: d\r\n")) + get(),
    "no chunk": post(CHUNKED, body=chunked()) + get(),
    "no body": post("Content-Length: 0") + get(),
    "HTTP/1.0": request("GET / HTTP/1.0", "Connection: keep-alive") + get(),
    "any method": request("PROPFIND / HTTP/1.1") + request("OPTIONS * HTTP/1.1"),
    "a request and a half": get() + get()[:-3],
}


def table(cases: dict) -> list:
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), id=name) for name, case in cases.items()
    ]


@pytest.mark.parametrize(("octets", "code"), table(REFUSED))
def test_refusal(octets, code):
    assert outcome([octets])[-1] == code


@pytest.mark.parametrize("octets", table(ACCEPTED))
def test_no_refusal(octets):
    assert not [event for event in outcome([octets]) if isinstance(event, str)]


@pytest.mark.parametrize(
    "octets", [*table(ACCEPTED), *table({n: octets for n, (octets, _) in REFUSED.items()})]
)
def test_split_makes_no_difference(octets):
    """Every split in two of what is short, two hundred of what is long, and octet by octet."""
    whole = outcome([octets])
    assert outcome(drip(octets)) == whole
    for at in range(1, len(octets), max(1, len(octets) // 200)):
        assert outcome([octets[:at], octets[at:]]) == whole, at


def test_the_table_reaches_every_refusal_that_parser_and_messages_name():
    named = {
        node.value
        for module in (parser, messages)
        for call in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(call, (ast.Call, ast.Dict, ast.Return))
        for node in ast.walk(call)
        if isinstance(node, ast.Constant) and node.value in REFUSALS
    }
    assert {"bare-lf", "obs-fold", "trailer-syntax", "host-repeated"} <= named
    named -= {"method"}  # the name of a group in REQUEST_LINE
    assert named <= {code for _, code in REFUSED.values()}


def test_pipelined_requests_come_in_order_with_their_bodies():
    octets = get(target="/1") + post("Content-Length: 3", body=b"abc") + get(target="/3")
    first, second, body, end, third = outcome([octets])
    assert (first["path"], second["path"], body, end, third["path"]) == ("/1", "/upload", b"abc", END, "/3")


def test_a_refusal_comes_after_the_requests_before_it():
    first, code = outcome([get() + b"\0"])
    assert (first["path"], code) == ("/", "control-character")


def test_the_first_fault_in_the_order_of_octets_counts():
    assert outcome([get("X : a", "\x00")]) == ["space-before-colon"]
    assert outcome([get(b"a\0", "X : a")]) == ["control-character"]


class TestLimits:
    """At the limit, and one octet or field beyond it."""

    def test_target(self):
        longest = "/" + "a" * (grammar.TARGET_BYTES - 1)
        assert one_request(get(target=longest)).target == longest
        assert outcome([get(target=longest + "a")]) == ["target-too-long"]

    def test_request_line(self):
        method = "M" * (grammar.REQUEST_LINE_BYTES - len(" / HTTP/1.1\r\n"))
        assert one_request(request(f"{method} / HTTP/1.1")).method == method
        assert outcome([request(f"{method}M / HTTP/1.1")]) == ["target-too-long"]

    def test_head(self):
        filler = "a" * (grammar.HEAD_BYTES - len(get("X: ")))
        octets = get("X: " + filler)
        assert len(octets) == grammar.HEAD_BYTES
        assert one_request(octets).fields["x"] == filler
        assert outcome([get("X: " + filler + "a")]) == ["head-too-large"]

    def test_fields(self):
        most = ["X: a"] * (grammar.HEAD_FIELDS - 1)  # and Host
        assert one_request(get(*most)).fields["x"].count("a") == grammar.HEAD_FIELDS - 1
        assert outcome([get(*most, "X: a")]) == ["too-many-fields"]

    def test_body(self):
        octets = post(f"Content-Length: {MAX_BODY_BYTES}", body=b"a" * MAX_BODY_BYTES)
        assert outcome([octets])[1:] == [b"a" * MAX_BODY_BYTES, END]
        octets = post(CHUNKED, body=chunked(b"a" * (MAX_BODY_BYTES - 1), b"a"))
        assert outcome([octets])[1:] == [b"a" * MAX_BODY_BYTES, END]

    def test_the_limit_of_the_head_starts_afresh_with_each_request(self):
        large = get("X: " + "a" * (grammar.HEAD_BYTES - 100))
        assert len(outcome([large * 3])) == 3

    def test_empty_lines_do_not_add_up_over_requests(self):
        """A cached head ends the count of the empty lines before it as a parsed one does."""
        pieces = [b"\r\n", get()] * (grammar.HEAD_BYTES // 2 + 10)
        assert outcome(pieces).count("request-line") == 0


class TestIdle:
    """RFC 9112 section 2.2: a stray CR LF before a request line is nothing."""

    @pytest.mark.parametrize(
        ("octets", "idle"),
        [(b"", True), (b"\r", True), (b"\r\n\r\n", True), (b"G", False), (b"\r\nG", False), (get(), True),
         (get()[:-1], False), (post("Content-Length: 1"), False), (post("Content-Length: 1", body=b"1"), True)],
    )  # fmt: skip
    def test_idle(self, octets, idle):
        parser = RequestParser(MAX_BODY_BYTES, HeadCache())
        parser.receive(octets)
        while parser.next_event() is not None:
            pass
        assert parser.idle is idle

    def test_request_line_for_the_log(self):
        parser = RequestParser(MAX_BODY_BYTES, HeadCache())
        assert parser.request_line == ("", "", "")
        parser.receive(b"POST /upload HTTP/1.1\r\nbad\r\n")
        with pytest.raises(Refusal):
            parser.next_event()
        assert parser.request_line == ("POST", "/upload", "HTTP/1.1")


class TestHeadCache:
    def events(self, cache: HeadCache, octets: bytes) -> list:
        return outcome([octets], cache=cache)

    @pytest.mark.parametrize("octets", table(ACCEPTED))
    def test_a_remembered_head_means_what_a_parsed_one_does(self, octets):
        cache = HeadCache()
        first = self.events(cache, octets)
        assert self.events(cache, octets) == first
        assert outcome(drip(octets), cache=cache) == first

    def test_a_remembered_head_is_the_same_request(self):
        cache = HeadCache()
        parsers = [RequestParser(MAX_BODY_BYTES, cache) for _ in range(2)]
        requests = []
        for each in parsers:
            each.receive(get())
            requests.append(each.next_event())
        assert requests[0] is requests[1]

    @pytest.mark.parametrize("octets", table({n: octets for n, (octets, _) in REFUSED.items()}))
    def test_what_is_refused_is_not_remembered(self, octets):
        cache = HeadCache()
        self.events(cache, octets)
        for head, known in cache.requests.items():
            # What did enter is a whole head, and means what its octets mean on their own.
            assert head.endswith(b"\r\n\r\n")
            assert facts(known) == facts(one_request(head))

    def test_a_head_is_known_by_all_of_its_octets(self):
        """Nobody can plant an answer under another's request: one octet more is another head."""
        cache = HeadCache()
        self.events(cache, get("X: a"))
        (other,) = self.events(cache, get("X: b"))
        assert other["fields"]["x"] == "b"
        assert len(cache.requests) == 2

    @pytest.mark.parametrize("field", ["Authorization: Basic YTpi", "Proxy-Authorization: x"])
    def test_a_head_with_a_password_is_not_remembered_where_passwords_count(self, field):
        cache = HeadCache(keeps_passwords=False)
        assert self.events(cache, get(field)) == self.events(cache, get(field))
        assert cache.requests == {}
        self.events(cache, get())
        assert len(cache.requests) == 1

    def test_a_body_that_looks_like_a_remembered_head_is_a_body(self):
        cache = HeadCache()
        self.events(cache, get())
        octets = post(f"Content-Length: {len(get())}", body=get())
        assert self.events(cache, octets)[1:] == [get(), END]

    def test_empty_lines_before_a_head_are_not_remembered_with_it(self):
        cache = HeadCache()
        self.events(cache, b"\r\n" + get())
        assert list(cache.requests) == [get()]

    def test_long_heads_are_not_kept(self):
        cache = HeadCache()
        longest = get("X: " + "a" * (HEAD_CACHE_BYTES - len(get("X: "))))
        self.events(cache, longest)
        assert list(cache.requests) == [longest]
        self.events(cache, get("X: " + "a" * (HEAD_CACHE_BYTES - len(get("X: ")) + 1)))
        assert list(cache.requests) == [longest]

    def test_it_is_bounded(self):
        cache = HeadCache()
        for number in range(HEAD_CACHE_ENTRIES + 10):
            self.events(cache, get(target=f"/{number}"))
            assert len(cache.requests) <= HEAD_CACHE_ENTRIES
        assert get(target=f"/{HEAD_CACHE_ENTRIES + 9}") in cache.requests


# Octets near to HTTP: right pieces, wrong ones and noise.
_piece = st.sampled_from([
    b"GET / HTTP/1.1\r\n", b"POST /upload HTTP/1.1\r\n", b"Host: localhost\r\n", b"\r\n", b"\n", b"\r", b" ", b":",
    b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n", b"abc", b"\0", b"\xff",
    b"Expect: 100-continue\r\n", b"HTTP/1.0", b"http://localhost/", b"5;a=b\r\n", get(), post("Content-Length: 3", body=b"abc"),
])  # fmt: skip
near_http = st.lists(st.one_of(_piece, st.binary(max_size=8)), max_size=12).map(b"".join)


@given(near_http, st.lists(st.integers(min_value=0, max_value=400), max_size=6))
@example(get() + get(), [5, 30])
def test_any_octets_in_any_split_give_one_result(octets, cuts):
    """``outcome`` asserts that nothing but requests, octets, END and refusals comes out."""
    edges = [0, *sorted(cut for cut in cuts if cut < len(octets)), len(octets)]
    pieces = [octets[start:end] for start, end in itertools.pairwise(edges)]
    assert outcome(pieces) == outcome([octets])


@given(st.binary(max_size=300))
def test_noise_is_answered_or_waited_for(octets):
    for event in outcome([octets]):
        assert isinstance(event, (dict, bytes)) or event is END or event in REFUSALS
